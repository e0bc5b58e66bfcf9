"""A session of 10,000 notes in the engine: does a note take longer, or the process more memory, at its end?

    python -m bench.long_session [--notes 10000] [--checkpoint essen] [--out FOLDER]

Notes are heard one by one and every second one is drawn, in phrases of eight; what a note takes of the processor,
whatever else the machine does, and the memory of the process are told a tenth of the session at a time.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.machine import machine, quantile
from engine.improviser import Improviser
from engine.messages import Goal, Sampling
from engine.notes import Note
from engine.start import start_improviser

PHRASE = 8
PARTS = 10


def played(count: int, seed: int) -> list[Note]:
    """Return notes that somebody might play: steps and small leaps about the middle of the keyboard."""
    chance, pitch, notes = random.Random(seed), 67, []
    for _ in range(count):
        pitch = min(max(pitch + chance.choice((-4, -2, -1, 0, 1, 2, 4)), 55), 84)
        notes.append(Note(pitch, chance.choice((0.5, 0.5, 1.0, 1.5))))
    return notes


def live(improviser: Improviser, heard: Sequence[Note]) -> list[float]:
    """Hear a phrase, then draw as many notes; return what each took of the processor, in milliseconds."""
    times: list[float] = []
    for note in heard:
        begin = time.process_time()
        improviser.sync(len(improviser.context.notes), [note])
        improviser.phrase_end()
        times.append((time.process_time() - begin) * 1e3)
    improviser.begin(Sampling(), Goal(call_notes=len(heard), length_beats=1e9))
    for _ in heard:
        begin = time.process_time()
        improviser.draw()
        times.append((time.process_time() - begin) * 1e3)
    return times


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--notes", type=int, default=10_000)
    parser.add_argument("--checkpoint", default="essen")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--out", type=Path, help="write long-session.json into this folder")
    options = parser.parse_args()
    improviser = start_improviser(options.checkpoint, options.device, 1)
    improviser.warm_up()
    import psutil

    process = psutil.Process()
    heard = played(options.notes // 2, 0)
    table = Table("notes", "processor ms a note, p50", "p90", "p99", "memory, MB", title=options.checkpoint)
    parts = []
    for part in range(PARTS):
        begin, end = (len(heard) * number // PARTS for number in (part, part + 1))
        phrases = [heard[first : min(first + PHRASE, end)] for first in range(begin, end, PHRASE)]
        times = [time_ms for phrase in phrases for time_ms in live(improviser, phrase)]
        gc.collect()
        memory = process.memory_info().rss / 2**20
        quantiles = [quantile(times, q) for q in (0.5, 0.9, 0.99)]
        parts.append({"notes": len(improviser.context.notes), "ms": quantiles, "memory_mb": memory})
        cells = [f"{value:.2f}" for value in quantiles]
        table.add_row(f"{len(improviser.context.notes):,}", *cells, f"{memory:.1f}")
    Console().print(machine(), table)
    if options.out is not None:
        options.out.mkdir(parents=True, exist_ok=True)
        (options.out / "long-session.json").write_text(json.dumps(parts, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""Do answers to riffs have the riff's energy and scale? Calls made by rule, performed, read, answered, judged.

    python -m bench.riffs [CORPUS] [--calls 40] [--drafts 16] [--quick] [--json FILE]

No song is among these calls: syncopated riffs of two bars on a scale of five or six notes, chromatic licks, broken
chords, runs in sixteenths, held notes, single notes. Each is made by its rule from a seed, in any key, played at
70 to 160 bpm with human timing, and read as the bridge reads it; bars are found, controls at their defaults but
for `key_lock` 1. With a corpus the same rows of its tunes stand below: calls of two phrases, and how they go on.

Rows: octaves by which the answer is denser than the call (notes a beat), and off it in either direction; the share
of its notes of a value that the call has; in the scale that the riff was made on; of its commonest pitch, with the
call's own share; the longest run on one pitch, with the call's own. In brackets 95 of 100 bootstrap draws.
"""

from __future__ import annotations

import argparse
import json
import math
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from rich.console import Console
from rich.progress import track
from rich.table import Table

from bench.form import interval
from bench.performer import Manner, perform
from bench.planned import Answers
from bridge.controls import SCALES
from bridge.hearing.rhythm import RhythmReader
from engine.checkpoint import load
from engine.notes import Note
from engine.planning.pair import Pair
from engine.planning.rules import filling, line
from trainer.calls import calls_in
from trainer.store import load_corpus

Notes = Sequence[Note]
BPM = (70.0, 160.0)
CHORDS = ((0, 4, 7), (0, 3, 7), (0, 4, 7, 10), (0, 3, 7, 10), (0, 4, 7, 11))
RIFF_SCALES = ("pentatonic", "blues", "minor pentatonic")
STEPS = SCALES | {"minor pentatonic": (0, 3, 5, 7, 10)}


@dataclass(frozen=True)
class Riff:
    """Hold a call as it is written, and the pitch classes that it is made on; none where it names no scale."""

    notes: tuple[Note, ...]
    scale: frozenset[int] = frozenset()


def _ladder(tonic: int, steps: Sequence[int]) -> list[int]:
    """Return the pitches of a scale over two octaves from a tonic on."""
    return [tonic + 12 * octave + step for octave in range(2) for step in steps] + [tonic + 24]


def _classes(tonic: int, steps: Sequence[int]) -> frozenset[int]:
    return frozenset((tonic + step) % 12 for step in steps)


def _walk(rng: random.Random, ladder: Sequence[int], count: int, widest: int = 2) -> list[int]:
    """Return a walk over a ladder that visits every rung of its first octave that it can."""
    size = len(ladder) // 2 + 1
    place, found = rng.randrange(size), []
    for _ in range(count):
        found.append(ladder[place])
        places = [p for p in range(max(0, place - widest), min(size, place + widest + 1)) if p != place]
        new = [p for p in places if ladder[p] not in found]
        place = rng.choice(new or places)
    return found


def _timed(pitches: Sequence[int], onsets: Sequence[float], end: float) -> tuple[Note, ...]:
    """Return notes that each last until the next begins."""
    lengths = [after - before for before, after in zip(onsets, (*onsets[1:], end), strict=True)]
    return tuple(Note(pitch, length) for pitch, length in zip(pitches, lengths, strict=True))


def syncopated(rng: random.Random) -> Riff:
    """Return two bars of eighths, the second in the first's rhythm, with beats that are tied over."""
    tonic, steps = rng.randrange(48, 60), STEPS[rng.choice(RIFF_SCALES)]
    pushed = rng.sample((1.0, 2.0, 3.0), 2)  # a note comes an eighth before these beats, and none on them
    bar = sorted({0.0, *(beat - 0.5 for beat in pushed), *rng.sample([0.5, 1.0, 2.0, 2.5, 3.0, 3.5], 3)})
    bar = [onset for onset in bar if onset not in pushed]
    onsets = [*bar, *(4.0 + onset for onset in bar)]
    return Riff(_timed(_walk(rng, _ladder(tonic, steps), len(onsets)), onsets, 8.0), _classes(tonic, steps))


def chromatic(rng: random.Random) -> Riff:
    """Return two to four runs in semitones, up or down, in eighths or sixteenths, and a longer note."""
    value, pitch, pitches = rng.choice((0.25, 0.5)), rng.randrange(55, 72), []
    for _ in range(rng.randrange(2, 5)):
        step, length = rng.choice((-1, 1)), rng.randrange(3, 6)
        pitches += [pitch + step * index for index in range(length)]
        pitch = pitches[-1] + rng.choice((-4, -3, 3, 4))
    onsets = [value * index for index in range(len(pitches))]
    return Riff(_timed(pitches, onsets, onsets[-1] + rng.choice((1.0, 2.0))))


def arpeggio(rng: random.Random) -> Riff:
    """Return two chords of a key a bar each, broken over an octave and more, up, down or to and fro."""
    tonic, value = rng.randrange(48, 60), rng.choice((0.25, 0.5))
    major = rng.random() < 0.6
    scale = SCALES["major" if major else "minor"]
    pitches: list[int] = []
    for root in (0, rng.choice((3, 4, 5))):
        chord = [root + third for third in (0, 2, 4, *((6,) if rng.random() < 0.4 else ()), 7, 9)]
        rungs = [tonic + scale[degree % 7] + 12 * (degree // 7) for degree in chord]
        shape = rng.choice((rungs, rungs[::-1], [*rungs, *rungs[-2:0:-1]]))
        count = round(4.0 / value)
        pitches += [shape[index % len(shape)] for index in range(count)]
    onsets = [value * index for index in range(len(pitches))]
    return Riff(_timed(pitches, onsets, 8.0), _classes(tonic, scale))


def sixteenths(rng: random.Random) -> Riff:
    """Return one or two bars of runs in sixteenths over a scale, to a quarter at their end."""
    tonic, steps = rng.randrange(50, 62), SCALES[rng.choice(("major", "minor", "dorian"))]
    ladder, place = _ladder(tonic, steps), rng.randrange(0, 7)
    pitches: list[int] = []
    count = 16 * rng.choice((1, 2)) - 3
    while len(pitches) < count:
        step = rng.choice((-1, 1)) if 4 <= place <= 10 else (1 if place < 4 else -1)
        for _ in range(rng.choice((3, 4, 7))):
            pitches.append(ladder[place])
            place = min(max(place + step, 0), len(ladder) - 1)
    onsets = [0.25 * index for index in range(count)]
    return Riff(_timed(pitches[:count], onsets, 0.25 * (count - 1) + 1.0), _classes(tonic, steps))


def held(rng: random.Random) -> Riff:
    """Return one to three notes of three to eight beats."""
    pitches = _walk(rng, _ladder(rng.randrange(50, 66), SCALES["major"]), rng.randrange(1, 4))
    return Riff(tuple(Note(pitch, float(rng.choice((3, 4, 4, 6, 8)))) for pitch in pitches))


def single(rng: random.Random) -> Riff:
    """Return one note of a sixteenth to two beats."""
    return Riff((Note(rng.randrange(48, 80), rng.choice((0.25, 0.5, 1.0, 2.0))),))


FAMILIES: dict[str, Callable[[random.Random], Riff]] = {
    rule.__name__: rule for rule in (syncopated, chromatic, arpeggio, sixteenths, held, single)
}


def as_read(notes: Notes, rng: random.Random) -> tuple[Note, ...]:
    """Return a call as the bridge reads a performance of it, without a clock."""
    performance = perform(notes, Manner(rng.uniform(*BPM), 0.01, 0.02, (0.7, 0.95)), rng)
    return RhythmReader().read(performance.notes).notes


def _commonest(notes: Notes) -> float:
    return max(Counter(note.pitch for note in notes).values()) / len(notes)


def judged(call: Notes, answer: Notes, scale: frozenset[int]) -> dict[str, float]:
    """Return the rows of one answer; NaN where there is nothing to tell."""
    pair = Pair(call, answer, None)
    return {
        "denser, octaves": filling.density(pair),
        "density off, octaves": filling.unlike_density(pair),
        "note values of the call": 1.0 - filling.foreign_lengths(pair),
        "notes in the scale": sum(note.pitch % 12 in scale for note in answer) / len(answer)
        if scale
        else math.nan,
        "commonest pitch": _commonest(answer),
        "(the call's)": _commonest(call),
        "longest run on one pitch": line.hammered(pair),
        "(the call's run)": line.hammered(Pair(call, call, None)),
    }


def row_of(many: Sequence[dict[str, float]], groups: Sequence[int]) -> dict[str, tuple[float, float, float]]:
    """Return mean and interval of each figure."""
    return {name: interval(np.array([one[name] for one in many]), groups) for name in many[0]}


def tables(report: dict[str, dict[str, tuple[float, float, float]]]) -> Table:
    """Return a row for each family."""
    table = Table(box=None, padding=(0, 0, 0, 1))
    for column in ("", *next(iter(report.values()))):
        table.add_column(column, justify="right" if column else "left")
    for family, row in report.items():
        cells = ["" if math.isnan(m) else f"{m:.2f}\n{low:.2f} {high:.2f}" for m, low, high in row.values()]
        table.add_row(family, *cells)
    return table


def main() -> None:
    """Make, answer, judge, print."""
    parser = argparse.ArgumentParser(prog="python -m bench.riffs", description=__doc__.split("\n")[0])
    parser.add_argument("corpus", nargs="?", type=Path, help="a prepared corpus, for the songs' own rows")
    parser.add_argument("--checkpoint", default="essen")
    parser.add_argument("--calls", type=int, default=40, help="of each family (default: 40)")
    parser.add_argument("--drafts", type=int, default=16)
    parser.add_argument("--quick", action="store_true", help="6 calls of each family")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures as JSON too")
    options = parser.parse_args()
    torch.set_num_threads(1)
    checkpoint = load(options.checkpoint, "cpu")
    answers = Answers(checkpoint, options.drafts, {"key_lock": 1.0})
    report = {}
    for family, rule in FAMILIES.items():
        rows = []
        for seed in track(range(6 if options.quick else options.calls), family, transient=True):
            rng = random.Random(seed)
            riff = rule(rng)
            call = as_read(riff.notes, rng)
            rows.append(judged(call, answers.answer(call, seed), riff.scale))
        report[family] = row_of(rows, range(len(rows)))
    if options.corpus:
        calls = calls_in(load_corpus(options.corpus).songs, "test", 400)
        songs = [judged(call.notes, call.real, frozenset()) for call in calls]
        report["the songs"] = row_of(songs, [call.tune for call in calls])
    Console(width=130).print(tables(report))
    if options.json:
        options.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

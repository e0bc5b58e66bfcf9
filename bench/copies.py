"""Do answers copy? Twelve intervals in a row that stand in a training song, beside how often songs' own have them.

    python -m bench.copies [SOURCE] [--checkpoint songbook] [--calls 400] [--styles] [--json FILE]

Calls are two phrases of tunes of the test part; held against the answer are the two phrases that really follow, as
`python -m bench.form` has them. Answers are planned as live play plans them at its defaults. Twelve intervals that
stand in a training song, in any key, count as copied; they are looked for within the answer alone. Told is the
share of passages with such a run among those that have twelve intervals at all, and the share of all runs; in
brackets what 95 of 100 draws of as many tunes would give.

--styles: answer each call also in the style of its song.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.console import Console
from rich.progress import track
from rich.table import Table

from bench.form import interval
from bench.machine import machine
from bench.planned import DRAFTS, Answers
from engine.checkpoint import load
from engine.notes import Note
from trainer.calls import calls_in
from trainer.likeness import RUN_INTERVALS, interval_runs, runs_of
from trainer.report import write_json
from trainer.split import songs_in
from trainer.store import load_corpus

Notes = Sequence[Note]


def copied(notes: Notes, known: frozenset[bytes]) -> tuple[float, float]:
    """Return whether a passage has a run that is known, and the share of its runs; NaN where it has none."""
    runs = interval_runs([note.pitch for note in notes])
    if not runs:
        return math.nan, math.nan
    return float(any(run in known for run in runs)), sum(run in known for run in runs) / len(runs)


def row_of(passages: Sequence[Notes], tunes: Sequence[int], known: frozenset[bytes]) -> dict[str, Any]:
    """Return how many passages are long enough, and of these the shares with their bounds."""
    told = np.array([copied(notes, known) for notes in passages]).reshape(-1, 2)
    return {
        "passages": int((~np.isnan(told[:, 0])).sum()),
        "with a run": interval(told[:, 0], tunes),
        "of all runs": interval(told[:, 1], tunes),
    }


def main() -> None:
    """Answer, look runs up, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", nargs="?", default="corpus/songbook", help="a prepared corpus")
    parser.add_argument("--checkpoint", default="songbook")
    parser.add_argument("--calls", type=int, default=400, help="held-out calls (400)")
    parser.add_argument("--drafts", type=int, default=DRAFTS)
    parser.add_argument("--styles", action="store_true", help="answer in the style of each call's song, too")
    parser.add_argument("--json", metavar="FILE", help="write the figures as JSON too")
    options = parser.parse_args()
    torch.set_num_threads(1)
    console = Console(width=130)
    console.print(machine())
    songs = load_corpus(Path(options.source)).songs
    known = runs_of(song.pitches for song in songs_in(songs, "train"))
    checkpoint = load(options.checkpoint, "cpu")
    calls = calls_in(songs, "test", options.calls)
    regions = [songs[call.tune].region for call in calls]
    answers = Answers(checkpoint, options.drafts)
    passages: dict[str, list[Notes]] = {"songs": [call.real for call in calls]}
    kinds = ("any", "own style") if options.styles else ("any",)
    for kind in kinds:
        styles = ["any" if kind == "any" else region for region in regions]
        passages[f"answers, {kind}"] = [
            answers.answer(call.notes, number, style)
            for number, (call, style) in enumerate(
                track(list(zip(calls, styles, strict=True)), f"answering, {kind}", transient=True)
            )
        ]
    report: dict[str, dict[str, Any]] = {}
    title = f"passages with {RUN_INTERVALS} intervals in a row of a training song"
    table = Table("calls of", *(f"{each}{more}" for each in passages for more in ("", ": runs")), title=title)
    for region in ("all", *sorted(set(regions))):
        chosen = [place for place, own in enumerate(regions) if region in ("all", own)]
        tunes = [calls[place].tune for place in chosen]
        report[region] = {
            each: row_of([many[place] for place in chosen], tunes, known) for each, many in passages.items()
        }
        cells = []
        for row in report[region].values():
            (share, low, high), (runs, *_) = row["with a run"], row["of all runs"]
            cells += [f"{share:.1%} [{low:.1%}, {high:.1%}] of {row['passages']}", f"{runs:.1%}"]
        table.add_row(region, *cells)
    console.print(table)
    if options.json:
        write_json(report, options.json)


if __name__ == "__main__":
    main()

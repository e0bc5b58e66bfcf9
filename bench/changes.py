"""How soon is another metre followed?

    python -m bench.changes CORPUS [--checkpoint essen] [--tunes 250] [--quick] [--json FILE]

Two tunes of the test part follow each other whose bars are not each other's halves or doubles (4/4 and 3/4, 6/8
and 2/4): two phrases of the one, then the first, or the first two, of the other. `next call`: the second tune is
a call of its own, as after an answer. `same call`: both are one call, the second tune's first bar line falling
on one of the first's. `alone`: the second tune with nothing before it, which is what there is to reach. `no
change`: the first tune goes on instead, by its own next phrases, and its bars are to be kept. As
written, and as the bridge reads performances (60-160 bpm, 20 ms of onset noise, 3 % of tempo swing, no clock);
found as in play, by the net and, in doubt, by the melody model.

`right`: the bars at the end are those of the tune that is played then, up to halving and doubling, as in
bench/bar.py. `sure`: of all, so many are right and held for known (confidence 0.5 or more); `wrong`: so many held
for known are not.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate, pairwise
from statistics import fmean

from rich.console import Console
from rich.progress import track
from rich.table import Table

from bench.bar import asked, options_of, scale_of
from bench.performer import Manner, perform
from bridge.hearing.rhythm import RhythmReader
from engine.bar_finder import BarFinder
from engine.bars import agree
from engine.checkpoint import Checkpoint
from engine.entrance import SURE_BARS
from engine.messages import BarEvidence, FoundBars
from engine.metre_by_model import against, end_odds
from engine.metre_net import Net
from engine.notes import Metre, Note, Song
from engine.styles import ANY
from trainer.bars import Stretch, joined

HOW = ("alone", "next call", "same call", "no change")
FORMS = ("written", "performed")


@dataclass(frozen=True)
class Heard:
    """Hold a stretch as it was heard: its notes, and the metre at its end, None where that was not read."""

    notes: tuple[Note, ...]
    metre: Metre | None


def phrases(song: Song, count: int) -> Stretch:
    """Return the first phrases of a song."""
    assert song.phrase_ends is not None
    ends = [index + 1 for index, end in enumerate(song.phrase_ends) if end]
    return Stretch.of(song).part(0, ends[min(count, len(ends)) - 1])


def hear(stretch: Stretch, form: str, seed: int) -> Heard:
    """Return a stretch as it is heard in a form of FORMS, its metre counted from its first note."""
    notes = stretch.notes
    onsets = list(accumulate((a.duration_beats + b.rest_beats for a, b in pairwise(notes)), initial=0.0))
    unit, lasted = 1.0, onsets[-1]
    if form == "performed":
        rng = random.Random(seed)
        played = perform(notes, Manner(rng.uniform(60.0, 160.0), drift=0.03), rng).notes
        reading = RhythmReader().read(played)
        scale = scale_of(reading.beats, onsets)
        if scale is None:
            return Heard(reading.notes, None)
        notes, unit, lasted = reading.notes, scale, reading.beats[-1] - reading.beats[0]
    bar = stretch.metres[-1]
    beats = bar.beats_per_bar * unit
    return Heard(notes, Metre(beats, (stretch.positions[-1] * unit - lasted) % beats, bar.pulse_beats * unit))


def found(finder: BarFinder, before: Sequence[Note], call: Sequence[Note], checkpoint: Checkpoint) -> FoundBars:
    """Return the bars of a call behind what was heard, as found in play."""
    context = (*before, *call)
    bars = finder.find(
        context,
        0,
        len(call),
        BarEvidence(),
        over=True,
        against=partial(against, checkpoint, style=ANY),
        end_odds=partial(end_odds, checkpoint, style=ANY),
    )
    assert bars is not None
    return bars


def outcome(
    checkpoint: Checkpoint, net: Net, first: Song, then: Song, how: str, form: str, count: int, seed: int
) -> tuple[bool, float]:
    """Return whether the bars of the second tune are found after so many of its phrases, and the confidence."""
    finder = BarFinder(net)
    before: tuple[Note, ...] = ()
    second = phrases(then, count)
    if how == "same call":
        call = hear(joined(phrases(first, 2), second), form, seed)
    elif how == "no change":
        call = hear(phrases(first, 2 + count), form, seed)
    else:
        call = hear(second, form, seed)
        if how == "next call":
            before = hear(phrases(first, 2), form, seed + 1).notes
            found(finder, (), before, checkpoint)
    bars = found(finder, before, call.notes, checkpoint)
    return call.metre is not None and agree(bars.metre, call.metre), bars.confidence


def pairs(songs: Sequence[Song]) -> list[tuple[Song, Song]]:
    """Return each song behind the next one in another metre, where there is any."""
    found = []
    for index, song in enumerate(songs):
        others = (*songs[index + 1 :], *songs[:index])
        other = next((each for each in others if _apart(each, song)), None)
        if other is not None:
            found.append((other, song))
    return found


def _apart(one: Song, other: Song) -> bool:
    assert one.metre is not None
    assert other.metre is not None
    octaves = math.log2(one.metre.beats_per_bar / other.metre.beats_per_bar)
    return abs(octaves - round(octaves)) > 1e-6


def figures(outcomes: Sequence[tuple[bool, float]]) -> dict[str, float]:
    """Return the shares of a row."""
    return {
        "right": fmean(right for right, _ in outcomes),
        "sure": fmean(right and sure >= SURE_BARS for right, sure in outcomes),
        "wrong": fmean(not right and sure >= SURE_BARS for right, sure in outcomes),
        "calls": float(len(outcomes)),
    }


def table_of(rows: Mapping[str, dict[str, float]]) -> Table:
    """Return the figures as a table."""
    table = Table(title="another metre follows: its bars found", box=None, padding=(0, 0, 0, 1))
    for column in ("form", "second tune", "after"):
        table.add_column(column)
    for column in ("right", "sure", "wrong"):
        table.add_column(column, justify="right")
    for label, row in rows.items():
        error = math.sqrt(row["right"] * (1.0 - row["right"]) / row["calls"])
        right = f"{row['right']:.1%} ± {100 * error:.1f}"
        table.add_row(*label.split(" | "), right, f"{row['sure']:.1%}", f"{row['wrong']:.1%}")
    return table


def main() -> None:
    """Measure and print the table."""
    options = options_of("bench.changes", __doc__)
    checkpoint, net, songs = asked(options, phrases=2)
    following = pairs(songs)
    rows: dict[str, dict[str, float]] = {}
    for form in FORMS:
        for how in HOW:
            for count in (1, 2):
                what = f"{form} | {how} | {count} phrase{'s' * (count - 1)}"
                rows[what] = figures(
                    [
                        outcome(checkpoint, net, first, then, how, form, count, 2 * number)
                        for number, (first, then) in enumerate(track(following, what, transient=True))
                    ]
                )
    Console().print(table_of(rows))
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()

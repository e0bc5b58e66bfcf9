"""How well is the metre found, and what is it worth to the continuation?

    python -m bench.bar CORPUS [--checkpoint essen] [--tunes 250] [--quick] [--json FILE]

Calls are the first phrase, and the first two, of tunes of the test part that have three at least and a metre:
as written, and as the bridge reads a performance of them (60-160 bpm, 20 ms of onset noise, 3 % of tempo swing,
no clock; then by a clock, whose bars are unknown, and by one with song position). Found by the net alone (`net`),
and with the readings that are in doubt weighed by the melody model, as in play (`both`).

`right`: the bar found is the written one, halved or doubled any number of times, and every bar line of the longer
of the two is one of the shorter. `kind`: right, and what goes in threes is as written (6/8 is not 3/4).
`exactly`: the written bar (longer ones than 8 beats halved) and no other. Of performances the written bars are
carried over by the tempo at which the end of the call was read; where that is no tempo, nothing is right.

`nats a note`: what the two phrases after the call cost the model, told that any key may come: under the true
metre, under none, under the likeliest reading, and drawn: under each of the readings with its probability, as
answers are that draw a reading before their notes. A share of 0 % is as good as the true metre, 100 % as none.
"""

from __future__ import annotations

import argparse
import json
import math
import random
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from statistics import fmean, median

import numpy as np
import torch
from rich.console import Console
from rich.progress import track
from rich.table import Table

from bench.performer import Manner, perform
from bridge.hearing.rhythm import RhythmReader
from engine import companions
from engine.bar_finder import READINGS, weigh
from engine.bars import agree, in_threes, state_of
from engine.checkpoint import Checkpoint, load
from engine.messages import BarEvidence
from engine.metre import Belief, Posterior
from engine.metre_by_model import against, nats
from engine.metre_net import Net
from engine.notes import Metre, Note, Song
from trainer.bars import positions_of, usable
from trainer.split import part_of
from trainer.store import load_corpus

FORMS = ("written", "performed", "clock", "song position")
_SCALES = (0.25, 1 / 3, 0.5, 2 / 3, 0.75, 1.0, 4 / 3, 1.5, 2.0, 3.0, 4.0)
_BINS = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 1.0001)


@dataclass(frozen=True)
class Call:
    """Hold a call as it was heard.

    heard: the call as it is read; notes, then: the call with the length of its last note as written, and the two
    phrases after it, in the call's unit of time; metre: the true one in that unit, None where the tempo was not
    read; evidence: of a clock.
    """

    heard: tuple[Note, ...]
    notes: tuple[Note, ...]
    then: tuple[Note, ...]
    metre: Metre | None
    evidence: BarEvidence


@dataclass(frozen=True)
class Outcome:
    """Hold what was believed of a call, and what its continuation costs under it, in nats."""

    call: Call
    best: Belief
    true_nats: float
    blind_nats: float
    best_nats: float
    drawn_nats: float

    @property
    def right(self) -> bool:
        """Say whether the bar lines are right, up to halving and doubling."""
        return self.call.metre is not None and agree(self.best.metre, self.call.metre)

    @property
    def kind(self) -> bool:
        """Say whether the pulse is grouped as written, too."""
        true = self.call.metre
        return self.right and true is not None and in_threes(self.best.metre) == in_threes(true)

    @property
    def exact(self) -> bool:
        """Say whether it is the written bar."""
        if self.call.metre is None:
            return False
        states = [state_of(metre, metre.upbeat_beats) for metre in (self.best.metre, self.call.metre)]
        return states[0] == states[1]


class Clock:
    """A clock of one tempo."""

    def __init__(self, bpm: float, begins_at_beat: float) -> None:
        self.bpm, self._first = bpm, begins_at_beat

    def beat_at(self, time_s: float) -> float:
        """Return the beat at a time."""
        return self._first + time_s * self.bpm / 60.0


def calls(songs: Sequence[Song], form: str, phrases: int) -> Iterator[Call]:
    """Yield the call of each song in a form of FORMS; what is drawn depends on the song's place in the list."""
    for seed, song in enumerate(songs):
        assert song.phrase_ends is not None
        assert song.metre is not None
        ends = [index + 1 for index, end in enumerate(song.phrase_ends) if end]
        size, stop = ends[phrases - 1], ends[min(phrases + 1, len(ends) - 1)]
        written, then = song.notes[:size], song.notes[size:stop]
        if form == "written":
            yield Call(written, written, then, song.metre, BarEvidence())
        else:
            yield _performed(written, then, song, form, seed)


def _performed(written: Sequence[Note], then: Sequence[Note], song: Song, form: str, seed: int) -> Call:
    rng = random.Random(seed)
    swing = 0.03 if form == "performed" else 0.0
    manner = Manner(rng.uniform(60.0, 160.0), drift=swing)
    played = perform(written, manner, rng).notes
    places = positions_of(song)[: len(written)]
    # The clock's bars are the song's only where it tells the song's position.
    started = places[0] + (0 if form == "song position" else rng.randrange(24))
    reading = RhythmReader().read(played, None if form == "performed" else Clock(manner.bpm, started))
    scale = scale_of(reading.beats, places) if form == "performed" else 1.0
    metre = song.metre
    assert metre is not None
    unit = scale or 1.0
    last = replace(reading.notes[-1], duration_beats=written[-1].duration_beats * unit)
    notes = (*reading.notes[:-1], last)
    upbeat = (places[-1] * unit - (reading.beats[-1] - reading.beats[0])) % (metre.beats_per_bar * unit)
    true = Metre(metre.beats_per_bar * unit, upbeat, metre.pulse_beats * unit) if scale else None
    longer = tuple(Note(note.pitch, note.duration_beats * unit, note.rest_beats * unit) for note in then)
    if form == "performed":
        return Call(reading.notes, notes, longer, true, BarEvidence())
    evidence = BarEvidence(clock_beat=reading.beats[-1], from_start=form == "song position")
    return Call(reading.notes, notes, longer, true, evidence)


def scale_of(read: Sequence[float], written: Sequence[float]) -> float | None:
    """Return how many times longer the end of a call was read than written, None when no factor fits."""
    ratios = [(b - a) / max(d - c, 1e-9) for (a, b), (c, d) in zip(pairwise(read), pairwise(written), strict=True)]
    if not ratios:
        return None
    recent = ratios[-8:]
    middle = median(recent)
    scale = min(_SCALES, key=lambda each: abs(math.log(each / middle)))
    return scale if sum(abs(ratio / scale - 1.0) < 0.03 for ratio in recent) >= len(recent) / 2 else None


def outcome(checkpoint: Checkpoint, net: Net, call: Call, weighed: bool) -> Outcome:
    """Return what is believed of a call, weighed by the model or not, and what that is worth."""
    posterior = Posterior(net)
    ends = {len(call.heard) - 1}
    posterior.follow(call.heard, ends)
    if weighed:
        weigh(posterior, call.heard, call.evidence, partial(against, checkpoint))
    beliefs = posterior.beliefs(call.evidence, READINGS)
    true = call.metre or Metre(4.0)
    metres = [true, None, *(belief.metre for belief in beliefs)]
    costs = nats(checkpoint, (*call.notes, *call.then), metres, told=len(call.notes))[0].tolist()
    chances = np.array([belief.probability for belief in beliefs])
    logs = np.log(chances / chances.sum()) - np.array(costs[2:])
    return Outcome(call, beliefs[0], costs[0], costs[1], costs[2], -float(np.logaddexp.reduce(logs)))


def figures(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """Return the figures of a row: shares, and nats a note over the calls whose true metre is known."""
    known = [one for one in outcomes if one.call.metre is not None]
    notes = sum(len(one.call.then) for one in known)
    row = {
        "calls": float(len(outcomes)),
        "right": fmean(one.right for one in outcomes),
        "kind": fmean(one.kind for one in outcomes),
        "exactly": fmean(one.exact for one in outcomes),
        "believed": fmean(one.best.confidence for one in outcomes),
    }
    for name in ("true", "blind", "best", "drawn"):
        row[f"{name} nats"] = sum(getattr(one, f"{name}_nats") for one in known) / notes
    return row


def calibration(outcomes: Sequence[Outcome]) -> list[tuple[float, float, int]]:
    """Return (mean confidence, share right, calls) for each bin of confidence that is not empty."""
    found = []
    for low, high in pairwise(_BINS):
        inside = [one for one in outcomes if low <= one.best.confidence < high]
        if inside:
            believed = fmean(one.best.confidence for one in inside)
            found.append((believed, fmean(one.right for one in inside), len(inside)))
    return found


def table_of(rows: Mapping[str, dict[str, float]]) -> Table:
    """Return the figures as a table."""
    table = Table(title="the metre found, and the next two phrases under it", box=None, padding=(0, 0, 0, 1))
    names = ("right", "kind", "exactly", "believed")
    columns = ("call", "found by", *names, "true", "none", "found", "share", "drawn", "share")
    for column in columns:
        table.add_column(column, justify="left" if column in columns[:2] else "right")
    for label, row in rows.items():
        true, blind = row["true nats"], row["blind nats"]
        gap = max(blind - true, 1e-9)
        cells = [f"{row[name]:.1%}" for name in names] + [f"{true:.3f}", f"{blind:.3f}"]
        for name in ("best nats", "drawn nats"):
            cells += [f"{row[name]:.3f}", f"{(row[name] - true) / gap:.0%}"]
        table.add_row(*label.split(" | "), *cells)
    return table


def calibration_table(bins: Mapping[str, Sequence[tuple[float, float, int]]]) -> Table:
    """Return how sure the bar lines were held, in bins, and how often they were right."""
    title = "confidence: how often right (calls)"
    table = Table(title=title, caption="a column a bin; both lengths of call", box=None, padding=(0, 0, 0, 1))
    for column in ("call", "found by", *(f"{low:g}-{min(high, 1.0):g}" for low, high in pairwise(_BINS))):
        table.add_column(column)
    for what, found in bins.items():
        cells = [""] * (len(_BINS) - 1)
        for believed, share, count in found:
            cells[bisect_right(_BINS, believed) - 1] = f"{believed:.2f}: {share:.0%} ({count})"
        table.add_row(*what.split(" | "), *cells)
    return table


def options_of(module: str, doc: str) -> argparse.Namespace:
    """Return what a bench of held-out tunes' bars is asked for on the command line."""
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description=doc.split("\n")[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--checkpoint", default="essen", help="model of pitch and duration (default: essen)")
    parser.add_argument("--net", type=Path, help="weights of the metre's net (default: the shipped ones)")
    parser.add_argument("--part", default="test", help="part of the corpus (default: test)")
    parser.add_argument("--tunes", type=int, default=250, help="how many tunes (default: 250)")
    parser.add_argument("--quick", action="store_true", help="40 tunes")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures as JSON too")
    return parser.parse_args()


def asked(options: argparse.Namespace, phrases: int) -> tuple[Checkpoint, Net, list[Song]]:
    """Return model, net and tunes of so many phrases at least, shuffled by a fixed seed."""
    torch.set_num_threads(1)
    checkpoint = load(options.checkpoint, "cpu")
    net = Net.load(options.net) if options.net else companions.metre_net(checkpoint.path)
    songs = [song for song in load_corpus(options.corpus).songs if part_of(song) == options.part and usable(song)]
    songs = [song for song in songs if song.phrase_ends is not None and sum(song.phrase_ends) >= phrases]
    random.Random(1).shuffle(songs)
    return checkpoint, net, songs[: 40 if options.quick else options.tunes]


def main() -> None:
    """Measure and print the tables."""
    options = options_of("bench.bar", __doc__)
    checkpoint, net, songs = asked(options, phrases=3)
    rows: dict[str, dict[str, float]] = {}
    bins: dict[str, list[tuple[float, float, int]]] = {}
    for form in FORMS:
        pooled: dict[str, list[Outcome]] = {"net": [], "both": []}
        for phrases in (1, 2):
            heard = list(calls(songs, form, phrases))
            for name, weighed in (("net", False), ("both", True)):
                what = f"{form}, {phrases} phrase{'s' * (phrases - 1)} | {name}"
                outcomes = [outcome(checkpoint, net, call, weighed) for call in track(heard, what, transient=True)]
                rows[what] = figures(outcomes)
                pooled[name] += outcomes
        bins |= {f"{form} | {name}": calibration(outcomes) for name, outcomes in pooled.items()}
    console = Console()
    console.print(table_of(rows))
    console.print(calibration_table(bins))
    if options.json:
        options.json.write_text(json.dumps({"rows": rows, "calibration": bins}, indent=1) + "\n")


if __name__ == "__main__":
    main()

"""How answers turn out: length, ending, key, closeness, transposition, over held-out calls.

    python -m bench.answers CORPUS [--checkpoint essen] [--calls 200] [--quick]

A call is the first two phrases of a tune of the test part (the first, of a tune of two), as written. Everything
goes as it does live: the key is estimated from the call, the controls make sampling and goal, the improviser
draws. The metre is not told. Judgements about degrees use the key heard in the whole tune, which no answer saw.
"""

from __future__ import annotations

import argparse
import math
import random
import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import torch
from rich.console import Console
from rich.progress import track
from rich.table import Table

from bridge.answering.requests import goal, sampling
from bridge.controls import SCALES, Controls
from bridge.hearing.key import KeyEstimate, estimate_key
from bridge.moment import read_settings
from engine.checkpoint import load
from engine.improviser import Improviser
from engine.notes import Note, Song
from engine.styles import asked_style
from trainer.split import part_of
from trainer.store import load_corpus

MOST_NOTES = 400
"""An answer that has not ended by then is counted as endless."""
KEYS = tuple(range(-6, 6))
FADER = (0.0, 0.25, 0.5, 0.75, 1.0)
NOTHING: Mapping[str, object] = {}

Notes = Sequence[Note]


@dataclass(frozen=True)
class Call:
    """Hold a call, how its tune really went on, and the key of the whole tune."""

    notes: tuple[Note, ...]
    next_phrases: tuple[tuple[Note, ...], ...]
    key: KeyEstimate

    @property
    def usual_beats(self) -> float:
        """Return the median note length."""
        return statistics.median(note.duration_beats for note in self.notes)


def calls_of(songs: Iterable[Song], count: int) -> list[Call]:
    """Return a call from each of `count` test songs, drawn with a fixed seed."""
    found = []
    for song in songs:
        if part_of(song) != "test" or not song.phrase_ends or not song.has_durations:
            continue
        ends = [index + 1 for index, end in enumerate(song.phrase_ends) if end]
        if len(ends) < 2:
            continue
        phrases = tuple(song.notes[begin:end] for begin, end in pairwise([0, *ends]))
        size = min(2, len(phrases) - 1)
        key = estimate_key(song.notes)
        assert key is not None
        found.append(Call(song.notes[: ends[size - 1]], phrases[size:], key))
    random.Random(1).shuffle(found)
    return found[:count]


def beats_of(notes: Notes) -> float:
    """Return a melody's length without the rest before it."""
    return sum(note.duration_beats + note.rest_beats for note in notes) - notes[0].rest_beats if notes else 0.0


class Partner:
    """Answer calls as the bridge and its engine would."""

    def __init__(self, improviser: Improviser) -> None:
        self._improviser = improviser

    def answer(
        self, call: Notes, seed: int, values: Mapping[str, object] = NOTHING, style: str = "any"
    ) -> tuple[list[Note], bool]:
        """Return the answer to a call under these controls, and whether it ended by itself."""
        controls = Controls()
        controls.update(values)
        settings = read_settings(controls)
        drawing = replace(sampling(settings, estimate_key(call), call), style=style)
        self._improviser.sync(0, call, None, asked_style(drawing))
        self._improviser.begin(drawing, goal(settings, call, drawn_notes=0), seed)
        notes: list[Note] = []
        while len(notes) < MOST_NOTES:
            drawn = self._improviser.draw()
            notes.append(drawn.note)
            if drawn.last:
                return notes, True
        return notes, False


def intervals(notes: Notes) -> list[int]:
    """Return the intervals between successive pitches, in semitones."""
    return [after.pitch - before.pitch for before, after in pairwise(notes)]


def grams(symbols: Sequence[object], size: int) -> list[tuple[object, ...]]:
    """Return the runs of `size` successive symbols."""
    return [tuple(symbols[begin : begin + size]) for begin in range(len(symbols) - size + 1)]


def returning(call: Sequence[object], answer: Sequence[object], size: int) -> float:
    """Return the share of the answer's runs of `size` that are runs of the call too; NaN without any."""
    known, runs = set(grams(call, size)), grams(answer, size)
    return sum(run in known for run in runs) / len(runs) if runs else math.nan


def mean(values: Iterable[float]) -> float:
    """Return the mean of the values that are numbers; NaN when there is none."""
    known = [value for value in values if not math.isnan(value)]
    return statistics.fmean(known) if known else math.nan


def triad(key: KeyEstimate) -> set[int]:
    """Return the pitch classes of the tonic triad."""
    third = 3 if 3 in SCALES[key.scale] and 4 not in SCALES[key.scale] else 4
    return {(key.tonic + step) % 12 for step in (0, third, 7)}


def finals(pairs: Sequence[tuple[Note, Call]]) -> tuple[float, float, float]:
    """Return the shares of final notes that are in the triad, long, and both."""
    in_triad = [note.pitch % 12 in triad(call.key) for note, call in pairs]
    long = [note.duration_beats >= call.usual_beats - 1e-6 for note, call in pairs]
    both = [a and b for a, b in zip(in_triad, long, strict=True)]
    return statistics.fmean(in_triad), statistics.fmean(long), statistics.fmean(both)


def in_key(notes: Notes, key: KeyEstimate) -> float:
    """Return the share of notes in a key."""
    members = {(key.tonic + step) % 12 for step in SCALES[key.scale]}
    return sum(note.pitch % 12 in members for note in notes) / len(notes)


GOALS: dict[str, tuple[dict[str, object], Callable[[float], float | None]]] = {
    "half the call": ({"length": 0.5}, lambda call_beats: 0.5 * max(call_beats, 1.0)),
    "the call": ({"length": 1.0}, lambda call_beats: max(call_beats, 1.0)),
    "twice the call": ({"length": 2.0}, lambda call_beats: 2.0 * max(call_beats, 1.0)),
    "two bars": ({"length_mode": "bars", "length_bars": 2}, lambda call_beats: 8.0),
    "until the phrase ends": ({"length_mode": "phrase"}, lambda call_beats: None),
}
"""Controls, and the wished length in beats that they mean for a call's length."""


def lengths_tables(partner: Partner, calls: Sequence[Call]) -> tuple[Table, Table]:
    """Return how near answers come to their goal, and how they end beside the corpus's phrases."""
    lengths = Table("goal", "within 25 %", "median beats", "ended by itself", title="length of the answer")
    phrase_beats = statistics.median(beats_of(call.next_phrases[0]) for call in calls)
    lengths.add_row("corpus: the next phrase", "", f"{phrase_beats:.1f}", "")
    ends = Table("final note of", "in the tonic triad", "long", "both", title="could a phrase end so?")

    def show_finals(name: str, pairs: Sequence[tuple[Note, Call]]) -> None:
        ends.add_row(name, *(f"{share:.1%}" for share in finals(pairs)))

    show_finals("corpus: phrases", [(phrase[-1], call) for call in calls for phrase in call.next_phrases])
    show_finals("corpus: tunes", [(call.next_phrases[-1][-1], call) for call in calls])
    inner = [(note, call) for call in calls for phrase in call.next_phrases for note in phrase[:-1]]
    show_finals("corpus: other notes", inner)
    for label, (values, wished_for) in GOALS.items():
        near, answers, ended = [], [], []
        for seed, call in enumerate(track(calls, label, transient=True)):
            answer, by_itself = partner.answer(call.notes, seed, values)
            wished = wished_for(beats_of(call.notes))
            if wished is not None:
                near.append(0.75 * wished - 1e-6 <= beats_of(answer) <= 1.25 * wished + 1e-6)
            answers.append(answer)
            ended.append(by_itself)
        lengths.add_row(
            label,
            f"{mean(near):.1%}" if near else "",
            f"{statistics.median(map(beats_of, answers)):.1f}",
            f"{statistics.fmean(ended):.1%}",
        )
        show_finals(f"answers: {label}", [(answer[-1], call) for answer, call in zip(answers, calls, strict=True)])
    return lengths, ends


def closeness_table(partner: Partner, calls: Sequence[Call]) -> Table:
    """Return how much of the call comes back along the fader, beside how much does in the real continuations."""
    table = Table("closeness", "3 intervals", "4 intervals", "3 durations", title="heard in the call")
    rows: list[tuple[str, list[Notes]]] = [
        ("real continuation", [[note for phrase in call.next_phrases[:2] for note in phrase] for call in calls])
    ]
    for value in FADER:
        bar = enumerate(track(calls, f"closeness {value:g}", transient=True))
        answers = [partner.answer(call.notes, seed, {"closeness": value})[0] for seed, call in bar]
        rows.append((f"{value:g}", list(answers)))
    for name, melodies in rows:
        pairs = list(zip(calls, melodies, strict=True))
        shares = [
            mean(returning(intervals(call.notes), intervals(melody), 3) for call, melody in pairs),
            mean(returning(intervals(call.notes), intervals(melody), 4) for call, melody in pairs),
            mean(returning(durations(call.notes), durations(melody), 3) for call, melody in pairs),
        ]
        table.add_row(name, *(f"{share:.1%}" for share in shares))
    return table


def durations(notes: Notes) -> list[float]:
    """Return the written lengths, in beats."""
    return [round(note.duration_beats, 3) for note in notes]


def lock_table(partner: Partner, calls: Sequence[Call]) -> Table:
    """Return the share of notes in the key along the lock."""
    table = Table("key_lock", "in the call's key", "in the whole tune's", title="notes in the key")
    for value in (0.0, 0.3, 0.6, 1.0):
        heard, whole = [], []
        for seed, call in enumerate(track(calls, f"key_lock {value:g}", transient=True)):
            answer, _ = partner.answer(call.notes, seed, {"key_lock": value})
            key = estimate_key(call.notes)
            assert key is not None
            heard.append(in_key(answer, key))
            whole.append(in_key(answer, call.key))
        table.add_row(f"{value:g}", f"{mean(heard):.1%}", f"{mean(whole):.1%}")
    return table


def distance(left: Counter[int], right: Counter[int]) -> float:
    """Return the total variation distance between two histograms, 0..1."""
    return 0.5 * sum(
        abs(left[key] / left.total() - right[key] / right.total()) for key in left.keys() | right.keys()
    )


def transposition_table(partner: Partner, calls: Sequence[Call]) -> Table:
    """Return how alike the answers to a call in twelve keys are, beside answers in one key with other seeds."""
    table = Table(
        "answers",
        "distance of intervals",
        "register over the call",
        "in the key",
        title="the same calls in twelve keys",
        caption="distance: total variation between histograms of intervals, 0 is alike; register in semitones",
    )
    base = [partner.answer(call.notes, seed)[0] for seed, call in enumerate(calls)]
    reference = Counter(step for answer in base for step in intervals(answer))
    rows = [("as written", 0, 0), *(("as written, other draws", 0, salt) for salt in (1000, 2000, 3000))]
    rows += [(f"{semitones:+d} semitones", semitones, 0) for semitones in KEYS if semitones]
    for name, semitones, salt in track(rows, "twelve keys", transient=True):
        answers, registers, inside = [], [], []
        for seed, call in enumerate(calls):
            moved = [replace(note, pitch=note.pitch + semitones) for note in call.notes]
            answer, _ = partner.answer(moved, seed + salt)
            answers.append(answer)
            registers.append(mean(n.pitch for n in answer) - mean(n.pitch for n in moved))
            key = estimate_key(moved)
            assert key is not None
            inside.append(in_key(answer, key))
        steps = Counter(step for answer in answers for step in intervals(answer))
        row = f"{distance(reference, steps):.3f}", f"{mean(registers):+.2f}", f"{mean(inside):.1%}"
        table.add_row(name, *row)
    return table


def style_table(partner: Partner, calls: Sequence[Call], songs: Sequence[Song], styles: Sequence[str]) -> Table:
    """Return how far the answers in each style are from the songs of each, by their intervals."""
    test = [song for song in songs if part_of(song) == "test"]
    regions = [name for name, _ in Counter(song.region for song in test if song.region in styles).most_common(3)]
    steps_of = {
        name: Counter(step for song in test if song.region == name for step in intervals(song.notes))
        for name in regions
    }
    table = Table("style", *(f"from {name}" for name in regions), title="distance from a region's intervals")
    for style in ("any", *regions):
        bar = enumerate(track(calls, f"style {style}", transient=True))
        answers = [partner.answer(call.notes, seed, {"length": 2.0}, style)[0] for seed, call in bar]
        steps = Counter(step for answer in answers for step in intervals(answer))
        table.add_row(style, *(f"{distance(steps, steps_of[name]):.3f}" for name in regions))
    return table


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m bench.answers", description=__doc__.split("\n")[0])
    parser.add_argument("corpus", type=Path, help="a prepared corpus, or songs as they are read")
    parser.add_argument("--checkpoint", default="essen")
    parser.add_argument("--calls", type=int, default=200)
    parser.add_argument("--quick", action="store_true", help="40 calls")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    checkpoint = load(arguments.checkpoint, "cpu")
    partner = Partner(Improviser(checkpoint))
    songs = load_corpus(arguments.corpus).songs
    calls = calls_of(songs, 40 if arguments.quick else arguments.calls)
    half, few = calls[: max(40, len(calls) // 2)], calls[: max(20, len(calls) // 4)]
    console = Console()
    sizes = f"{len(half)} for closeness and key, {len(few)} for transpositions and styles"
    console.print(f"{checkpoint.name}: {len(calls)} held-out calls; {sizes}")
    for table in lengths_tables(partner, calls):
        console.print(table)
    console.print(closeness_table(partner, half))
    console.print(lock_table(partner, half))
    console.print(transposition_table(partner, few))
    if checkpoint.tokenizer.styles:
        console.print(style_table(partner, few, songs, checkpoint.tokenizer.styles))


if __name__ == "__main__":
    main()

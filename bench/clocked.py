"""By a DAW's clock, with `bar` not told: do notes of the answer begin on the bar lines inside it?

A script plays two phrases of a tune of the test part by a MIDI clock (60-160 bpm, onset noise of 20 ms, notes held
for 50-95 % of their time), which starts at a bar line of the tune. The session, the engine and the wait are those
that are in use, at the controls' defaults, in simulated time (bench/simulated.py). Of the answer, as it sounds on
the clock, and of the two phrases that really follow: the share of the written bar lines between the first onset
and the end on which a note begins. Chance is the same answer moved by each of a bar's eighths. What the answers
keep of what a song's bar is worth is (ours - chance) / (songs - chance); in brackets what 95 of 100 draws of as
many tunes would give. A call of two phrases may be answered behind its first one, and what then comes of it is
judged with it; those that were not stand apart, too.

    python -m bench.clocked [CORPUS] [--calls 200] [--quick] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean

from rich.console import Console
from rich.progress import track
from rich.table import Table

from bench.machine import interval
from bench.performer import Manner, perform
from bench.simulated import SimulatedEngine, Simulation
from bench.turns import phrases_of
from bridge.observers import Observer
from engine.notes import Metre, Note, Song
from trainer.fetch import fetch
from trainer.split import songs_in
from trainer.store import load_corpus

CALL_PHRASES = 2
ANSWER_S = 30.0
"""By then the answer is over, or is none."""
EIGHTH_BEATS = 0.5
NEAR_BEATS = 0.1


@dataclass(frozen=True)
class Heard:
    """Hold one answer: shares of its bar lines with an onset, as it sounds, as the song goes on, moved by eighths.

    bar_found: the bar lines that were found are the written ones, or every other one; false_entries: answers
    that began within the call; enters_beats: behind the bar line before; waited_beats: behind the call's end.
    """

    ours: float
    songs: float
    chance: float
    bar_found: bool
    false_entries: int
    enters_beats: float
    waited_beats: float


class Bars(Observer):
    """Remember which bars were found last."""

    def __init__(self) -> None:
        self.found: tuple[str, float, float] | None = None

    def on_bars(self, name: str, upbeat_beats: float, confidence: float) -> None:
        self.found = name, upbeat_beats, confidence


def on_lines(onsets: Sequence[float], end: float, bar: float, moved: float = 0.0) -> float | None:
    """Return the share of the bar lines between first onset and end with an onset; None without any.

    onsets, end: in beats from a bar line. moved: everything is later by so much.
    """
    begin, over = onsets[0] + moved, end + moved
    lines = []
    line = (begin + NEAR_BEATS) // bar * bar + bar
    while line < over - NEAR_BEATS:
        lines.append(line)
        line += bar
    if not lines:
        return None
    return fmean(any(abs(onset + moved - line) <= NEAR_BEATS for onset in onsets) for line in lines)


def by_chance(onsets: Sequence[float], end: float, bar: float) -> float | None:
    """Return the same of the melody moved by each of a bar's eighths, on average."""
    count = round(bar / EIGHTH_BEATS)
    shares = [on_lines(onsets, end, bar, EIGHTH_BEATS * step) for step in range(1, count)]
    known = [share for share in shares if share is not None]
    return fmean(known) if known else None


def placed(notes: Sequence[Note], begin: float) -> tuple[list[float], float]:
    """Return onsets and end of notes of which the first begins on this beat."""
    onsets, beat = [], begin - notes[0].rest_beats
    for note in notes:
        beat += note.rest_beats
        onsets.append(beat)
        beat += note.duration_beats
    return onsets, beat


def agrees(name: str, upbeat: float, metre: Metre) -> bool:
    """Say whether bars as they are told lie on the written ones, up to halving and doubling."""
    over, under = (int(part) for part in name.split("/"))
    beats, bar = over * 4.0 / under, metre.beats_per_bar
    shared = min(beats, bar)
    whole = max(beats, bar) / shared
    return whole in (1.0, 2.0) and abs((upbeat - metre.upbeat_beats + 0.01) % shared) < 0.02


def answered(song: Song, seed: int, engine: SimulatedEngine) -> Heard | None:
    """Play the first phrases of a song by a clock and hear the answer; None where there is nothing to judge."""
    phrases, metre = phrases_of(song), song.metre
    assert metre is not None
    rng = random.Random(seed)
    manner = Manner(rng.uniform(60.0, 160.0), in_time=True)
    beat_s, bar = 60.0 / manner.bpm, metre.beats_per_bar
    behind, following = phrases[CALL_PHRASES - 1][1], phrases[2 * CALL_PHRASES - 1][1]
    start = metre.upbeat_beats + bar * max(1, round(4.0 / bar))
    played = perform(song.notes[:behind], manner, rng, start * beat_s, start).notes
    bars = Bars()
    simulation = Simulation(engine, manner.bpm, {"tempo_from": "auto"}, [bars], seed)
    simulation.play(played)
    last_off_s = simulation.now_s
    simulation.run(last_off_s + ANSWER_S)
    simulation.session.close()
    heard = simulation.transcript
    entries_s = [time_s for time_s in simulation.onsets_s if time_s > played[-1].onset_s]
    if not entries_s:
        return None
    answer = heard[-len(entries_s) :]
    first_beat = round(entries_s[0] / beat_s * 4) / 4
    real, call_end = placed(song.notes[:following], start)
    real, call_end = real[behind:], real[behind - 1] + song.notes[behind - 1].duration_beats
    real_end = placed(song.notes[:following], start)[1]
    ours_onsets, ours_end = placed(answer, first_beat)
    ours = on_lines(ours_onsets, ours_end, bar)
    songs = on_lines(real, real_end, bar)
    chance = by_chance(ours_onsets, ours_end, bar)
    if ours is None or songs is None or chance is None:
        return None
    found = bars.found is not None and agrees(bars.found[0], bars.found[1], metre)
    early = sum(time_s <= played[-1].onset_s for time_s in simulation.onsets_s)
    return Heard(ours, songs, chance, found, early, first_beat % bar, first_beat - call_end)


def worth(heard: Sequence[Heard]) -> float:
    """Return how much of what a song's bar is worth the answers keep."""
    chance = fmean(each.chance for each in heard)
    return (fmean(each.ours for each in heard) - chance) / (fmean(each.songs for each in heard) - chance)


def show(console: Console, heard: Sequence[Heard]) -> None:
    """Print the table, of all answers and of those whose bars were found."""
    table = Table("answers", "count", "ours", "the songs", "chance", "worth of a song's bar")
    right = [each for each in heard if each.bar_found]
    wrong = [each for each in heard if not each.bar_found]
    alone = [each for each in heard if not each.false_entries]
    kinds = (("all", heard), ("none between the phrases", alone), ("bars found", right), ("bars not found", wrong))
    for name, chosen in kinds:
        if len(chosen) < 2:
            continue
        cells = []
        for of in (lambda each: each.ours, lambda each: each.songs, lambda each: each.chance):
            low, high = interval(chosen, lambda some, of=of: fmean(map(of, some)))  # type: ignore[misc]
            cells.append(f"{fmean(map(of, chosen)):.3f} [{low:.3f}, {high:.3f}]")
        low, high = interval(chosen, worth)
        table.add_row(name, str(len(chosen)), *cells, f"{worth(chosen):.2f} [{low:.2f}, {high:.2f}]")
    console.print(table)


def main() -> None:
    """Measure and print."""
    import torch

    from engine.checkpoint import load
    from engine.improviser import Improviser

    parser = argparse.ArgumentParser(prog="python -m bench.clocked", description=__doc__.split("\n")[0])
    parser.add_argument("corpus", type=Path, nargs="?", help="a corpus (default: the public copy, fetched by pip)")
    parser.add_argument("--checkpoint", default="essen")
    parser.add_argument("--calls", type=int, default=200)
    parser.add_argument("--quick", action="store_true", help="30 calls")
    parser.add_argument("--json", type=Path, help="write every answer's figures")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    songs = [
        song
        for song in songs_in(load_corpus(arguments.corpus or fetch("essen")).songs, "test")
        if song.has_durations and song.metre and len(phrases_of(song)) >= 2 * CALL_PHRASES
    ]
    random.Random(4).shuffle(songs)
    improviser = Improviser(load(arguments.checkpoint, "cpu"))
    most = 30 if arguments.quick else arguments.calls
    answers = []
    for seed, song in enumerate(track(songs[:most], "playing", transient=True)):
        answer = answered(song, seed, SimulatedEngine(improviser))
        if answer is not None:
            answers.append(answer)
    show(Console(), answers)
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(each) for each in answers], indent=1))


if __name__ == "__main__":
    main()

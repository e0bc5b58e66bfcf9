"""First phrases played to the command through real MIDI ports: when does it come in, and how long is the wait?

A script plays the first phrase of tunes of the test part (60-160 bpm, onset noise of 20 ms, notes held for 50-95 %
of their time) in real time into `melody-bridge` as a user starts it, on a JACK server of its own, and hears what
comes out. After each phrase `/melody/forget` and silence: none knows of one before it. False is an entry that is
heard before the last key goes up; the wait is from there to the first note that is heard; late is what of it came
after the turn had passed. Beside it what bench.turns computes for the same performances. In brackets what 95 of
100 draws of as many tunes would give.

    python -m bench.played [CORPUS] [--phrases 70] [--clock] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import math
import random
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import fmean, median

from rich.console import Console
from rich.progress import track
from rich.table import Table

from bench.machine import interval, machine, quiet_line
from bench.performer import Manner, perform
from bench.turns import LEAST_NOTES, Ear, adaptive_rule, outcome, phrases_of, releases
from bridge.hearing.transcribe import PlayedNote
from bridge.time.tempo_map import TempoMap
from bridge.urgency import claim_realtime
from engine.notes import Song
from tests.jackrig import BridgeProcess, Daw, Jack, Message, missing, sounding
from trainer.fetch import fetch
from trainer.split import songs_in
from trainer.store import load_corpus

SERVERS = ("melodyplayed",)
SEED = 5000
"""Of the first performance; bench.turns has its own."""
SETTINGS = ("--port", "GPT In", "--seed", "11", "--record", "off", "--log-level", "warning")
BEAT_PARTS = 24
"""Pulses of MIDI clock a beat; so often it is looked whether the answer has come, clock or not."""
START, STOP, PULSE = (0xFA,), (0xFC,), (0xF8,)
GIVE_UP_S = 4.0
"""An answer that has not come by then is missing."""
LISTEN_S, HUSH_S = 0.4, 0.6
"""So long an answer is heard, and then the silence after forgetting."""


@dataclass(frozen=True, slots=True)
class Performed:
    """Hold a phrase as it is to be played, in seconds from beat 0, a bar line."""

    line: tuple[PlayedNote, ...]
    bpm: float


@dataclass(frozen=True, slots=True)
class Answered:
    """Hold what one phrase got.

    early: an answer was heard before the last key went up; wait_s: from there to the next note that was heard,
    None without one; hanging: notes that sounded on after all was forgotten; late_s: of the wait what came after
    the turn had passed, as the bridge tells it, None where it told nothing.
    """

    early: bool
    wait_s: float | None
    hanging: int
    late_s: float | None = None


Figure = Callable[[Sequence[Answered]], float]


def performed(song: Song, seed: int) -> Performed | None:
    """Perform the first phrase of a song; None where it is shorter than bench.turns takes."""
    (first, behind), rng = phrases_of(song)[0], random.Random(seed)
    if behind - first < LEAST_NOTES:
        return None
    bar = song.metre.beats_per_bar if song.metre else 4.0
    manner = Manner(rng.uniform(60.0, 160.0))
    start_beat = (song.metre.upbeat_beats if song.metre else 0.0) + bar * max(1, round(4.0 / bar))
    notes = perform(song.notes[first:behind], manner, rng, start_beat * 60.0 / manner.bpm, start_beat).notes
    return Performed(one_key_at_a_time(notes), manner.bpm)


def one_key_at_a_time(line: Sequence[PlayedNote]) -> tuple[PlayedNote, ...]:
    """Let go of a key before it is struck again, as a hand must."""
    result: list[PlayedNote] = []
    for index, note in enumerate(line):
        assert note.end_s is not None
        again_s = (other.onset_s for other in line[index + 1 :] if other.pitch == note.pitch)
        result.append(replace(note, end_s=min(note.end_s, next(again_s, math.inf))))
    return tuple(result)


def script(phrase: Performed, *, clock: bool) -> list[tuple[float, Message]]:
    """Return what is sent when, until nobody waits any more; empty messages are times to look up.

    A clock starts at second 0, without one the first note is first.
    """
    beat_s = 60.0 / phrase.bpm
    first = 0 if clock else math.ceil(phrase.line[0].onset_s / beat_s * BEAT_PARTS)
    over_s = max(note.end_s or 0.0 for note in phrase.line)
    count = math.ceil((over_s + GIVE_UP_S) / beat_s * BEAT_PARTS)
    result: list[tuple[float, Message]] = [(0.0, START)] if clock else []
    result += [(index * beat_s / BEAT_PARTS, PULSE if clock else ()) for index in range(first, count)]
    for note in phrase.line:
        assert note.end_s is not None
        result += [(note.onset_s, (0x90, note.pitch, note.velocity)), (note.end_s, (0x80, note.pitch, 0))]
    return sorted(result, key=lambda entry: (entry[0], entry[1][:1] == (0x90,)))


def answered(over_s: float, heard: Sequence[tuple[float, Message]]) -> Answered:
    """Judge what was heard of a phrase whose last key went up at over_s, to the silence after it."""
    onsets_s = [at_s for at_s, message in heard if message[0] & 0xF0 == 0x90 and message[2] > 0]
    entry_s = next((at_s for at_s in onsets_s if at_s >= over_s), None)
    wait_s = None if entry_s is None else entry_s - over_s
    early = any(at_s < over_s for at_s in onsets_s)
    return Answered(early, wait_s, len(sounding([message for _, message in heard])))


def play(bridge: BridgeProcess, daw: Daw, phrase: Performed, *, clock: bool) -> Answered:
    """Play a phrase, hear its answer begin, and have all forgotten."""
    daw.forget()
    begin_s = time.monotonic() - (0.0 if clock else phrase.line[0].onset_s)
    keys, over_s, entry_s = 2 * len(phrase.line), math.inf, math.inf
    for due_s, message in script(phrase, clock=clock):
        daw.listen(max(0.0, begin_s + due_s - time.monotonic()))
        if message:
            daw.play(message)
        keys -= len(message) == 3
        if not keys and over_s == math.inf:
            over_s = time.monotonic()
        if over_s < math.inf:
            entry_s = over_s + (answered(over_s, daw.heard).wait_s or math.inf)
        if time.monotonic() > entry_s + LISTEN_S:
            break
    bridge.osc("/melody/forget")
    daw.listen(HUSH_S)
    if clock:
        daw.play(STOP)
        daw.listen(HUSH_S)
    bridge.listen()
    turns_ms = [float(told[0]) for address, told in bridge.told if address == "/melody/latency"]
    bridge.told.clear()
    return replace(answered(over_s, daw.heard), late_s=turns_ms[-1] / 1000 if turns_ms else None)


def play_all(phrases: Sequence[Performed], settings: Sequence[str], *, clock: bool) -> list[Answered]:
    """Start a server and the command, and play the phrases one after another."""
    claim_realtime()
    with ExitStack() as closing:
        closing.callback(Jack(names=SERVERS).end)
        bridge = BridgeProcess(*SETTINGS, *settings)
        closing.callback(bridge.close)
        daw = Daw("GPT In", "GPT Out")
        closing.callback(daw.close)
        bridge.ready()
        return [play(bridge, daw, each, clock=clock) for each in track(phrases, "playing", transient=True)]


def foretold(phrases: Sequence[Performed], patience: float, checkpoint: str, *, clock: bool) -> list[Answered]:
    """Return what bench.turns computes for the same performances."""
    ear, rule, result = Ear(checkpoint), adaptive_rule(patience), []
    for phrase in phrases:
        ear.begin(TempoMap(phrase.bpm, 0.0, 0.0) if clock else None, bar_beats=0.0)
        alone = outcome([releases(phrase.line, ear)], rule, patience)
        result.append(Answered(alone.false_share > 0, alone.median_s, 0))
    return result


def early_share(some: Sequence[Answered]) -> float:
    """Return the share of phrases with a false entry."""
    return fmean(each.early for each in some)


def median_wait_s(some: Sequence[Answered]) -> float:
    """Return the median wait of those that were answered; NaN where none was."""
    waits_s = [each.wait_s for each in some if each.wait_s is not None]
    return median(waits_s) if waits_s else math.nan


def cell(some: Sequence[Answered], figure: Figure, form: str) -> str:
    """Return a figure with its interval."""
    low, high = interval(some, figure)
    return f"{figure(some):{form}} [{low:{form}}, {high:{form}}]"


def main() -> int:
    """Play, compute and print; return 1 where there can be no real ports."""
    parser = argparse.ArgumentParser(prog="python -m bench.played", description=__doc__.split("\n")[0])
    parser.add_argument("corpus", type=Path, nargs="?", help="a corpus (default: the public copy, fetched by pip)")
    parser.add_argument("--phrases", type=int, default=70)
    parser.add_argument("--clock", action="store_true", help="a MIDI clock runs, from a bar line on")
    parser.add_argument("--patience", type=float, default=1.0)
    parser.add_argument("--grid", default="off", help="the control (default off: the wait alone is meant)")
    parser.add_argument("--checkpoint", default="essen")
    parser.add_argument("--json", type=Path, help="write every phrase's figures")
    options = parser.parse_args()
    if reason := missing():
        print(f"bench.played {reason}")
        return 1
    songs = songs_in(load_corpus(options.corpus or fetch("essen")).songs, "test")
    songs = [song for song in songs if song.phrase_ends and song.has_durations]
    random.Random(SEED).shuffle(songs)
    found = (performed(song, SEED + number) for number, song in enumerate(songs))
    phrases = [phrase for phrase in found if phrase is not None][: options.phrases]
    settings = ["--grid", options.grid, "--patience", str(options.patience), "--checkpoint", options.checkpoint]
    console = Console()
    console.print(machine())
    console.print(quiet_line())
    through_ports = play_all(phrases, settings, clock=options.clock)
    simulated = foretold(phrases, options.patience, options.checkpoint, clock=options.clock)
    title = f"{len(phrases)} first phrases, {'by a clock' if options.clock else 'no clock'}"
    table = Table(
        "", "false", "median wait, s", "90 %, s", "late, ms", "missing", "hanging", title=title, box=None
    )
    for name, some in (("ports", through_ports), ("bench.turns", simulated)):
        waits_s = sorted(each.wait_s for each in some if each.wait_s is not None)
        late_s = [each.late_s for each in some if each.late_s is not None]
        table.add_row(
            name,
            cell(some, early_share, ".0%"),
            cell(some, median_wait_s, ".2f"),
            f"{waits_s[len(waits_s) * 9 // 10]:.2f}" if waits_s else "",
            f"{median(late_s) * 1000:.1f}" if late_s else "",
            str(len(some) - len(waits_s)),
            str(sum(each.hanging for each in some)),
        )
    console.print(table)
    if options.json:
        rows = {"ports": [asdict(each) for each in through_ports], "turns": [asdict(each) for each in simulated]}
        options.json.write_text(json.dumps(rows, indent=1))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

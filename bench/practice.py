"""Train the net that finds the bars on, by performances as the bridge reads them.

    python -m bench.practice CORPUS [MORE ...] --start FILE --out FILE [--epochs 3] [--seed 2]

`melody-train metre` teaches the net tunes as written, and with mistakes that are made up. Here it goes on from
such weights with what bridge/hearing/rhythm.py reads of scripted performances, with and without a clock. It is
charged most at ends of phrases that it is told of, for there calls are over; beside the bars it learns where
phrases end. What comes out are weights most of the way between those it began from and those it came to: they find
the bars as well as the two nets together, in the time of one.

MORE: corpora with metres of which less is heard.
"""

from __future__ import annotations

import argparse
import math
import random
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from pathlib import Path

import numpy as np
import torch
from rich.console import Console
from torch import Tensor, nn
from torch.nn import functional as F

from bench.bar import Clock, scale_of
from bench.performer import Manner, perform
from bridge.hearing.rhythm import RhythmReader
from engine.bars import places, state_of
from engine.metre_rows import Listener
from engine.notes import Metre, Song
from trainer import metre
from trainer.bars import (
    FOLLOWED,
    READ_SCALES,
    READ_WEIGHTS,
    WRITTEN_SCALES,
    HeardTune,
    Stretch,
    begins,
    followed,
    form,
    known_ends,
    usable,
)
from trainer.batch import IGNORED
from trainer.metre import MetreNet
from trainer.split import songs_in
from trainer.store import load_corpus

MOST_NOTES = 44
"""Notes of a stretch: two to four phrases, as long as calls are."""
_BATCH, _RATE, _AVERAGE, _SONGS_AT_ONCE = 128, 2.5e-3, 0.996, 500
_TOLD_WEIGHT, _ENDS_WEIGHT = 2.5, 0.3
# How much of the way is kept; settled on the validation part.
_SHARE = 0.8
_CLOCKED, _LEAST_NOTES, _RECENT = 0.35, 4, 8
_FOLLOWED_NOTES = 30


@dataclass(frozen=True)
class Lesson:
    """Hold a stretch as the net reads it, and of each note whether a phrase ends with it."""

    heard: HeardTune
    ends: tuple[bool, ...]


class Pupil(MetreNet):
    """The net that is trained, with one more head, for ends of phrases, which is not kept."""

    def __init__(self) -> None:
        super().__init__()
        self.end = nn.Linear(metre.HIDDEN, 1)
        self._read: Tensor | None = None
        self.gru.register_forward_hook(self._keep)

    def _keep(self, module: nn.Module, given: tuple[Tensor, ...], returned: tuple[Tensor, Tensor]) -> None:
        self._read = returned[0]

    def end_logits(self) -> Tensor:
        """Return of each note of the batch that was read last the logit that it ends a phrase, (B, T)."""
        assert self._read is not None
        logits: Tensor = self.end(self.dropout(self._read))[..., 0]
        return logits


def performed(part: Stretch, rng: random.Random) -> Lesson | None:
    """Return a stretch as the bridge reads a performance of it, up to the end of a phrase; None where it cannot.

    The true bars of a note are those of the tempo at which it and the notes just before it were read; where that
    is no tempo they are unknown.
    """
    ends = [index + 1 for index, end in enumerate(part.ends[:MOST_NOTES]) if end and index + 1 >= _LEAST_NOTES]
    part = part.part(0, rng.choice(ends) if ends else MOST_NOTES)
    count, clocked = len(part.notes), rng.random() < _CLOCKED
    noise_s = rng.choice((0.012, 0.02, 0.02, 0.025))
    manner = Manner(rng.uniform(55.0, 170.0), noise_s, drift=0.0 if clocked else 0.03)
    clock = Clock(manner.bpm, part.positions[0] + rng.randrange(24)) if clocked else None
    reading = RhythmReader().read(perform(part.notes, manner, rng).notes, clock)
    if len(reading.notes) != count:
        return None
    told: Collection[int] = known_ends(part, rng)
    if rng.random() < 0.5:
        told = {count - 1} if part.ends[-1] else ()
    listener = Listener()
    rows = [
        listener.append(replace(note, rest_beats=note.rest_beats if index else 0.0), index in told)
        for index, note in enumerate(reading.notes)
    ]
    scales = [1.0] * count if clocked else _scales(reading.beats, part)
    states = [
        None if scale is None else state_of(_longer(bar, scale), position * scale)
        for scale, bar, position in zip(scales, part.metres, part.positions, strict=True)
    ]
    known = np.array([IGNORED if state is None else state for state in states], np.int64)
    heard = HeardTune(np.array(rows, np.int16), np.array(places(listener.onsets), np.int64), known)
    return Lesson(heard, part.ends)


def _scales(beats: Sequence[float], part: Stretch) -> list[float | None]:
    steps = (before.duration_beats + after.rest_beats for before, after in pairwise(part.notes))
    onsets = list(accumulate(steps, initial=0.0))
    recent = [slice(max(0, index - _RECENT), index + 1) for index in range(len(onsets))]
    found = [scale_of(beats[notes], onsets[notes]) for notes in recent]
    return [found[min(3, len(found) - 1)], *found[1:]]


def _longer(bar: Metre, scale: float) -> Metre:
    return Metre(bar.beats_per_bar * scale, 0.0, bar.pulse_beats * scale)


def lessons(song: Song, other: Song, rng: random.Random, few: bool) -> list[Lesson]:
    """Return a usable song in five forms, or in two; in some it is followed by a stretch of another one."""
    whole, starts = Stretch.of(song), begins(song)

    def later() -> Stretch:
        return whole.part(rng.choice(starts))

    def written(part: Stretch, scale: float, mistaken: bool = False) -> Lesson:
        heard = form(part.part(0, MOST_NOTES), scale, rng, mistaken)
        return Lesson(heard, part.ends[: len(heard.rows)])

    if few:
        found = [written(later(), rng.choice(WRITTEN_SCALES)), performed(later(), rng)]
    else:
        found = [written(whole, 1.0), written(later(), rng.choice(WRITTEN_SCALES))]
        found += [performed(whole, rng), performed(later(), rng)]
        last = later()
        if rng.random() < FOLLOWED:
            last = followed(song, other, rng, _FOLLOWED_NOTES)
        found.append(written(last, rng.choices(READ_SCALES, READ_WEIGHTS)[0], True))
    return [lesson for lesson in found if lesson is not None]


def cost(net: Pupil, batch: Sequence[Lesson]) -> Tensor:
    """Return what a batch costs: the true bars, and where phrases end that it is not told of, in nats a note."""
    bars, weight = metre.nats(net, [lesson.heard for lesson in batch], _TOLD_WEIGHT)
    logits = net.end_logits()
    ends, charged = torch.zeros_like(logits), torch.zeros_like(logits)
    for line, lesson in enumerate(batch):
        size = len(lesson.ends)
        ends[line, :size] = torch.tensor(lesson.ends, dtype=torch.float32)
        charged[line, :size] = torch.from_numpy(lesson.heard.rows[:, metre.PHRASE_LENGTH] == 0)
    missed = F.binary_cross_entropy_with_logits(logits, ends, reduction="none") * charged
    return bars / weight + _ENDS_WEIGHT * missed.sum() / charged.sum()


def batches(
    songs: Sequence[tuple[Song, bool]], others: Sequence[Song], rng: random.Random
) -> Iterator[list[Lesson]]:
    """Yield lessons of songs in random order, those of like length together.

    songs: each with whether only few are wanted of it; others: what may follow.
    """
    songs = rng.sample(songs, len(songs))
    for begin in range(0, len(songs), _SONGS_AT_ONCE):
        part = songs[begin : begin + _SONGS_AT_ONCE]
        found = [lesson for song, few in part for lesson in lessons(song, rng.choice(others), rng, few)]
        found.sort(key=lambda lesson: len(lesson.ends) + 6.0 * rng.random())
        several = [found[start : start + _BATCH] for start in range(0, len(found), _BATCH)]
        rng.shuffle(several)
        yield from several


def mixed(one: Path, other: MetreNet, share: float = _SHARE) -> MetreNet:
    """Return a net whose weights lie between those of a file and another's."""
    net = MetreNet()
    net.take(one)
    theirs = other.state_dict()
    net.load_state_dict({name: torch.lerp(ours, theirs[name], share) for name, ours in net.state_dict().items()})
    return net


def main() -> None:
    """Train, and write the weights of each epoch's end, mixed with those it began from, over the last ones."""
    parser = argparse.ArgumentParser(prog="python -m bench.practice", description=__doc__.split("\n")[0])
    parser.add_argument("corpora", type=Path, nargs="+", metavar="CORPUS")
    parser.add_argument("--start", type=Path, required=True, metavar="FILE", help="weights to go on from")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="weights (.safetensors)")
    parser.add_argument("--epochs", type=int, default=3, help="passes over the songs (default: 3)")
    parser.add_argument("--seed", type=int, default=2, help="of all that is drawn (default: 2)")
    options = parser.parse_args()
    torch.set_num_threads(1)
    songs: list[tuple[Song, bool]] = []
    for number, corpus in enumerate(options.corpora):
        learned = songs_in([song for song in load_corpus(corpus).songs if usable(song)], "train")
        songs += [(song, number > 0) for song in learned]
    others = [song for song, few in songs if not few]
    torch.manual_seed(options.seed)
    net, average = Pupil(), Pupil()
    net.take(options.start)
    average.load_state_dict(net.state_dict())
    optimizer = torch.optim.AdamW(net.parameters(), lr=_RATE, weight_decay=0.05)
    steps = options.epochs * math.ceil(sum(2 if few else 5 for _, few in songs) / _BATCH)
    step, begun_s, console = 0, time.perf_counter(), Console()
    for epoch in range(options.epochs):
        for batch in batches(songs, others, random.Random(options.seed * 1000 + epoch)):
            for group in optimizer.param_groups:
                group["lr"] = _RATE * metre.share(step, steps)
            net.train()
            loss = cost(net, batch)
            optimizer.zero_grad()
            torch.autograd.backward(loss)
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            step += 1
            keep = min(_AVERAGE, (step + 1) / (step + 10))
            with torch.no_grad():
                torch._foreach_lerp_(list(average.parameters()), list(net.parameters()), 1.0 - keep)
        metre.save(mixed(options.start, average), options.out, {"practice_epochs": str(epoch + 1)})
        console.print(f"epoch {epoch + 1} of {options.epochs}: {time.perf_counter() - begun_s:.0f} s")


if __name__ == "__main__":
    main()

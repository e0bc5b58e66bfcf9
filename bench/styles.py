"""What lies between two styles: embeddings mixed, as in play, beside logits mixed, which costs two readings.

    python -m bench.styles [SOURCE] [--checkpoint essen] [--styles China Deutschland] [--songs 40]

Test songs of both styles, the metre given; nats a note by either way, and how far on the way from the one style's
log odds to the other's the mixed embeddings lead.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from rich.console import Console
from rich.table import Table
from torch import Tensor

from bench.machine import machine
from engine.checkpoint import Checkpoint, load
from engine.notes import Song
from engine.styles import STEPS, Style
from engine.tracker import Conditions, song_rows
from trainer.split import songs_in
from trainer.store import load_corpus

SHARES = (0, STEPS // 4, STEPS // 2, 3 * STEPS // 4, STEPS)


class Read(NamedTuple):
    """Hold log probabilities of a song's tokens, (T, V), and durations, (T, D)."""

    tokens: Tensor
    durations: Tensor


class Reader:
    """Read one song in a style."""

    def __init__(self, checkpoint: Checkpoint, song: Song) -> None:
        self._checkpoint, self._song = checkpoint, song
        checkpoint.decoder()  # which puts what lies between styles behind the model's table
        tokenizer = checkpoint.tokenizer
        self._steps = tokenizer.encode(song.notes)[: checkpoint.config.context - 1]
        self._tokens = torch.tensor([[*(step.token for step in self._steps), tokenizer.eos]])
        self._durations = torch.tensor([step.duration for step in self._steps])

    @torch.inference_mode()
    def read(self, style: Style) -> Read:
        """Return what the model expects in a style."""
        model, given = self._checkpoint.model, Conditions(self._song.metre, False, style)
        rows = song_rows(self._checkpoint.tokenizer, self._steps, given, model.config.feature_names)
        hidden = model(torch.from_numpy(rows[None].astype(np.int64)))
        both = model.token_logits(hidden)[0], model.duration_logits(hidden, self._tokens)[0, :-1]
        return Read(*(torch.log_softmax(each.double(), -1) for each in both))

    def nats(self, read: Read) -> float:
        """Return what the song costs."""
        token = read.tokens.gather(-1, self._tokens[0][:, None]).sum()
        return -float(token + read.durations.gather(-1, self._durations[:, None]).sum())


def between(one: Read, other: Read, share: float) -> Read:
    """Return the logits mixed."""
    mixed = (torch.log_softmax(torch.lerp(a, b, share), -1) for a, b in zip(one, other, strict=True))
    return Read(*mixed)


def on_the_way(one: Read, other: Read, mixed: Read, anyhow: Read) -> Iterator[tuple[float, float]]:
    """Yield the products, weighted by what is likely, of the way in log odds and of what is gone of it."""
    for a, b, m, p in zip(one, other, mixed, anyhow, strict=True):
        weight = p.exp()
        way, gone = (each - (weight * each).sum(-1, keepdim=True) for each in (b - a, m - a))
        yield float((weight * way * gone).sum()), float((weight * way * way).sum())


def measure(checkpoint: Checkpoint, songs: Sequence[Song], styles: tuple[str, str]) -> Table:
    """Return the figures of test songs of two styles."""
    first, second = styles
    table = Table("", *(f"{share / STEPS:.0%}" for share in SHARES), title=f"{first} to {second}: nats a note")
    gone: dict[int, float] = defaultdict(float)
    way: dict[int, float] = defaultdict(float)
    for region in styles:
        nats: dict[tuple[str, int], float] = defaultdict(float)
        own = [song for song in songs if song.region == region]
        notes = sum(len(song.notes) for song in own)
        for song in own:
            reader = Reader(checkpoint, song)
            one, other, anyhow = (reader.read(style) for style in (Style(first), Style(second), Style()))
            for share in SHARES:
                mixed = reader.read(Style(first, second, share))
                nats["embeddings", share] += reader.nats(mixed)
                nats["logits", share] += reader.nats(between(one, other, share / STEPS))
                for part, whole in on_the_way(one, other, mixed, anyhow):
                    gone[share] += part
                    way[share] += whole
        for kind in ("embeddings", "logits"):
            cells = (f"{nats[kind, share] / notes:.4f}" for share in SHARES)
            table.add_row(f"{region}, {len(own)} songs, {kind} mixed", *cells)
    table.add_row("on the way in log odds, embeddings", *(f"{gone[each] / way[each]:.2f}" for each in SHARES))
    return table


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", nargs="?", default="corpus/essen")
    parser.add_argument("--checkpoint", default="essen")
    parser.add_argument("--styles", nargs=2, default=("China", "Deutschland"))
    parser.add_argument("--songs", type=int, default=40, help="of each style (40)")
    options = parser.parse_args()
    torch.set_num_threads(1)
    console = Console()
    console.print(machine())
    test = songs_in(load_corpus(Path(options.source)).songs, "test")
    songs = [song for style in options.styles for song in [s for s in test if s.region == style][: options.songs]]
    console.print(measure(load(options.checkpoint, "cpu"), songs, tuple(options.styles)))


if __name__ == "__main__":
    main()

"""What weights of eight bits, and arithmetic of sixteen, cost in nats: the paper's split, pitch only.

    python -m bench.decode_loss [CORPUS] [--checkpoint essen-pitch] [--songs N]

Each song of the paper's validation part stands alone, and is charged for every token, by the reference, in
bfloat16 and with the weights of the layers in int8; beside the mean stands the standard error of the difference,
over songs. In int8 the activations of a batch are rounded by one scale: live, where each step has a scale of its
own, it loses no more than this.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from rich.console import Console
from rich.table import Table

from bench.machine import machine
from engine.checkpoint import Checkpoint, load
from engine.decoding.precision import in_int8
from engine.notes import Song
from trainer.score import SongScore, encode_songs, score_songs
from trainer.split import choose
from trainer.store import load_corpus

WAYS = ("fp32", "bf16", "int8")
QUICK_SONGS = 100


def loaded(name: str, way: str) -> Checkpoint:
    """Return a checkpoint on the CPU that computes in one of the ways."""
    checkpoint = load(name, "cpu", torch.bfloat16 if way == "bf16" else torch.float32)
    return in_int8(checkpoint) if way == "int8" else checkpoint


def costs(checkpoint: Checkpoint, songs: Sequence[Song]) -> list[SongScore]:
    """Return what each song costs."""
    return score_songs(checkpoint, songs, encode_songs(checkpoint, songs))


def loss(exact: Sequence[SongScore], other: Sequence[SongScore]) -> tuple[float, float]:
    """Return what another way costs more, in nats a token, and the standard error of that."""
    tokens = np.array([score.tokens for score in exact], float)
    more = np.array([there.nats - here.nats for here, there in zip(exact, other, strict=True)])
    mean = more.sum() / tokens.sum()
    error = math.sqrt(((more - mean * tokens) ** 2).sum()) / tokens.sum()
    return float(mean), error


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", nargs="?", type=Path, default=Path("corpus/paper"))
    parser.add_argument("--checkpoint", default="essen-pitch")
    parser.add_argument("--songs", type=int, default=0, help="so many songs; default all of the part")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_SONGS} songs")
    parser.add_argument("--out", type=Path, help="write decode-loss.json into this folder")
    options = parser.parse_args()
    console = Console()
    part = choose(load_corpus(options.corpus).songs, "validation", str(options.corpus), "paper")
    songs = part.songs[: QUICK_SONGS if options.quick else options.songs or None]
    found = {way: costs(loaded(options.checkpoint, way), songs) for way in WAYS}
    exact = found[WAYS[0]]
    tokens = sum(score.tokens for score in exact)
    title = f"{options.checkpoint}: {len(songs)} songs of the paper's validation part, {tokens:,} tokens"
    table = Table("computed in", "nats a token", "more than fp32", title=title)
    figures = {}
    for way, scores in found.items():
        nats = sum(score.nats for score in scores) / tokens
        more, error = loss(exact, scores)
        table.add_row(way, f"{nats:.4f}", f"{more:+.4f} ± {error:.4f}")
        figures[way] = {"nats": nats, "more": more, "error": error}
    console.print(table)
    if options.out is not None:
        options.out.mkdir(parents=True, exist_ok=True)
        told = {"machine": machine(), "songs": len(songs), "tokens": tokens, "ways": figures}
        (options.out / "decode-loss.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

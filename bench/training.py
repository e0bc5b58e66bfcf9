"""How fast `prepare` reads and `fit` learns on this machine.

    python -m bench.training [SOURCE] [--songs 1500] [--seconds 10] [--threads 1] [--quick]

Learning is timed beside a plain loop of nanoGPT's way (random windows of one stream of tokens, AdamW, clipping)
over the same network, written here, and beside the machine's own matrix product. Without a SOURCE the songs
are made up.
"""

from __future__ import annotations

import argparse
import csv
import random
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch
from rich.console import Console
from rich.table import Table
from torch.nn import functional as F

from bench.machine import machine
from engine.files import cache_folder
from engine.model import GPT
from engine.model_config import GPTConfig
from engine.notes import Note, Song
from engine.tokenizer import PitchTokenizer
from trainer.fetch import PUBLIC_COPIES
from trainer.settings import TrainSettings
from trainer.store import is_store, load_corpus, write_store
from trainer.train import fit

_LAYERS, _HEADS, _CHANNELS, _CONTEXT, _WINDOWS = 4, 4, 128, 256, 4


def made_up_songs(count: int) -> list[Song]:
    """Return random walks of 50 notes, for machines without a corpus."""
    draw = random.Random(0)
    songs = []
    for number in range(count):
        pitch, notes = 67, []
        for _ in range(50):
            pitch = min(84, max(55, pitch + draw.choice((-4, -2, -2, -1, 0, 1, 2, 2, 4))))
            notes.append(Note(pitch, draw.choice((0.5, 0.5, 1.0))))
        songs.append(Song(f"made up {number}", tuple(notes)))
    return songs


def matrix_flops(seconds: float = 2.0) -> float:
    """Return the FLOP/s of a float32 matrix product of 1024 x 1024, the best of a while."""
    a, b = torch.randn(1024, 1024), torch.randn(1024, 1024)
    best, end = 0.0, time.perf_counter() + seconds
    while time.perf_counter() < end:
        begin = time.perf_counter()
        a @ b
        best = max(best, 2 * 1024**3 / (time.perf_counter() - begin))
    return best


def flops_per_token(config: GPTConfig) -> float:
    """Return the FLOP that learning from one token takes: 6 a weight, and attention (Chowdhery et al. 2022)."""
    weights = 12 * config.n_layer * config.n_embd**2 + config.n_embd * config.vocab_size
    return 6.0 * weights + 12.0 * config.n_layer * config.n_embd * config.context


def plain_loop(songs: Sequence[Song], config: GPTConfig, seconds: float) -> float:
    """Return the tokens a second of nanoGPT's way over the same network."""
    tokenizer = PitchTokenizer()
    tokens_of = (
        step.token for song in songs for step in (*tokenizer.start_steps(), *tokenizer.encode(song.notes))
    )
    stream = torch.tensor(list(tokens_of))
    torch.manual_seed(0)
    model = GPT(config)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.95), weight_decay=0.1, fused=True)
    tokens, spent, begin = 0, 0.0, time.perf_counter()
    while (spent := time.perf_counter() - begin) < seconds or not tokens:
        starts = torch.randint(len(stream) - config.context - 1, (_WINDOWS,))
        windows = torch.stack([stream[start : start + config.context + 1] for start in starts.tolist()])
        logits = model.token_logits(model(windows[:, :-1, None]))
        loss = F.cross_entropy(logits.flatten(0, 1), windows[:, 1:].flatten())
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        tokens += windows[:, 1:].numel()
    return tokens / spent


def our_loop(settings: TrainSettings, songs: Sequence[Song]) -> float:
    """Return the tokens a second of a few epochs of `fit`, by its own log."""
    with tempfile.TemporaryDirectory() as folder:
        fit(replace(settings, out=folder), songs)
        with open(Path(folder) / "log.csv", newline="", encoding="utf-8") as file:
            last = list(csv.DictReader(file))[-1]
    return int(last["tokens"]) / max(0.1, float(last["seconds"]))


def preparing(raw: Path | None, songs: Sequence[Song]) -> float:
    """Return the songs a second of reading a raw source (when there is one) and writing it as a store."""
    begin = time.perf_counter()
    read = load_corpus(raw).songs if raw else songs
    with tempfile.TemporaryDirectory() as folder:
        write_store(read, Path(folder) / "store", "bench")
    return len(read) / (time.perf_counter() - begin)


def raw_of(source: Path | None) -> Path | None:
    """Return a source of raw files: this one, or for a prepared one the fetched copy, or None."""
    if source is None or not is_store(source):
        return source
    fetched = cache_folder() / PUBLIC_COPIES["essen"].file
    return fetched if fetched.is_file() else None


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description="How fast `prepare` reads and `fit` learns on this machine.")
    parser.add_argument("source", nargs="?", type=Path, help="corpus (default: made-up songs)")
    parser.add_argument("--songs", type=int, default=1500, help="songs to learn from (default: 1500)")
    parser.add_argument("--seconds", type=float, default=10.0, help="for the plain loop (default: 10)")
    parser.add_argument("--threads", type=int, default=1, help="of torch (default: 1)")
    parser.add_argument("--quick", action="store_true", help="a few seconds of each")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.songs, arguments.seconds = 100, 2.0
    torch.set_num_threads(arguments.threads)
    songs = load_corpus(arguments.source).songs if arguments.source else made_up_songs(arguments.songs)
    raw = raw_of(arguments.source)
    rate = preparing(raw, songs)
    songs = songs[: arguments.songs]
    vocabulary = PitchTokenizer().vocab_size
    config = GPTConfig(vocabulary, (("token", vocabulary),), _LAYERS, _HEADS, _CHANNELS, _CONTEXT)
    shape = TrainSettings(
        data="bench", n_layer=_LAYERS, n_head=_HEADS, n_embd=_CHANNELS, context=_CONTEXT, stride=_CONTEXT,
        dropout=0.0, batch_windows=_WINDOWS, batch_tokens=_WINDOWS * _CONTEXT, epochs=2, device="cpu",
        evaluate_every=2, save_steps=10_000, precision="float32",
    )  # fmt: skip
    peak, per_token = matrix_flops(), flops_per_token(config)
    table = Table(title=f"learning, {arguments.threads} thread(s): {machine()}")
    for name in ("", "tokens a second", "GFLOP/s", "share of a matrix product's"):
        table.add_column(name, justify="right" if name else "left")
    plain = plain_loop(songs, config, arguments.seconds)
    windows = our_loop(replace(shape, tokenizer="pitch", batches="windows", ema=0.0), songs)
    for name, tokens in (("plain loop (nanoGPT's way)", plain), ("fit, windows, the same network", windows)):
        flops = tokens * per_token
        table.add_row(name, f"{tokens:,.0f}", f"{flops / 1e9:.1f}", f"{flops / peak:.0%}")
    compact = our_loop(replace(shape, tokenizer="pitch", batches="songs"), songs)
    table.add_row("fit, songs with features, the same size", f"{compact:,.0f}", "", "")
    table.add_row("a matrix product alone", "", f"{peak / 1e9:.1f}", "100%")
    table.caption = f"prepare: {rate:,.0f} songs a second, {'read and ' if raw else ''}written"
    Console().print(table)


if __name__ == "__main__":
    main()

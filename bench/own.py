"""What a model gains by a few songs of one's own, what it forgets by them, and how long that takes.

    python -m bench.own SOURCE [--songs 20] [--init essen] [--old corpus/essen] [--set KEY=VALUE ...]

SOURCE: songs of a kind, prepared or raw. So many of them are learned by the recipe `train-own`; up to 100 others
show what is gained, and up to 150 songs of the test part of `--old` what is forgotten. The metre is given, and
"any key" told, as in play.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import torch
from rich.console import Console
from rich.table import Table

from bench.machine import machine
from engine.checkpoint import load
from engine.notes import Song
from trainer.prepare import read_source
from trainer.recipe import find_config, overrides_from
from trainer.score import encode_songs, score_songs
from trainer.split import interval_key, songs_in
from trainer.store import write_store
from trainer.train import main as train

OTHERS, OLD = 100, 150


def nats(checkpoint: str, songs: Sequence[Song]) -> float:
    """Return what songs cost, in nats a note."""
    loaded = load(checkpoint, "cpu")
    scores = score_songs(loaded, songs, encode_songs(loaded, songs, any_key=True))
    return sum(score.nats for score in scores) / sum(score.notes for score in scores)


def main() -> None:
    """Learn, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source")
    parser.add_argument("--songs", type=int, default=20)
    parser.add_argument("--init", default="essen")
    parser.add_argument("--old", default="corpus/essen")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    options = parser.parse_args()
    torch.set_num_threads(1)
    console = Console()
    console.print(machine())
    songs = read_source(options.source, console).songs
    random.Random(5).shuffle(songs)
    own, known = songs[: options.songs], {interval_key(song) for song in songs[: options.songs]}
    others = [song for song in songs[options.songs :] if interval_key(song) not in known][:OTHERS]
    old = songs_in(read_source(options.old, console).songs, "test")
    random.Random(5).shuffle(old)
    with tempfile.TemporaryDirectory() as folder:
        write_store(own, Path(folder) / "own", options.source)
        begin_s = time.perf_counter()
        told = {"init": options.init, "data": f"{folder}/own", "out": f"{folder}/run"}
        after = str(train(find_config("train-own"), told | overrides_from(options.set), console))
        took_s = time.perf_counter() - begin_s
        table = Table("nats a note", "before", "after", title=f"{len(own)} songs learned in {took_s:.0f} s")
        for what, scored in ((f"{len(others)} others of the kind", others), (f"{OLD} old ones", old[:OLD])):
            before_nats, after_nats = nats(options.init, scored), nats(after, scored)
            table.add_row(what, f"{before_nats:.3f}", f"{after_nats:.3f} ({after_nats - before_nats:+.3f})")
    console.print(table)


if __name__ == "__main__":
    main()

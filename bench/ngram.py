"""What an n-gram with a cache makes of songs, beside a checkpoint: an anchor for nats a note with durations.

    python -m bench.ngram [SOURCE] [--checkpoint songbook] [--on OTHER] [--alone] [--quick] [--json FILE]

Charged is what `melody-train evaluate` charges: the steps of the checkpoint's own vocabulary, rests and the end
among them, of each song of the test part (split by tune) alone from its start. The n-gram (`ngram_model`) counts
the training part, and learns from the validation part how to mix; the metre is told to both where it is known.
Styles are told to neither. A checkpoint without durations has only its pitches predicted.

--on: score the test part of another corpus; --alone: leave the checkpoint's own figures out; --quick: 400 songs to
count, 60 to learn from and 60 to score. Two minutes of one core for a corpus.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from rich.table import Table

from bench.machine import machine
from bench.ngram_model import Costs, NGram
from bench.ngram_views import Line
from engine.checkpoint import load
from engine.checkpoint_folder import read_config, resolve
from engine.notes import Song
from engine.tokenizer import Tokenizer, unknown_count
from trainer.evaluate import figures, regions
from trainer.report import write_json
from trainer.score import SongScore, encode_songs, score_songs
from trainer.split import songs_in
from trainer.store import load_corpus

FEW_TRAIN, FEW = 400, 60
_ERRORS = "song_standard_error_nats_per_note"
LEAST_SONGS = 10
"""Corpora of fewer test songs are not shown."""


def scores_of(songs: Sequence[Song], tokenizer: Tokenizer, costs: Costs) -> list[SongScore]:
    """Return costs as `melody-train evaluate` keeps them."""
    return [
        SongScore(
            len(song.notes),
            len(tokenizer.encode(song.notes)) + 1,
            unknown_count(tokenizer, song.notes),
            float(tokens),
            float(durations),
        )
        for song, tokens, durations in zip(songs, costs.tokens, costs.durations, strict=True)
    ]


def measure(
    songs: Mapping[str, Sequence[Song]], tokenizer: Tokenizer, metre_known: bool
) -> dict[str, list[SongScore]]:
    """Return the scores of songs["test"] by what was used: the corpus alone, and the cache too."""
    lines = {part: [Line.of(song, tokenizer, metre_known) for song in songs[part]] for part in songs}
    model = NGram(lines["train"], lines["validation"], tokenizer)
    return {
        name: scores_of(songs["test"], tokenizer, model.costs(lines["test"], cache))
        for name, cache in (("corpus", False), ("n-gram", True))
    }


def report_of(songs: Sequence[Song], scores: Sequence[SongScore]) -> dict[str, Any]:
    """Return figures of all songs and by corpus."""
    return figures(scores) | {"by_region": regions(songs, scores)}


def table_of(report: Mapping[str, Mapping[str, Any]]) -> Table:
    """Return a row a corpus, a column a kind of report."""
    kinds = list(report)
    first = report[kinds[0]]
    table = Table("test part", "songs", "notes", *kinds, title="nats a note")
    for column in table.columns[1:]:
        column.justify = "right"
    rows = [name for name, row in first["by_region"].items() if row["songs"] >= LEAST_SONGS]
    for name in ["all", *(rows if len(first["by_region"]) > 1 else [])]:
        cells = [report[kind] if name == "all" else report[kind]["by_region"][name] for kind in kinds]
        told = (f"{cell['nats_per_note']:.3f} ± {cell[_ERRORS] or math.nan:.3f}" for cell in cells)
        table.add_row(name, f"{cells[0]['songs']:,}", f"{cells[0]['notes']:,}", *told)
    return table


def halves_of(report: Mapping[str, Mapping[str, Any]]) -> Table:
    """Return what pitches (with rests and ends) and durations cost of all that is charged."""
    keys = ("pitch_nats_per_note", "duration_nats_per_note", "nats_per_token")
    table = Table("", "pitches, a note", "durations, a note", "both, a token", title="nats")
    for kind, each in report.items():
        table.add_row(kind, *(f"{each[key]:.3f}" for key in keys))
    return table


def main() -> None:
    """Count, score, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", nargs="?", default="corpus/essen", help="a prepared corpus (corpus/essen)")
    parser.add_argument("--checkpoint", default="essen", help="whose steps are counted (essen)")
    parser.add_argument("--on", metavar="OTHER", help="score another corpus's test part")
    parser.add_argument("--alone", action="store_true", help="leave the checkpoint's own figures out")
    parser.add_argument("--quick", action="store_true", help="fewer songs")
    parser.add_argument("--json", metavar="FILE", help="write the figures as JSON too")
    options = parser.parse_args()
    torch.set_num_threads(1)
    console = Console(width=130)
    console.print(machine())
    corpus = load_corpus(Path(options.source)).songs
    other = load_corpus(Path(options.on)).songs if options.on else corpus
    songs = {part: songs_in(corpus, part) for part in ("train", "validation")} | {"test": songs_in(other, "test")}
    if options.quick:
        most = {"train": FEW_TRAIN, "validation": FEW, "test": FEW}
        songs = {part: each[:: max(1, len(each) // most[part])][: most[part]] for part, each in songs.items()}
    _, tokenizer, _ = read_config(resolve(options.checkpoint))
    timed = tokenizer.n_durations > 0
    report = {}
    for metre in ("known", "unknown") if timed else ("",):
        for kind, scores in measure(songs, tokenizer, metre == "known").items():
            report[f"{kind}, {metre}".rstrip(", ")] = report_of(songs["test"], scores)
        if not options.alone:
            checkpoint = load(options.checkpoint, "cpu")
            name = checkpoint.name
            scores = score_songs(
                checkpoint, songs["test"], encode_songs(checkpoint, songs["test"]), metre != "unknown"
            )
            report[f"{name}, {metre}".rstrip(", ")] = report_of(songs["test"], scores)
    console.print(
        f"counted {len(songs['train']):,} songs of {options.source}, mixed by {len(songs['validation']):,}"
    )
    console.print(table_of(report))
    console.print(halves_of(report))
    if options.json:
        write_json(report, options.json)


if __name__ == "__main__":
    main()

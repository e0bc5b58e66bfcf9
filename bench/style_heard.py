"""Can a style be heard? An ear that learned from songs names the style of answers to calls that are of none.

    python -m bench.style_heard [SOURCE] [--checkpoint songbook] [--neutral corpus/essen] [--calls 50]

The ear (`style_ear`) learns from passages of two phrases of the training part of SOURCE, and is held against those
of the test part. Calls are two phrases of the test part of --neutral, a corpus that the checkpoint did not learn
from; of 400 of them those are taken that the ear is least sure of, by the entropy of what it finds likely. Each is
answered in each of the checkpoint's styles, and in any, as live play plans answers at its defaults; the metre is
not told. What is named is judged in the written bars. By chance one in four is right.

What answers take from their call the ear hears too. So it is also asked which of the answers to one call is most
of a style: how often that is the one it was asked for, whatever the call is like. --strength S: as if the styles'
embeddings lay S times as far from that of any as they are kept; --drafts 1: draw answers singly.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.console import Console
from rich.progress import track
from rich.table import Table

from bench.form import interval
from bench.machine import machine
from bench.planned import DRAFTS, Answers
from bench.style_ear import Ear, Floats, Passage
from engine.checkpoint import load
from engine.notes import Note, Song
from trainer.bars import positions_of, usable
from trainer.calls import PHRASES, Call, beats_of, calls_in
from trainer.report import write_json
from trainer.split import songs_in
from trainer.store import load_corpus
from trainer.style_strength import strengthen

MOST_LEARNED, MOST_HELD = 1200, 1000
"""Passages of each style: to learn from, and to be named."""
CANDIDATES = 400
LEAST_NOTES = 8


def passages_of(songs: Sequence[Song], most: int, seed: int = 1) -> tuple[list[Passage], list[str]]:
    """Return passages of two phrases and the style of each, of no style more than `most`."""
    by_style: dict[str, list[Passage]] = {}
    for song in songs:
        if usable(song):
            by_style.setdefault(song.region, []).extend(_passages(song))
    drawn = random.Random(seed)
    pairs = [
        (passage, style)
        for style, own in sorted(by_style.items())
        for passage in (drawn.sample(own, most) if len(own) > most else own)
    ]
    return [passage for passage, _ in pairs], [style for _, style in pairs]


def _passages(song: Song) -> list[Passage]:
    assert song.metre is not None
    places = positions_of(song)
    cuts = [0, *(index + 1 for index, end in enumerate(song.phrase_ends or ()) if end)]
    found = []
    for begin, end in zip(cuts[::PHRASES], cuts[PHRASES::PHRASES], strict=False):
        notes = song.notes[begin:end]
        if len(notes) >= LEAST_NOTES:
            metre = replace(song.metre, upbeat_beats=places[begin] % song.metre.beats_per_bar)
            found.append(Passage((replace(notes[0], rest_beats=0.0), *notes[1:]), metre))
    return found


def behind(call: Call, answer: Sequence[Note]) -> Passage:
    """Return an answer in the call's written bars."""
    upbeat = (call.metre.upbeat_beats + beats_of(call.notes)) % call.metre.beats_per_bar
    return Passage(tuple(answer), replace(call.metre, upbeat_beats=upbeat))


def least_sure(calls: Sequence[Call], ear: Ear, count: int) -> list[Call]:
    """Return the calls whose style the ear can tell least, the least sure first."""
    told = ear.probabilities([Passage(call.notes, call.metre) for call in calls])
    entropy = -(told * np.log(np.maximum(told, 1e-12))).sum(1)
    return [calls[place] for place in np.argsort(-entropy, kind="stable")[:count]]


def confusion(truth: Sequence[str], named: Sequence[str], styles: Sequence[str]) -> dict[str, dict[str, int]]:
    """Return how often what was asked for was named what."""
    table = {asked: dict.fromkeys(styles, 0) for asked in dict.fromkeys(truth)}
    for asked, heard in zip(truth, named, strict=True):
        table[asked][heard] += 1
    return table


def rightly(
    truth: Sequence[str], named: Sequence[str], groups: Sequence[int], styles: Sequence[str]
) -> tuple[float, float, float]:
    """Return how many are named rightly, the mean over styles, and the bounds by bootstrap over the groups."""
    shares = {style: len(styles) * truth.count(style) / len(truth) for style in styles}
    right = [(one == other) / shares[one] for one, other in zip(truth, named, strict=True)]
    return interval(np.array(right), groups)


def most_of_it(told: Floats) -> list[bool]:
    """Return for each style of each call whether the answer that is most of that style is the one asked for it.

    told: (calls, asked, named), how likely the ear finds each style of each answer.
    """
    return [bool(flag) for flag in (told.argmax(1) == np.arange(told.shape[2])).ravel()]


def table_of(counts: Mapping[str, Mapping[str, int]], title: str, first: str) -> Table:
    """Return the counts as shares of their rows."""
    styles = list(next(iter(counts.values())))
    table = Table(first, *(f"named {style}" for style in styles), "of", title=title)
    for asked, row in counts.items():
        whole = sum(row.values())
        table.add_row(asked, *(f"{row[style] / whole:.0%}" for style in styles), str(whole))
    return table


def main() -> None:
    """Learn, answer, name, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", nargs="?", default="corpus/songbook", help="songs of the styles, prepared")
    parser.add_argument("--checkpoint", default="songbook")
    parser.add_argument("--neutral", default="corpus/essen", help="where calls come from (corpus/essen)")
    parser.add_argument("--calls", type=int, default=50, help="neutral calls, each answered in each style (50)")
    parser.add_argument("--drafts", type=int, default=DRAFTS)
    parser.add_argument("--strength", type=float, default=1.0, help="of styles, beside that kept (1)")
    parser.add_argument("--json", metavar="FILE", help="write the figures as JSON too")
    options = parser.parse_args()
    torch.set_num_threads(1)
    console = Console(width=130)
    console.print(machine())
    checkpoint = load(options.checkpoint, "cpu")
    known = checkpoint.tokenizer.styles
    strengthen(checkpoint.model, len(known), options.strength)
    songs = [song for song in load_corpus(Path(options.source)).songs if song.region in known]
    ear = Ear(*passages_of(songs_in(songs, "train"), MOST_LEARNED))
    styles = ear.styles
    report: dict[str, Any] = {"styles": list(styles)}
    for part in ("validation", "test"):
        held, truth = passages_of(songs_in(songs, part), MOST_HELD)
        named = ear.named(held)
        mean, low, high = rightly(truth, named, range(len(held)), styles)
        console.print(f"{len(held):,} real passages of the {part} part: {mean:.1%} [{low:.1%}, {high:.1%}]")
        report[part] = {"right": (mean, low, high), "counts": confusion(truth, named, styles)}
    console.print(table_of(report["test"]["counts"], "real passages, test part", "style"))
    neutral = load_corpus(Path(options.neutral)).songs
    calls = least_sure(calls_in(neutral, "test", CANDIDATES), ear, options.calls)
    report["calls"] = confusion(
        ["the calls themselves"] * len(calls), ear.named([Passage(c.notes, c.metre) for c in calls]), styles
    )
    answers = Answers(checkpoint, options.drafts)
    told = np.array(
        [
            ear.probabilities(
                [behind(call, answers.answer(call.notes, number, style)) for style in (*styles, "any")]
            )
            for number, call in enumerate(track(calls, "answering", transient=True))
        ]
    )
    asked = [style for _ in calls for style in (*styles, "any")]
    named = [ear.styles[place] for place in told.argmax(2).ravel()]
    groups = [number for number in range(len(calls)) for _ in styles]
    mean, low, high = interval(np.array(told[:, :-1].argmax(2) == np.arange(len(styles)), float).ravel(), groups)
    most, least, greatest = interval(np.array(most_of_it(told[:, :-1]), float), groups)
    console.print(
        f"{len(groups)} answers to {len(calls)} calls: {mean:.1%} [{low:.1%}, {high:.1%}] named as asked"
    )
    console.print(f"most of its style is the one asked for: {most:.1%} [{least:.1%}, {greatest:.1%}]")
    report["answers"] = {
        "right": (mean, low, high),
        "most of its style": (most, least, greatest),
        "counts": confusion(asked, named, styles),
    }
    console.print(table_of(report["answers"]["counts"] | report["calls"], "answers to neutral calls", "asked for"))
    if options.json:
        write_json(report, options.json)


if __name__ == "__main__":
    main()

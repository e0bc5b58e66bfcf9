"""`melody-train evaluate`: what a checkpoint makes of a corpus, as a table and as JSON."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from rich.console import Console

from engine.checkpoint import Checkpoint, load
from engine.errors import UserError
from engine.notes import Song
from trainer.inferred import score_after, score_inferred
from trainer.prepare import read_source
from trainer.progress import counting_bar
from trainer.score import SongScore, encode_songs, score_songs, score_windows
from trainer.split import SPLITS, check_part, choose, songs_in

METRES = ("known", "unknown", "inferred", "all")
_CALIBRATION_BINS = 10
PAPER_WINDOW, PAPER_STRIDE, PAPER_LOSS = 1024, 512, 1.80


@dataclass(frozen=True)
class Evaluation:
    """Say what to evaluate.

    part: one of PARTS; None is the test part, or all of a source so small that nothing falls there.
    train_songs: how many training songs to score beside a part that is held out (0: none).
    """

    checkpoint: str
    data: str
    part: str | None = None
    split: str = "interval"
    metre: str = "all"
    any_key: bool = False
    windows: bool = False
    train_songs: int = 500
    device: str = "auto"

    def __post_init__(self) -> None:
        check_part(self.part)
        for name, value, allowed in (
            ("--split", self.split, SPLITS),
            ("--metre", self.metre, METRES),
        ):
            if value not in allowed:
                raise UserError(f"{name} {value!r} is none of {', '.join(allowed)}; choose one of these")
        if self.split == "paper" and self.part in (None, "test"):
            raise UserError("--part test: the paper's split has none; its parts are train, validation and all")


def evaluate(options: Evaluation, console: Console) -> dict[str, Any]:
    """Return the whole report of a checkpoint on a corpus, as plain values ready for JSON.

    The keys at the top are those with the metre given, unless only another was asked for; what is
    reported with the metre unknown stands under `metre_unknown`, inferred under `metre_inferred`. Progress goes to
    the console.
    """
    start_s = time.perf_counter()
    checkpoint = load(options.checkpoint, options.device, torch.float32)
    corpus = read_source(options.data, console)
    choice = choose(corpus.songs, options.part, options.data, options.split)
    chosen, held_out = choice.songs, choice.part in ("test", "validation")
    report: dict[str, Any] = {
        "checkpoint": checkpoint.name,
        "parameters": checkpoint.parameters,
        "data": options.data,
        "part": choice.part,
        "split": options.split,
        "skipped": len(corpus.skipped),
    }
    learned = str(checkpoint.meta.get("split", options.split))
    if choice.remark:
        report["note"] = f"{choice.remark}; what '{checkpoint.name}' learned from is flattered"
    if learned != options.split and held_out:
        report["note"] = (
            f"'{checkpoint.name}' was trained on the {learned} split, so some songs of the {options.split} "
            "split's held-out part were learned from: these figures flatter it"
        )
    report |= assess(checkpoint, chosen, options, console)
    train = songs_in(corpus.songs, "train", options.split)
    if train and options.train_songs and held_out:
        sample = random.Random(0).sample(train, min(options.train_songs, len(train)))
        both = assess(checkpoint, sample, options, console, "training songs", by_region=False)
        report["train"] = both
    if options.windows:
        with counting_bar(console, "paper's windows"):
            nats, tokens = score_windows(checkpoint, chosen, PAPER_WINDOW, PAPER_STRIDE)
        per_token = nats / tokens
        report["windows"] = {
            "context": PAPER_WINDOW,
            "stride": PAPER_STRIDE,
            "model_context": checkpoint.model.config.context,
            "tokens_charged": tokens,
            "nats_per_token": per_token,
            "perplexity": math.exp(per_token),
            "paper_nats_per_token": PAPER_LOSS,
        }
    report["seconds"] = round(time.perf_counter() - start_s, 2)
    return report


def assess(
    checkpoint: Checkpoint,
    songs: Sequence[Song],
    options: Evaluation,
    console: Console,
    what: str = "songs",
    by_region: bool = True,
) -> dict[str, Any]:
    """Return the figures of some songs, with the metre given, unknown, inferred, or all three."""
    told = checkpoint.model.config.n_durations > 0 and any(song.metre for song in songs)
    # Where no metre is read, or no phrase is marked, nothing can be inferred; of training songs it would flatter.
    inferable = told and by_region and any(song.phrase_ends for song in songs)
    asked = METRES[:3] if options.metre == "all" else (options.metre,)
    wanted = [metre for metre in asked if metre != "inferred" or inferable] or ["unknown"]
    with counting_bar(console, f"reading {what}") as advance:
        examples = encode_songs(checkpoint, songs, options.any_key, advance, "inferred" in wanted)
    reports = {}
    for metre in wanted:
        with counting_bar(console, f"scoring {what}, metre {metre}") as advance:
            if metre == "inferred":
                scores = score_inferred(checkpoint, songs, examples, advance)
            else:
                scores = score_songs(checkpoint, songs, examples, metre == "known", advance)
        reports[metre] = figures(scores) | {"metre": metre if told else "not told"}
        if metre == "inferred":
            reports[metre]["after_phrases"] = {
                str(phrases): compared(score_after(checkpoint, songs, examples, phrases)) for phrases in (1, 2)
            }
        if by_region:
            reports[metre]["by_region"] = regions(songs, scores)
    first, *others = wanted
    if not told:
        return reports[first]
    return reports[first] | {f"metre_{metre}": reports[metre] for metre in others}


def compared(scores: Mapping[str, Sequence[SongScore]]) -> dict[str, Any]:
    """Return nats a note of the same notes by what was told, with the standard error over songs."""
    keys = ("songs", "notes", "nats_per_note", "song_standard_error_nats_per_note")
    return {told: {key: figures(each)[key] for key in keys} for told, each in scores.items() if each}


def figures(scores: Sequence[SongScore]) -> dict[str, Any]:
    """Return the pooled figures of some songs, and the mean and standard error over songs.

    Rests and the end are charged to the notes in what is told per note. `perplexity` is exp of the mean
    cross-entropy over all tokens.
    """
    notes, tokens = sum(score.notes for score in scores), sum(score.tokens for score in scores)
    token_nats = sum(score.token_nats for score in scores)
    duration_nats = sum(score.duration_nats for score in scores)
    nats = token_nats + duration_nats
    per_note = np.array([score.nats / score.notes for score in scores])
    per_token = np.array([score.nats / score.tokens for score in scores])
    report: dict[str, Any] = {
        "songs": len(scores),
        "notes": notes,
        "tokens": tokens,
        "unknown_pitches": sum(score.unknown_pitches for score in scores),
        "nats_per_token": nats / tokens,
        "nats_per_note": nats / notes,
        "pitch_nats_per_note": token_nats / notes,
        "duration_nats_per_note": duration_nats / notes,
        "perplexity": math.exp(nats / tokens),
        "song_mean_nats_per_note": float(per_note.mean()),
        "song_standard_error_nats_per_note": standard_error(per_note),
        "song_mean_nats_per_token": float(per_token.mean()),
        "song_standard_error_nats_per_token": standard_error(per_token),
    }
    phrases = phrase_figures(scores)
    return report | ({"phrase_end": phrases} if phrases else {})


def standard_error(values: np.ndarray[Any, np.dtype[np.float64]]) -> float | None:
    """Return the standard error of a mean, or None for a single value."""
    return float(values.std(ddof=1) / math.sqrt(len(values))) if len(values) > 1 else None


def regions(songs: Sequence[Song], scores: Sequence[SongScore]) -> dict[str, dict[str, Any]]:
    """Return songs, notes and nats (with standard error) by region, the largest first."""
    groups: dict[str, list[SongScore]] = {}
    for song, score in zip(songs, scores, strict=True):
        groups.setdefault(song.region or "unnamed", []).append(score)
    report = {}
    for region, group in sorted(groups.items(), key=lambda item: -len(item[1])):
        all_of_it = figures(group)
        keys = ("songs", "notes", "nats_per_token", "nats_per_note", "song_standard_error_nats_per_note")
        report[region] = {key: all_of_it[key] for key in keys}
    return report


def phrase_figures(scores: Sequence[SongScore]) -> dict[str, Any]:
    """Return average precision, base rate and calibration of P(phrase end), or {} when nothing is marked."""
    logits = np.array([logit for score in scores for logit in score.phrase_logits])
    ends = np.array([end for score in scores for end in score.phrase_ends], dtype=bool)
    if not len(logits) or not ends.any():
        return {}
    probabilities = 1.0 / (1.0 + np.exp(-logits))
    table, error = [], 0.0
    places = np.minimum((probabilities * _CALIBRATION_BINS).astype(int), _CALIBRATION_BINS - 1)
    for place in range(_CALIBRATION_BINS):
        inside = places == place
        if inside.any():
            said, happened = float(probabilities[inside].mean()), float(ends[inside].mean())
            error += abs(said - happened) * float(inside.mean())
            low, high = place / _CALIBRATION_BINS, (place + 1) / _CALIBRATION_BINS
            row = {"from": low, "to": high, "notes": int(inside.sum()), "said": said, "happened": happened}
            table.append(row)
    return {
        "average_precision": average_precision(logits, ends.astype(int)),
        "base_rate": float(ends.mean()),
        "notes": len(ends),
        "calibration_error": error,
        "calibration": table,
    }


def average_precision(logits: Iterable[float], labels: Iterable[int]) -> float:
    """Return the area under the precision-recall steps of a ranking; ties in the order given."""
    ranked = np.asarray(list(labels))[np.argsort(-np.asarray(list(logits)), kind="stable")]
    if not ranked.sum():
        return 0.0
    precision = np.cumsum(ranked) / np.arange(1, len(ranked) + 1)
    return float((precision * ranked).sum() / ranked.sum())

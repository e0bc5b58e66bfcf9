"""`melody-train continuations`: continue test prompts and compare with how the songs really go on.

The notes are drawn by the same code that plays live, one song at a time, as many as the song has.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from engine.checkpoint import load
from engine.controls import DRAWING
from engine.errors import UserError
from engine.improviser import Improviser
from engine.messages import Sampling
from engine.notes import Song
from trainer.bar import counting_bar
from trainer.corpus import parts_of
from trainer.likeness import Continued, distance, runs_of, statistics_of
from trainer.prepare import read_source

GRID = (
    Sampling(),
    Sampling(top_k=0),
    Sampling(loop_guard=0.0),
    Sampling(temperature=0.8),
    Sampling(temperature=1.0),
    Sampling(temperature=1.0, top_k=0),
    Sampling(temperature=1.0, top_k=0, loop_guard=0.0),
    Sampling(top_k=0, top_p=0.95),
)
"""Settings to compare; the first is the default of live play."""

_COLUMNS = (
    ("pitch\nclass", "pitch_class_divergence"),
    ("inter-\nval", "interval_divergence"),
    ("dura-\ntion", "duration_divergence"),
    ("in\nkey", "in_key"),
    ("same\nnote", "repeated_notes"),
    ("4-\ngram", "repeated_4grams"),
    ("stuck", "stuck"),
    ("cop-\nied", "copied_runs"),
    ("apart", "distance"),
)


_CAPTION = (
    "divergences from the real ones (bits) of pitch classes, intervals and durations; shares of notes in the "
    "prompt's key, notes repeated, 4-grams heard before, songs stuck in a loop, 12-interval runs from training; "
    "all of these differences added"
)


@dataclass(frozen=True)
class Request:
    """Say what to continue."""

    checkpoint: str
    data: str
    songs: int = 200
    prompt_notes: int = 8
    seed: int = 0
    device: str = "auto"

    def __post_init__(self) -> None:
        for name, value in (("--songs", self.songs), ("--prompt-notes", self.prompt_notes)):
            if value < 1:
                raise UserError(f"{name} {value}: it takes 1 or more")


def songs_to_continue(songs: Sequence[Song], count: int, prompt_notes: int, seed: int, source: str) -> list[Song]:
    """Return up to `count` songs of the test part with more notes than the prompt, drawn by seed.

    Raise UserError when there is none.
    """
    parts = parts_of(songs)
    long = [
        song for song, part in zip(songs, parts, strict=True)
        if part == "test" and len(song.notes) > prompt_notes
    ]  # fmt: skip
    if not long:
        raise UserError(
            f"{source}: no song of its test part has more than {prompt_notes} notes; take a larger source or "
            "a shorter prompt"
        )
    return random.Random(seed).sample(long, min(count, len(long)))


def continue_song(
    improviser: Improviser, song: Song, prompt_notes: int, notes: int, sampling: Sampling, seed: int
) -> Continued:
    """Return the song's first notes and `notes` drawn ones after them."""
    prompt = song.notes[:prompt_notes]
    improviser.reset()
    improviser.sync(0, prompt, song.metre)
    improviser.begin(sampling, seed=seed, endless=True)
    return Continued(prompt, tuple(improviser.draw().note for _ in range(notes)))


def compare(request: Request, grid: Sequence[Sampling], console: Console) -> dict[str, Any]:
    """Return what the real continuations do and what those under each setting do, ready for JSON.

    `closest` is the setting whose continuations are at the least distance from the real ones. Raise
    UserError when there is nothing to continue.
    """
    checkpoint = load(request.checkpoint, request.device)
    corpus = read_source(request.data, console)
    songs = songs_to_continue(corpus.songs, request.songs, request.prompt_notes, request.seed, request.data)
    train = [song for song, part in zip(corpus.songs, parts_of(corpus.songs), strict=True) if part == "train"]
    copies = runs_of(song.pitches for song in train)
    timed = bool(checkpoint.tokenizer.n_durations) and all(song.has_durations for song in songs)
    real = [_really(song, request.prompt_notes) for song in songs]
    others = [song for song in train if len(song.notes) > request.prompt_notes]
    others = random.Random(request.seed).sample(others, min(len(songs), len(others)))
    of_real = statistics_of(real, real, copies, timed)
    of_others = statistics_of([_really(song, request.prompt_notes) for song in others], real, copies, timed)
    improviser = Improviser(checkpoint, request.seed)
    settings = []
    with counting_bar(console, "continuing") as advance:
        for done, sampling in enumerate(grid):
            step = _step(advance, done * len(songs), len(grid) * len(songs))
            drawn = _continue_all(improviser, songs, request, sampling, step)
            report = statistics_of(drawn, real, copies, timed)
            report["distance"] = distance(report, of_real)
            settings.append({"sampling": _told(sampling)} | report)
    closest = min(range(len(settings)), key=lambda index: settings[index]["distance"])
    return {
        "checkpoint": checkpoint.name,
        "data": request.data,
        "songs": len(songs),
        "prompt_notes": request.prompt_notes,
        "seed": request.seed,
        "real": of_real | {"distance": 0.0},
        # How far as many other real songs are: nothing can be expected to come closer. Their runs are
        # those of the training part itself.
        "other_real": of_others | {"copied_runs": None, "distance": None},
        "settings": settings,
        "closest": settings[closest]["sampling"],
    }


def _really(song: Song, prompt_notes: int) -> Continued:
    return Continued(song.notes[:prompt_notes], song.notes[prompt_notes:])


def _step(advance: Callable[[int, int], None], before: int, total: int) -> Callable[[int], None]:
    return lambda done: advance(before + done, total)


def _continue_all(
    improviser: Improviser,
    songs: Sequence[Song],
    request: Request,
    sampling: Sampling,
    step: Callable[[int], None],
) -> list[Continued]:
    drawn = []
    for index, song in enumerate(songs):
        notes = len(song.notes) - request.prompt_notes
        seed = request.seed * 1_000_003 + index
        drawn.append(continue_song(improviser, song, request.prompt_notes, notes, sampling, seed))
        step(index + 1)
    return drawn


def _told(sampling: Sampling) -> dict[str, Any]:
    return {row.name: getattr(sampling, row.name) for row in DRAWING}


def show(report: dict[str, Any], console: Console) -> None:
    """Print the comparison as a table, a line a setting."""
    title = f"{report['checkpoint']}: {report['songs']} test songs, prompts of {report['prompt_notes']} notes"
    table = Table(title=title, caption=_CAPTION, box=None, padding=(0, 0, 0, 1))
    table.add_column("", no_wrap=True)
    for name, _ in _COLUMNS:
        table.add_column(name, justify="right", min_width=5)
    lines = [("real", report["real"]), ("other real", report["other_real"])]
    lines += [(_heading(setting["sampling"]), setting) for setting in report["settings"]]
    for name, line in lines:
        table.add_row(name, *("-" if line[key] is None else f"{line[key]:.3f}" for _, key in _COLUMNS))
    console.print(table)
    if len(report["settings"]) > 1:
        console.print(f"closest to the real ones: {_heading(report['closest'])}", highlight=False)


def _heading(sampling: dict[str, Any]) -> str:
    parts = [f"T {sampling['temperature']:g}"]
    if sampling["top_k"]:
        parts.append(f"k {sampling['top_k']}")
    if sampling["top_p"] < 1.0:
        parts.append(f"p {sampling['top_p']:g}")
    if sampling["min_p"] > 0.0:
        parts.append(f"min p {sampling['min_p']:g}")
    parts.append(f"guard {sampling['loop_guard']:g}")
    return " ".join(parts)

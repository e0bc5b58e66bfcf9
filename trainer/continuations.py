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
from trainer.likeness import Continued, distance, runs_of, statistics_of
from trainer.prepare import read_source
from trainer.progress import counting_bar
from trainer.split import check_part, choose, songs_in

GRID = (
    Sampling(),
    Sampling(temperature=0.9),
    Sampling(temperature=0.9, top_k=0),
    Sampling(temperature=0.9, loop_guard=0.0),
    Sampling(temperature=0.8),
    Sampling(top_k=0),
    Sampling(top_k=0, loop_guard=0.0),
    Sampling(temperature=0.9, top_k=0, top_p=0.95),
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
class Continuing:
    """Say which songs to continue: so many of a part, after prompts of so many notes.

    part: one of PARTS; None is the test part, or all of a source so small that nothing falls there.
    """

    checkpoint: str
    data: str
    part: str | None = None
    songs: int = 200
    prompt_notes: int = 8
    seed: int = 0
    device: str = "auto"

    def __post_init__(self) -> None:
        check_part(self.part)
        for name in ("songs", "prompt_notes"):
            if getattr(self, name) < 1:
                raise UserError(f"--{name.replace('_', '-')} {getattr(self, name)}: it takes 1 or more")

    def seed_of(self, index: int) -> int:
        """Return the seed with which the index-th song is continued."""
        return self.seed * 1_000_003 + index


def songs_to_continue(songs: Sequence[Song], options: Continuing, console: Console) -> tuple[list[Song], str]:
    """Return songs with more notes than the prompt, drawn by seed, and the part they are of.

    Raise UserError when there is none.
    """
    choice = choose(songs, options.part, options.data, over=options.prompt_notes)
    if choice.remark:
        console.print(choice.remark, highlight=False)
    drawn = random.Random(options.seed).sample(choice.songs, min(options.songs, len(choice.songs)))
    return drawn, choice.part


def continue_song(
    improviser: Improviser, song: Song, prompt_notes: int, notes: int, sampling: Sampling, seed: int
) -> Continued:
    """Return the song's first notes and `notes` drawn ones after them."""
    prompt = song.notes[:prompt_notes]
    improviser.reset()
    improviser.sync(0, prompt, song.metre)
    improviser.begin(sampling, seed=seed, endless=True)
    return Continued(prompt, tuple(improviser.draw().note for _ in range(notes)))


def compare(options: Continuing, grid: Sequence[Sampling], console: Console) -> dict[str, Any]:
    """Return what the real continuations do and what those under each setting do, ready for JSON.

    `closest` is the setting whose continuations are at the least distance from the real ones. Raise
    UserError when there is nothing to continue.
    """
    checkpoint = load(options.checkpoint, options.device)
    corpus = read_source(options.data, console)
    songs, part = songs_to_continue(corpus.songs, options, console)
    train = songs_in(corpus.songs, "train")
    copies = runs_of(song.pitches for song in train)
    timed = bool(checkpoint.tokenizer.n_durations) and all(song.has_durations for song in songs)
    real = [_really(song, options.prompt_notes) for song in songs]
    others = [song for song in train if len(song.notes) > options.prompt_notes]
    others = random.Random(options.seed).sample(others, min(len(songs), len(others)))
    of_real = statistics_of(real, real, copies, timed)
    of_others = statistics_of([_really(song, options.prompt_notes) for song in others], real, copies, timed)
    improviser = Improviser(checkpoint, options.seed)
    settings = []
    with counting_bar(console, "continuing") as advance:
        for done, sampling in enumerate(grid):
            step = _step(advance, done * len(songs), len(grid) * len(songs))
            drawn = _continue_all(improviser, songs, options, sampling, step)
            report = statistics_of(drawn, real, copies, timed)
            report["distance"] = distance(report, of_real)
            settings.append({"sampling": _told(sampling)} | report)
    closest = min(range(len(settings)), key=lambda index: settings[index]["distance"])
    return {
        "checkpoint": checkpoint.name,
        "data": options.data,
        "part": part,
        "songs": len(songs),
        "prompt_notes": options.prompt_notes,
        "seed": options.seed,
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
    options: Continuing,
    sampling: Sampling,
    step: Callable[[int], None],
) -> list[Continued]:
    drawn = []
    for index, song in enumerate(songs):
        notes = len(song.notes) - options.prompt_notes
        drawn.append(
            continue_song(improviser, song, options.prompt_notes, notes, sampling, options.seed_of(index))
        )
        step(index + 1)
    return drawn


def _told(sampling: Sampling) -> dict[str, Any]:
    return {row.name: getattr(sampling, row.name) for row in DRAWING}


def show(report: dict[str, Any], console: Console) -> None:
    """Print the comparison as a table, a line a setting."""
    what = f"{report['songs']} songs, part {report['part']}"
    title = f"{report['checkpoint']}: {what}, prompts of {report['prompt_notes']} notes"
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

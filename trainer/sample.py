"""`melody-train sample`: a sheet of continuations of test prompts, to hear and to see."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich.console import Console

from engine.checkpoint import load
from engine.errors import UserError
from engine.files import whole_folder
from engine.improviser import Improviser
from engine.messages import Sampling
from engine.midi_out import Part, midi_notes, write_midi
from engine.notes import Note, Song
from trainer.continuations import Continuing, continue_song, songs_to_continue
from trainer.likeness import Continued
from trainer.pictures import new_figure, save_png
from trainer.prepare import read_source
from trainer.progress import counting_bar
from trainer.store import refuse_taken

_PROMPT_COLOUR, _DRAWN_COLOUR, _REAL_COLOUR = "0.25", "tab:blue", "0.8"


@dataclass(frozen=True)
class SheetOptions(Continuing):
    """Say what to continue, and how; None leaves live play's default. out: folder of the sheet."""

    songs: int = 8
    out: Path = Path("sheet")
    notes: int = 32
    temperature: float | None = None
    top_k: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.notes < 1:
            raise UserError(f"--notes {self.notes}: it takes 1 or more")
        if self.temperature is not None and not 0.0 <= self.temperature <= 10.0:
            raise UserError(f"--temperature {self.temperature:g}: it takes 0 to 10")
        if self.top_k is not None and self.top_k < 0:
            raise UserError(f"--top-k {self.top_k}: it takes 0 (off) or more")

    @property
    def sampling(self) -> Sampling:
        """Return the setting to draw with."""
        changed: dict[str, Any] = {}
        if self.temperature is not None:
            changed["temperature"] = self.temperature
        if self.top_k is not None:
            changed["top_k"] = self.top_k
        return replace(Sampling(), **changed)


def sample(options: SheetOptions, console: Console) -> Path:
    """Write the sheet: a MIDI file a song (prompt and continuation) and `sheet.png`; return the folder.

    The folder appears when it is complete. Raise UserError when its name is taken or nothing can be drawn.
    """
    out = options.out.absolute()
    refuse_taken(out)
    checkpoint = load(options.checkpoint, options.device)
    corpus = read_source(options.data, console)
    songs, _ = songs_to_continue(corpus.songs, options, console)
    figure = new_figure(10.0, 1.8 * len(songs))
    improviser = Improviser(checkpoint, options.seed)
    drawn = []
    with counting_bar(console, "continuing") as advance:
        for index, song in enumerate(songs):
            drawn.append(
                continue_song(
                    improviser, song, options.prompt_notes, options.notes, options.sampling, options.seed_of(index)
                )
            )
            advance(index + 1, len(songs))
    draw_sheet(figure, songs, drawn)
    _write(out, songs, drawn, figure)
    console.print(f"{options.out}: {len(songs)} continuations as MIDI, and sheet.png", highlight=False)
    return out


def _write(out: Path, songs: Sequence[Song], drawn: Sequence[Continued], figure: Any) -> None:
    try:
        with whole_folder(out) as folder:
            for number, (song, continued) in enumerate(zip(songs, drawn, strict=True), start=1):
                name = re.sub(r"[^\w-]+", "-", Path(song.title).stem).strip("-").lower()[:40] or "song"
                melody = midi_notes((*continued.prompt, *continued.notes))
                write_midi(folder / f"{number:02d}-{name}.mid", [Part(song.title, melody)])
            save_png(figure, folder / "sheet.png")
    except OSError as error:
        raise UserError(f"{out}: the sheet cannot be written ({error.strerror}); name another folder") from None


def draw_sheet(figure: Any, songs: Sequence[Song], drawn: Sequence[Continued]) -> None:
    """Draw a piano roll a song: the prompt dark, the continuation blue, how it really goes on in grey."""
    rows = figure.subplots(len(songs), 1, squeeze=False)[:, 0]
    for axes, song, continued in zip(rows, songs, drawn, strict=True):
        prompt, whole = continued.prompt, (*continued.prompt, *continued.notes)
        _roll(axes, song.notes[: len(whole)], len(prompt), _REAL_COLOUR)
        _roll(axes, whole, len(prompt), _DRAWN_COLOUR)
        _roll(axes, prompt, 0, _PROMPT_COLOUR)
        axes.set_title(song.title, fontsize=8, loc="left")
        axes.set_ylabel("MIDI pitch", fontsize=7)
        axes.tick_params(labelsize=7)
        axes.margins(x=0.01, y=0.15)
    rows[-1].set_xlabel("beats (prompt dark, continuation blue, the song itself grey)", fontsize=8)


def _roll(axes: Any, notes: Sequence[Note], skip: int, colour: str) -> None:
    """Draw the notes behind the first `skip` of them."""
    beat = 0.0
    onsets = []
    for note in notes:
        beat += note.rest_beats
        onsets.append(beat)
        beat += note.duration_beats
    axes.barh(
        [note.pitch for note in notes[skip:]],
        [note.duration_beats * 0.95 for note in notes[skip:]],
        left=onsets[skip:],
        height=0.8,
        color=colour,
    )

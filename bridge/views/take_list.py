"""What was recorded, as a table for people or as values for programs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bridge.recording.journal import Recording
from bridge.recording.library import MIDI
from bridge.views.names import note_name
from engine.notes import Note

if TYPE_CHECKING:
    from rich.table import Table

COLUMNS = {"take": "right", "at": "right", "bpm": "right", "call": "left", "answer": "left"}


def table_of(path: Path, session: Recording) -> Table:
    """Return a session's takes, the kept ones marked; path: of its journal."""
    from rich.table import Table
    from rich.text import Text

    title = f"{path.stem}   {_clock(session.seconds)}, {len(session.takes)} takes"
    table = Table(title=Text(title), title_justify="left", box=None, pad_edge=False, expand=False)
    for name, justify in (
        ("take", "right"),
        ("at", "right"),
        ("bpm", "right"),
        ("call", "left"),
        ("answer", "left"),
    ):
        table.add_column(name, justify=justify, no_wrap=True, overflow="ellipsis")  # type: ignore[arg-type]
    for number, take in sorted(session.takes.items()):
        mark = "★ " if number in session.kept else ""
        table.add_row(
            f"{mark}{number}",
            _clock(take.time.begun_s),
            f"{take.time.bpm:.0f}",
            names(take.call),
            names(take.melody),
            style="bold" if mark else "",
        )
    return table


def names(notes: Sequence[Note]) -> str:
    """Return the names of notes."""
    return " ".join(note_name(note.pitch) for note in notes)


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def values_of(path: Path, session: Recording) -> dict[str, Any]:
    """Return a session and its takes as plain values; path: of its journal."""
    midi = path.with_suffix(MIDI)
    return {
        "session": path.stem,
        "begun": session.begun,
        "seconds": round(session.seconds, 3),
        "journal": str(path),
        "midi": str(midi) if midi.exists() else None,
        "takes": [
            {
                "take": f"{path.stem}/{number}",
                "number": number,
                "kept": number in session.kept,
                "at_s": round(take.time.begun_s, 3),
                "bpm": round(take.time.bpm, 2),
                "bar_beats": take.time.bar_beats,
                "checkpoint": take.model.checkpoint,
                "checksum": take.model.checksum,
                "seed": take.seed,
                "call": [[note.pitch, note.duration_beats, note.rest_beats] for note in take.call],
                "answer": [[note.pitch, note.duration_beats, note.rest_beats] for note in take.melody],
            }
            for number, take in sorted(session.takes.items())
        ],
    }

"""The folder of sessions: where it is, what is in it, and a take found by its name."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bridge.config import OFF
from bridge.folders import sessions_folder
from bridge.recording.journal import NoJournalError, Recording, read_journal
from bridge.recording.journal_file import ENDING, is_being_written
from bridge.recording.score import write_recording
from bridge.take import Take
from engine.errors import UserError

MIDI = ".mid"
MOST_BYTES = 256 << 20
"""A longer journal is none: an evening has a few MiB."""


def folder_of(record: str) -> Path | None:
    """Return the folder that the setting `record` means; None where nothing is to be recorded.

    "" is the platform's.
    """
    if record.strip().lower() == OFF:
        return None
    return Path(record).expanduser() if record else sessions_folder()


def make_midi(journal: Path, path: Path) -> Path:
    """Make the MIDI file of a journal and return its path.

    Raises UserError when the journal cannot be read or the file not be written.
    """
    write_recording(read_session(journal), path)
    return path


def read_session(journal: Path) -> Recording:
    """Return what a journal says; raise UserError naming the file when it cannot be read."""
    try:
        with open(journal, "rb") as file:
            return read_journal(file.read(MOST_BYTES))
    except OSError as error:
        raise UserError(f"{journal}: not readable ({error.strerror or error})") from None
    except NoJournalError as error:
        raise UserError(f"{journal}: {error}") from None


def journals(folder: Path) -> list[Path]:
    """Return the journals in a folder, the oldest first; none where there is no folder."""
    try:
        found = [path for path in folder.iterdir() if path.suffix == ENDING and path.is_file()]
    except OSError:
        return []
    return sorted(found, key=lambda path: path.stem)


def undone(folder: Path) -> Iterator[Path]:
    """Yield the journals of sessions that had no end: without a MIDI file that is as new as they are."""
    for journal in journals(folder):
        midi = journal.with_suffix(MIDI)
        with contextlib.suppress(OSError):
            behind = not midi.exists() or midi.stat().st_mtime < journal.stat().st_mtime
            if behind and not is_being_written(journal):
                yield journal


@dataclass(frozen=True, slots=True)
class Found:
    """Hold a take, the session that it is of, and the journal's path."""

    take: Take
    session: Recording
    journal: Path


def find_take(folder: Path, name: str) -> Found:
    """Return a take by its name: NUMBER of the last session, or SESSION/NUMBER, where the beginning is enough.

    Raises UserError with what there is.
    """
    session, _, number = name.strip().rpartition("/")
    if not number.isascii() or not number.isdigit():
        raise UserError(f"take '{name}': it takes a number, as 3, or session and number, as 2026-11-05-203112/3")
    matching = [path for path in journals(folder) if path.stem.startswith(session)]
    if not matching:
        there = ", ".join(path.stem for path in journals(folder)[-5:]) or "none yet"
        raise UserError(f"take '{name}': no session in {folder} begins so; the last are: {there}")
    if session and len(matching) > 1 and session not in [path.stem for path in matching]:
        names = ", ".join(path.stem for path in matching[-5:])
        raise UserError(f"take '{name}': several sessions begin so: {names}; write more of the name")
    exact = [path for path in matching if path.stem == session]
    journal = (exact or matching)[-1]
    recording = read_session(journal)
    take = recording.takes.get(int(number)) if len(number) < 10 else None
    if take is None:
        raise UserError(f"take '{name}': {journal.stem} has {_takes_of(recording)}; see melody-bridge takes")
    return Found(take, recording, journal)


def _takes_of(recording: Recording) -> str:
    numbers: Sequence[int] = sorted(recording.takes)
    if not numbers:
        return "no takes"
    return f"takes {numbers[0]} to {numbers[-1]}" if len(numbers) > 1 else f"take {numbers[0]} alone"


def main() -> int:
    """Make the MIDI file of a journal, both named on the command line; return 1, saying why, where that fails."""
    journal, midi = (Path(each) for each in sys.argv[1:3])
    try:
        make_midi(journal, midi)
    except UserError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

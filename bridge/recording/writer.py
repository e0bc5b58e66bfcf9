"""The writer: a thread that brings a session to the disk as it goes, and what it does when the disk refuses.

Every half second what has happened is appended to the journal, so a killed program loses no more. The MIDI file is
made of the journal when it is asked for and at the end; of a session that ended otherwise, at the next start.
Nothing is thrown away while the disk refuses: it is kept in memory, tried again, and on demand elsewhere. The MIDI
file is made by a process of its own: to make it here would take Python's lock from the loop, again and again.
"""

from __future__ import annotations

import contextlib
import queue
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bridge.children import child_environment, python_module
from bridge.recording.journal import header
from bridge.recording.journal_file import JournalFile
from bridge.recording.library import MIDI, undone
from bridge.recording.recorder import Entry
from bridge.urgency import Helper
from engine.errors import UserError

FLUSH_S = 0.5
AGAIN_S = 10.0
"""A disk that refused is tried again after so long."""
MAKE_WITHIN_S = 60.0
"""To make the MIDI file of an evening takes two seconds; of a disk that hangs, for ever."""
CLOSE_WITHIN_S = 15.0

Say = Callable[[str, bool], None]
"""Takes a line for people, and whether it says that something went wrong."""


class Writer:
    """Write entries in a thread of its own; no method but `close` waits for the disk."""

    def __init__(self, folder: Path, elsewhere: Sequence[Path], say: Say, program: str = "") -> None:
        """folder: where sessions belong; elsewhere: where else they may go on demand; program: the version."""
        self._folder, self._elsewhere = folder, (*elsewhere, Path(tempfile.gettempdir()) / "melody-bridge")
        self._say, self._program = say, program
        self._zero_s = time.monotonic()
        self._queue: queue.SimpleQueue[Entry | str] = queue.SimpleQueue()
        self._waiting: list[str] = []
        self._file: JournalFile | None = None
        self._stem = ""
        self._refused_s: float | None = None
        self._last_words = ""
        self._thread = Helper(self._run, "writer")

    @property
    def folder(self) -> Path:
        """Return where the session is recorded."""
        return self._folder

    def start(self) -> None:
        """Begin to write; first make the MIDI files that an earlier end has left undone."""
        self._thread.start()

    def put(self, entry: Entry) -> None:
        """Have an entry written soon."""
        self._queue.put(entry)

    def save(self) -> None:
        """Have the MIDI file made of what there is, and told where."""
        self._queue.put("save")

    def close(self) -> str:
        """Write what is left, make the MIDI file, and return in a line where it is; "" when nothing was played."""
        self._queue.put("close")
        self._thread.join(CLOSE_WITHIN_S)
        if self._thread.is_alive():
            return f"the disk does not answer; the session's journal is in {self._folder}, as far as it was taken"
        return self._last_words

    # The thread

    def _run(self) -> None:
        for journal in undone(self._folder):
            with contextlib.suppress(OSError, UserError, subprocess.TimeoutExpired):
                made = _made_of(journal, journal.with_suffix(MIDI))
                self._say(f"{made}: made of a session that had not ended", False)
        flushed_s = time.monotonic()
        asked = ""
        while asked != "close":
            asked = self._gather(flushed_s + FLUSH_S)
            self._flush(on_demand=bool(asked))
            flushed_s = time.monotonic()
            if asked:
                self._make_midi(closing=asked == "close")
        if self._file is not None:
            self._file.close()

    def _gather(self, until_s: float) -> str:
        """Take what comes until then, at least one entry; return what was asked for between, or ""."""
        while True:
            left_s = until_s - time.monotonic()
            try:
                entry = self._queue.get(timeout=max(0.0, left_s)) if self._waiting else self._queue.get()
            except queue.Empty:
                return ""
            if isinstance(entry, str):
                return entry
            self._stem = self._stem or (time.strftime("%Y-%m-%d-%H%M%S") if entry.sounds else "")
            self._waiting.append(entry.line(self._zero_s))
            if left_s <= 0.0 and self._stem:
                return ""

    def _flush(self, *, on_demand: bool) -> None:
        """Append what waits to the journal, once something was played; when the disk refuses, keep it."""
        now_s = time.monotonic()
        too_soon = self._refused_s is not None and now_s - self._refused_s < AGAIN_S
        if not self._waiting or not self._stem or (too_soon and not on_demand):
            return
        try:
            self._append(self._folder)
        except OSError as error:
            if self._refused_s is None:
                self._say(self._refusal(error), True)
            self._refused_s = now_s
            if on_demand:
                self._flush_elsewhere()
            return
        if self._refused_s is not None:
            self._refused_s = None
            self._say(f"recording goes on in {self._folder}; nothing is missing", False)

    def _append(self, folder: Path) -> None:
        if self._file is None:
            self._file = JournalFile(folder, self._stem)
            self._waiting.insert(0, header(time.strftime("%Y-%m-%dT%H:%M:%S%z"), self._program))
        self._file.append("".join(self._waiting).encode())
        self._waiting.clear()

    def _refusal(self, error: OSError) -> str:
        return (
            f"recording: {self._folder}: {error.strerror or error}; the music goes on and the session is kept in "
            "memory. Make room there, or save it elsewhere: s, or /melody/save"
        )

    def _flush_elsewhere(self) -> None:
        """Go on in the first other folder that takes it."""
        for folder in self._elsewhere:
            try:
                if self._file is not None:
                    self._file = self._file.moved(folder)
                self._append(folder)
            except OSError:
                continue
            self._folder, self._refused_s = folder, None
            self._say(f"recording goes on in {folder}; nothing is missing", False)
            return

    def _make_midi(self, *, closing: bool) -> None:
        """Make the MIDI file, beside the journal or, where that is refused, elsewhere; say where."""
        if self._file is None:
            if self._waiting and self._stem:
                self._tell("nothing could be written anywhere; the session is in memory alone", True, closing)
            elif not closing:
                self._tell("nothing was played yet, so there is nothing to save", False, closing)
            return
        journal, refused = self._file.path, ""
        for folder in (self._folder, *self._elsewhere):
            try:
                folder.mkdir(parents=True, exist_ok=True)
                path = _made_of(journal, folder / (journal.stem + MIDI))
            except (OSError, UserError, subprocess.TimeoutExpired) as error:
                refused = str(error)
                continue
            self._tell(f"recorded: {path}", False, closing)
            return
        self._tell(f"{refused}; the journal is whole: {journal}", True, closing)

    def _tell(self, text: str, wrong: bool, closing: bool) -> None:
        """Say a line; at the end nobody listens any more, and `close` returns it."""
        self._last_words = text
        if not closing:
            self._say(text, wrong)


def _made_of(journal: Path, path: Path) -> Path:
    """Make the MIDI file of a journal, in another process, and return its path; raise UserError where it fails."""
    made = subprocess.run(
        [*python_module("bridge.recording.library"), str(journal), str(path)],
        env=child_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=MAKE_WITHIN_S,
        check=False,
    )
    if made.returncode:
        raise UserError((made.stderr.strip().splitlines() or [f"{path}: could not be made"])[-1])
    return path

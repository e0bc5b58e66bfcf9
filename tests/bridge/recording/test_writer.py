"""The writer: what has happened is on the disk soon, and nothing is lost where the disk refuses."""

from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bridge.recording.journal import read_journal
from bridge.recording.recorder import Entry
from bridge.recording.writer import Writer
from engine.midi_file import read_midi_file
from tests.bridge.recording.takes import an_evening

SOON_S = 30.0
"""Far longer than anything here takes; what does not come by then is a fault."""


class Said:
    """Keep what is said, and wait for it."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, bool]] = []
        self._news = threading.Condition()

    def __call__(self, text: str, wrong: bool) -> None:
        with self._news:
            self.lines.append((text, wrong))
            self._news.notify_all()

    def wait_for(self, words: str) -> str:
        """Return the line that has these words, when it comes."""
        with self._news:
            assert self._news.wait_for(lambda: any(words in text for text, _ in self.lines), SOON_S), self.lines
            return next(text for text, _ in self.lines if words in text)


@contextmanager
def writing(folder: Path, *elsewhere: Path) -> Iterator[tuple[Writer, Said]]:
    """Run a writer."""
    said = Said()
    writer = Writer(folder, elsewhere, said, "0.1.0")
    writer.start()
    try:
        yield writer, said
    finally:
        writer.close()


def until(fulfilled: Callable[[], bool]) -> None:
    """Wait until something holds."""
    end_s = time.monotonic() + SOON_S
    while not fulfilled():
        assert time.monotonic() < end_s
        time.sleep(0.01)


def play(writer: Writer, notes: int = 3) -> None:
    """Put a session's beginning."""
    for entry in an_evening().entries[: 2 + 2 * notes]:
        writer.put(entry)


def journal(folder: Path) -> Path:
    """Return the only journal in a folder."""
    (path,) = folder.glob("*.jsonl")
    return path


def test_what_has_happened_is_on_the_disk_without_being_asked_for(tmp_path: Path) -> None:
    """A program that is killed then has lost nothing of it; of silence no file is made."""
    with writing(tmp_path) as (writer, _):
        for entry in an_evening().entries[:2]:
            writer.put(entry)
        time.sleep(0.7)
        assert list(tmp_path.iterdir()) == []
        play(writer)
        until(lambda: bool(list(tmp_path.glob("*.jsonl"))) and b'"you":[64,0]' in journal(tmp_path).read_bytes())
        assert len(read_journal(journal(tmp_path).read_bytes()).player) == 6


def test_the_file_is_there_at_the_end_and_said(tmp_path: Path) -> None:
    """Beside the journal, under its name."""
    with writing(tmp_path) as (writer, said):
        for entry in an_evening().entries:
            writer.put(entry)
        last = writer.close()
    midi = journal(tmp_path).with_suffix(".mid")
    assert last == f"recorded: {midi}"
    assert len(read_midi_file(midi).notes) == 5
    assert said.lines == []


def test_a_session_in_which_nothing_was_played_leaves_nothing(tmp_path: Path) -> None:
    """No folder, no file, no word."""
    with writing(tmp_path / "new") as (writer, _):
        writer.put(an_evening().entries[0])
        assert writer.close() == ""
    assert not (tmp_path / "new").exists()


def test_saving_makes_the_file_while_it_goes_on(tmp_path: Path) -> None:
    """As often as it is asked for, each time with all there is; before a note it says that there is nothing."""
    with writing(tmp_path) as (writer, said):
        writer.save()
        said.wait_for("nothing was played yet")
        play(writer, 1)
        writer.save()
        said.wait_for("recorded: ")
        assert len(read_midi_file(journal(tmp_path).with_suffix(".mid")).notes) == 1
        for entry in an_evening().entries[4:8]:
            writer.put(entry)
        writer.close()
    assert len(read_midi_file(journal(tmp_path).with_suffix(".mid")).notes) == 3


def test_a_folder_that_cannot_be_written_is_said_once_and_the_session_saved_elsewhere_on_demand(
    tmp_path: Path,
) -> None:
    """One line; all that was played until then is in the other place, and what comes after too."""
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    with writing(blocked / "sessions", tmp_path / "elsewhere") as (writer, said):
        play(writer)
        line = said.wait_for("the music goes on")
        assert str(blocked / "sessions") in line
        assert "/melody/save" in line
        for entry in an_evening().entries[8:]:
            writer.put(entry)
        time.sleep(0.7)
        assert [wrong for _, wrong in said.lines] == [True]
        writer.save()
        said.wait_for(f"recording goes on in {tmp_path / 'elsewhere'}")
        said.wait_for("recorded: ")
        writer.put(Entry(200.0, "you", (50, 1)))
        assert str(tmp_path / "elsewhere") in writer.close()
    read = read_journal(journal(tmp_path / "elsewhere").read_bytes())
    assert (len(read.player), len(read.takes), read.damaged) == (7, 1, 0)


def full(folder: Path, monkeypatch: pytest.MonkeyPatch, room: int) -> dict[str, int]:
    """Let the disk of a folder be full after so many bytes more; the dict's `room` may be raised later."""
    left, write, files, open_file = {"room": room}, os.write, set[int](), os.open

    def opened(path: str, *arguments: int) -> int:
        file = open_file(path, *arguments)
        if str(path).startswith(str(folder)):
            files.add(file)
        return file

    def written(file: int, data: bytes) -> int:
        if file not in files:
            return write(file, data)
        if left["room"] <= 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        done = write(file, data[: left["room"]])
        left["room"] -= done
        return done

    monkeypatch.setattr(os, "open", opened)
    monkeypatch.setattr(os, "write", written)
    return left


def test_a_disk_that_fills_up_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was on it stays whole, the rest waits; saved elsewhere on demand it is all there, in one file."""
    left = full(tmp_path / "a", monkeypatch, 700)
    with writing(tmp_path / "a", tmp_path / "b") as (writer, said):
        play(writer, 1)
        until(lambda: bool(list(tmp_path.glob("a/*.jsonl"))) and journal(tmp_path / "a").stat().st_size > 0)
        left["room"] = 20
        for entry in an_evening().entries[4:]:
            writer.put(entry)
        assert "No space left" in said.wait_for("the music goes on")
        assert journal(tmp_path / "a").read_bytes().endswith(b"}\n")
        writer.save()
        said.wait_for(f"recorded: {tmp_path / 'b'}")
    read = read_journal(journal(tmp_path / "b").read_bytes())
    assert (len(read.player), len(read.answer), len(read.takes), read.damaged) == (6, 4, 1, 0)
    assert read_journal(journal(tmp_path / "a").read_bytes()).damaged == 0


def test_a_disk_that_has_room_again_is_told_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On demand at once, by itself in a while; the journal is as if nothing had been."""
    left = full(tmp_path, monkeypatch, 0)
    with writing(tmp_path) as (writer, said):
        play(writer)
        said.wait_for("the music goes on")
        left["room"] = 1 << 20
        writer.save()
        said.wait_for("recording goes on")
        said.wait_for("recorded: ")
    read = read_journal(journal(tmp_path).read_bytes())
    assert (len(read.player), read.damaged) == (6, 0)


def test_when_nothing_can_be_written_anywhere_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And goes on to keep it."""
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path / "file"))
    (tmp_path / "file").write_text("in the way")
    with writing(tmp_path / "file" / "a", tmp_path / "file" / "b") as (writer, said):
        play(writer)
        writer.save()
        said.wait_for("nothing could be written anywhere")
        assert "in memory alone" in writer.close()


def test_an_earlier_session_that_was_killed_gets_its_file_at_the_next_start(tmp_path: Path) -> None:
    """And that is said."""
    killed = tmp_path / "killed.jsonl"
    killed.write_bytes(an_evening().journal()[:-20])
    with writing(tmp_path) as (_, said):
        said.wait_for("killed.mid: made of a session that had not ended")
    assert len(read_midi_file(tmp_path / "killed.mid").notes) == 5

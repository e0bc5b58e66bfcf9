"""What the recorder makes of what it is told."""

from __future__ import annotations

from bridge.recording.journal import header, read_journal
from bridge.recording.recorder import Entry, Recorder
from tests.bridge.recording.takes import a_take
from tests.fakes import FakeClock
from tests.stage import Stage


def test_a_take_is_entered_once_and_then_that_it_is_kept() -> None:
    """A journal grows; nothing in it is written again."""
    entries: list[Entry] = []
    recorder = Recorder(entries.append, lambda: 7.0)
    recorder.on_take(a_take(3))
    recorder.on_take(a_take(3, kept=True))
    assert [(entry.key, entry.time_s) for entry in entries] == [("take", 7.0), ("kept", 7.0)]
    assert entries[1].value == 3


def test_a_control_that_was_only_asked_for_is_no_news() -> None:
    """What was moved is, and where everything stood at the start."""
    entries: list[Entry] = []
    stage = Stage(observers=[Recorder(entries.append)])
    stage.session.start(0.0)
    started = len(entries)
    assert {entry.key for entry in entries} == {"set", "bpm"}
    stage.session._moves.ask("*", 1.0)
    assert len(entries) == started


def test_the_pedal_is_told_as_it_is_moved() -> None:
    """A controller that lifts it counts as lifting."""
    entries: list[Entry] = []
    stage = Stage(observers=[Recorder(entries.append)])
    for number, value in ((64, 127), (64, 0), (64, 90), (121, 0), (7, 100)):
        stage.controller(number, value)
    assert [entry.value for entry in entries if entry.key == "pedal"] == [127, 0, 90, 0]


def test_warnings_and_errors_are_entered_but_no_flood_of_them() -> None:
    """Not twice in a row, thirty a minute at most; lines that only tell are no part of a recording."""
    entries: list[Entry] = []
    clock = FakeClock()
    recorder = Recorder(entries.append, clock)
    recorder.on_log("a line")
    for text in ("slow", "slow", "lost", "slow"):
        recorder.on_warning(text)
    recorder.on_error("slow")
    assert [(entry.key, entry.value) for entry in entries] == [
        *(("warning", "slow"), ("warning", "lost"), ("warning", "slow"), ("error", "slow")),
    ]
    for number in range(5000):
        recorder.on_error(f"refused {number}")
    assert len(entries) == 30
    clock.advance(61.0)
    recorder.on_error("refused")
    assert len(entries) == 31
    assert read_journal((header("", "") + entries[0].line(0.0)).encode()).damaged == 0


def test_an_entry_says_when_from_the_journals_beginning() -> None:
    """To a hundredth of a millisecond."""
    assert Entry(103.1234567, "you", (60, 1)).line(100.0) == '{"t":3.12346,"you":[60,1]}\n'

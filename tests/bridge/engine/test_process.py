"""The engine process: started, heard, restarted, ended; its death is told once and in words."""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
from collections.abc import Callable, Iterator

import pytest

from bridge.engine.process import EngineProcess, how_it_ended
from bridge.events import EngineDied, EngineReply
from engine.messages import Continue, Drawn, Failed, Hello, Listened, Ready
from engine.notes import Note
from tests.paths import ROOT

STUB = ROOT / "tests" / "stub_engine.py"
WITHIN_S = 20.0
Event = EngineReply | EngineDied


class Running:
    """An engine process with an inbox that a test can read."""

    def __init__(self, act: str) -> None:
        self.inbox: queue.Queue[Event] = queue.Queue()
        command = (sys.executable, str(STUB), "--act", act)
        self.engine = EngineProcess("x", "cpu", 1, self.inbox.put, command=command)
        self.engine.start()

    def until(self, kind: type[object]) -> object:
        """Return the next reply of this kind, or the death when that is asked for."""
        while True:
            event = self.inbox.get(timeout=WITHIN_S)
            if isinstance(event, EngineDied):
                assert kind is EngineDied, event.text
                return event
            if isinstance(event.reply, kind):
                return event.reply


Start = Callable[[str], Running]


@pytest.fixture
def start() -> Iterator[Start]:
    running: list[Running] = []

    def begin(act: str = "") -> Running:
        running.append(Running(act))
        return running[-1]

    yield begin
    for each in running:
        each.engine.close()


def ask(number: int, count: int = 2) -> Continue:
    return Continue(number, 0, (Note(60, 1.0),), count=count)


def test_what_is_asked_is_answered(start: Start) -> None:
    """Hello, Ready, and the notes of a request arrive in the inbox."""
    running = start("")
    assert isinstance(running.until(Hello), Hello)
    running.until(Ready)
    running.engine.send(ask(7))
    assert running.until(Listened) == Listened(7, 1, 0.5)
    notes = [running.until(Drawn) for _ in range(2)]
    assert [note.index for note in notes if isinstance(note, Drawn)] == [0, 1]


def test_a_killed_engine_is_told_once_and_can_be_started_again(start: Start) -> None:
    """After kill -9 the signal is named; after restart requests are answered."""
    running = start("die")
    running.until(Ready)
    first_pid = running.engine.pid
    running.engine.send(ask(1))
    running.engine.send(ask(2))
    died = running.until(EngineDied)
    assert isinstance(died, EngineDied)
    assert "SIGKILL" in died.text
    running.engine.restart()
    running.until(Ready)
    assert running.engine.pid != first_pid
    running.engine.send(ask(3))
    assert running.until(Drawn)


def test_a_restart_silences_the_old_process(start: Start) -> None:
    """A process that was ended on purpose is not reported as dead."""
    running = start("deaf")
    running.until(Ready)
    running.engine.restart()
    running.until(Ready)
    assert running.inbox.empty()


def test_an_engine_that_never_connects_is_told_with_its_last_words(start: Start) -> None:
    """A child that ends before it connected wakes whoever waits for it."""
    died = start("exit").until(EngineDied)
    assert isinstance(died, EngineDied)
    assert "exit code 3" in died.text
    assert "no such device" in died.text


def test_a_fatal_failure_is_not_told_twice(start: Start) -> None:
    """The engine's own last words stand for its death."""
    running = start("fatal")
    failed = running.until(Failed)
    assert isinstance(failed, Failed)
    assert failed.fatal
    with pytest.raises(queue.Empty):
        running.inbox.get(timeout=0.3)


def test_bytes_that_are_no_message_are_the_engines_end(start: Start) -> None:
    """Nonsense in the pipe ends that process; it does not raise here."""
    died = start("rubbish").until(EngineDied)
    assert isinstance(died, EngineDied)


def test_sending_to_a_deaf_engine_returns(start: Start) -> None:
    """The caller never waits for a full pipe, though the process reads nothing; its death is told still."""
    running = start("deaf")
    running.until(Ready)
    notes = tuple(Note(60, 1.0) for _ in range(2000))

    def send() -> None:
        for number in range(50):
            running.engine.send(Continue(number, 0, notes))

    sender = threading.Thread(target=send, daemon=True)
    sender.start()
    sender.join(WITHIN_S)
    assert not sender.is_alive()
    pid = running.engine.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    running.until(EngineDied)


def test_close_ends_the_process(start: Start) -> None:
    """After close there is no process of that id that is still ours."""
    running = start("deaf")
    running.until(Ready)
    pid = running.engine.pid
    assert pid is not None
    running.engine.close()
    with pytest.raises(ChildProcessError):
        os.waitpid(pid, 0)
    assert running.engine.pid is None


@pytest.mark.parametrize(
    ("code", "stderr", "said"),
    [
        (-9, [], "the engine process was ended by SIGKILL"),
        (1, ["Traceback", "MemoryError", ""], "the engine process ended with exit code 1: MemoryError"),
        (None, ["OSError: no"], "the engine process could not be started: OSError: no"),
    ],
)
def test_an_end_is_put_into_words(code: int | None, stderr: list[str], said: str) -> None:
    """The exit status and the last line of standard error make one line."""
    assert how_it_ended(code, stderr) == said

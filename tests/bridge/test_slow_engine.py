"""A model that needs a tenth of a second a note, or a whole one, stays usable: nothing piles up, answers come."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from itertools import pairwise

import pytest

from bridge.engine.talk import LENIENCE, PATIENCE_S
from bridge.events import EngineDied
from engine.messages import Continue, Drawn, Listened, Reply, Request, merged
from engine.notes import Note
from tests.fakes import FakeClock
from tests.stage import READY, ScriptedEngine, Stage, scale

CALL = [(0.25 * n, 0.25 * n + 0.2, 60 + n) for n in range(8)]


class SlowEngine(ScriptedEngine):
    """Serve as engine/server.py does, each pass of the model taking its time by the fake clock.

    A pass reads all that waits, or draws a note. longest_behind_s: how old a request was when its pass began.
    """

    def __init__(self, note_s: float, length: int = 6) -> None:
        super().__init__(scale(), length)
        self.note_s = note_s
        self.clock = FakeClock()
        self.waiting: list[Continue] = []
        self.most_waiting = self.passes = 0
        self._request: Continue | None = None
        self._index = 0
        self._free_s = 0.0
        self._done: deque[tuple[float, Reply]] = deque()
        self.hangs = False

    def send(self, request: Request) -> None:
        assert isinstance(request, Continue)
        self.requests.append(request)
        self.waiting.append(request)

    def work(self) -> None:
        """Do what can be done until now."""
        while not self.hangs and self._free_s <= self.clock():
            if self.waiting:
                self._read(merged(self.waiting))
            elif self._request is not None and self._index < self._request.count:
                self._draw(self._request)
            else:
                break
        while self._done and self._done[0][0] <= self.clock():
            self.outbox.append(self._done.popleft()[1])

    def _pass(self, notes: int = 1) -> float:
        self.passes += 1
        self._free_s = max(self._free_s, self.clock()) + self.note_s * (1 + 0.1 * (notes - 1))
        return self._free_s

    def _read(self, request: Continue) -> None:
        self.most_waiting = max(self.most_waiting, len(self.waiting))
        self.waiting.clear()
        self.context = [*self.context[: request.keep], *request.append]
        self._request, self._index = request, 0
        self._done.append((self._pass(len(request.append)), Listened(request.request, len(self.context), 0.9)))

    def _draw(self, request: Continue) -> None:
        number = request.goal.drawn_notes + self._index
        note = self.script(number)
        if number == 0 and request.goal.lead_rest_beats:
            note = Note(note.pitch, note.duration_beats, request.goal.lead_rest_beats)
        self.context.append(note)
        last = number + 1 >= self.length
        drawn = Drawn(request.request, self._index, note, 0.1, last, self.note_s * 1000)
        self._done.append((self._pass(), drawn))
        self._index = request.count if last else self._index + 1

    def restart(self) -> None:
        self.restarts += 1
        self.context, self.hangs = [], False
        self.waiting.clear()
        self._done.clear()
        self._request = None
        self.outbox.append(replace(READY, step_ms=self.note_s * 1000, drafts=1))


class SlowStage(Stage):
    """A stage with a slow engine, whose passes end by the stage's clock."""

    step_s = 0.01

    def __init__(self, note_s: float, length: int = 6, **controls: object) -> None:
        self.slow = SlowEngine(note_s, length)
        super().__init__(self.slow, None, (), **controls)
        self.slow.clock = self.clock
        self.slow.restart()
        self.slow.restarts = 0

    def run(self, until_s: float) -> None:
        """Let time pass in steps, the engine working."""
        while True:
            self.slow.work()
            super().run(min(until_s, self.clock() + self.step_s))
            if self.clock() >= until_s - 1e-9:
                return

    def call(self) -> int:
        """Play the call, let it be answered; return with how many notes it was."""
        begin_s, before = self.clock() + 0.1, len(self.sent)
        self.play([(begin_s + on_s, begin_s + off_s, pitch) for on_s, off_s, pitch in CALL])
        while self.session.state != "idle" and self.clock() < begin_s + 60.0:
            self.run(self.clock() + 0.1)
        return sum(message[0] & 0xF0 == 0x90 for _, message in self.sent[before:])

    def delays(self) -> list[str]:
        """Return the lines on how long after the turn this model answers."""
        return [line for line in self.witness.logs if "this model" in line]


@pytest.mark.parametrize("note_s", [0.1, 1.0])
def test_a_slow_model_answers_every_call_and_is_never_started_again(note_s: float) -> None:
    """Call after call is answered to its end; slow is not stuck."""
    stage = SlowStage(note_s, wait=0.3)
    assert [stage.call() for _ in range(4)] == [6, 6, 6, 6]
    assert (stage.slow.restarts, stage.witness.errors, stage.hanging) == (0, [], set())


@pytest.mark.parametrize("note_s", [0.1, 1.0])
def test_what_is_superseded_is_not_worked_on(note_s: float) -> None:
    """While a player plays, the model is behind by the pass it is in and no more, however fast he plays."""
    stage = SlowStage(note_s, wait=0.3)
    notes = [(0.1 * n, 0.1 * n + 0.08, 60 + n % 12) for n in range(100)]
    stage.play(notes)
    stage.run(10.0)
    assert stage.slow.passes <= 10.0 / note_s + 2
    stage.run(10.0 + 5.0 * note_s)
    assert len(stage.slow.context) >= 100
    assert not stage.slow.waiting


@pytest.mark.parametrize("note_s", [0.1, 1.0])
def test_how_long_after_the_turn_it_answers_is_told_once(note_s: float) -> None:
    """One line however many calls; another when it becomes much faster."""
    stage = SlowStage(note_s, wait=0.1)
    for _ in range(4):
        stage.call()
    (line,) = stage.delays()
    assert stage.witness.warnings == [line]
    assert f"ms after the turn ({note_s * 1000:.0f} ms a note)" in line
    stage.slow.note_s = 0.001
    for _ in range(3):
        stage.call()
    assert stage.delays() == [line, "this model now answers at once"]
    assert stage.witness.warnings == [line]


def test_a_model_that_draws_faster_than_its_notes_sound_leaves_no_holes() -> None:
    """It is asked for more early enough, though it is slow: a note in 0.6 s, each a second long."""
    stage = SlowStage(0.6, wait=0.3, bpm=60)
    stage.call()
    ons_s = [at_s for at_s, message in stage.sent if message[0] & 0xF0 == 0x90]
    assert [round(later - earlier, 1) for earlier, later in pairwise(ons_s)] == [1.0] * 5


def test_a_fast_model_is_not_called_slow() -> None:
    """A note in a few milliseconds, and one answer that a busy machine held up."""
    stage = SlowStage(0.004, wait=0.3)
    for turn in range(4):
        stage.slow.note_s = 0.3 if turn == 1 else 0.004
        stage.call()
    assert stage.delays() == []


def test_reading_a_long_transcript_anew_is_not_stuck_either() -> None:
    """After a restart all that was heard is read in one pass of many seconds."""
    stage = SlowStage(1.0, wait=0.3)
    stage.play([(0.1 * n, 0.1 * n + 0.08, 60 + n % 12) for n in range(150)])
    stage.do(EngineDied(stage.clock(), "killed"))
    stage.run(stage.clock() + 40.0)
    assert stage.slow.restarts == 1


def test_an_engine_that_hangs_is_started_again_all_the_same() -> None:
    """What says nothing for as long as a few times its usual work, and at least the usual patience, is stuck."""
    stage = SlowStage(1.0, wait=0.3)
    stage.play(CALL)
    stage.slow.hangs = True
    stage.run(stage.clock() + 1.0)
    assert stage.slow.restarts == 0
    stage.run(stage.clock() + PATIENCE_S + LENIENCE * 1.0 * (len(CALL) + 1) + 1.0)
    assert stage.slow.restarts == 1

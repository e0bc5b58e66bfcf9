"""An evening with the real model: what is recorded of it is enough to draw its takes again, note for note."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from threading import Thread

import pytest

from bridge.events import EngineReply, SetControl
from bridge.recording.journal import Recording, read_journal
from bridge.recording.recorder import InMemory
from bridge.recording.replay import Replay, compared, heard_figures
from bridge.take import Take
from engine.messages import Drawn, Ready, Reply, Request, Stop
from engine.notes import Note
from engine.server import serve, start
from tests.goldens import RIFF
from tests.stage import Clocked, Stage

DRAFTS = 6


class ServedEngine:
    """The real engine process's server, in a thread of this one: what is asked is served before time goes on."""

    def __init__(self, drafts: int = DRAFTS) -> None:
        improviser, self.ready = start("essen", "cpu", 1, drafts=drafts)
        self.outbox: deque[Reply] = deque()
        self._pipe, theirs = Pipe()
        self._thread = Thread(target=serve, args=(theirs, improviser, drafts), daemon=True)
        self._thread.start()

    def send(self, request: Request) -> None:
        """Hand a request over, and wait for all that comes of it."""
        self._pipe.send(request)
        self.outbox.extend(replies_to(self._pipe, request))

    def restart(self) -> None:
        """Nothing dies here."""

    def close(self) -> None:
        """End the thread."""
        self._pipe.send(Stop())
        self._thread.join(60.0)


def replies_to(pipe: Connection, request: Request) -> list[Reply]:
    """Return what comes for a request: that it was heard, and its notes to the last."""
    replies: list[Reply] = []
    wanted = getattr(request, "count", 0)
    while True:
        assert pipe.poll(120.0)
        reply = pipe.recv()
        replies.append(reply)
        last = isinstance(reply, Drawn) and (reply.last or reply.index + 1 == wanted)
        if last or (not wanted and replies):
            return replies


def riff(start_s: float, bpm: float, up: int = 0) -> list[tuple[float, float, int]]:
    """Return the riff as it is played."""
    score, at_s = [], start_s
    for pitch, beats in RIFF:
        score.append((at_s, at_s + 0.8 * beats * 60.0 / bpm, pitch + up))
        at_s += beats * 60.0 / bpm
    return score


def evening(stage: Stage) -> None:
    """Play: answers heard out, cut, varied; faders moved between and within them; one drawn note by note."""
    stage.step_s = 0.004
    at_s = 0.0
    for up, moves in ((0, {}), (5, {"temperature": 1.1}), (-3, {"closeness": 0.6}), (2, {"drafts": 1})):
        for name, value in moves.items():
            stage.do(SetControl(stage.clock(), name, value, "test"))
        stage.play(riff(at_s, 120.0, up))
        stage.run(at_s + 6.2)
        stage.do(SetControl(stage.clock(), "swing", 0.1 + at_s / 1000, "test"))
        stage.run(at_s + 6.6)
        stage.do(SetControl(stage.clock(), "top_k", 12, "test"))
        at_s += 12.0
        stage.run(at_s)
    stage.act("vary")
    stage.run(at_s + 8.0)
    stage.play(riff(at_s + 8.0, 120.0))
    stage.play([(at_s + 14.0, at_s + 14.3, 72)])
    stage.run(at_s + 22.0)


def recorded(stage_of: type[Stage], **controls: object) -> tuple[Ready, Recording]:
    """Return what the engine says of itself, and the journal of an evening, read back from its text."""
    recorder, engine = InMemory(lambda: 0.0), ServedEngine()
    stage = stage_of(engine=engine, observers=[recorder], **controls)  # type: ignore[arg-type]
    stage.do(EngineReply(0.0, engine.ready))
    evening(stage)
    stage.session.close()
    engine.close()
    return engine.ready, read_journal(recorder.journal())


def drawn_again(take: Take, recording: Recording, engine: ServedEngine) -> tuple[Note, ...]:
    """Return the notes of a take as an engine draws them."""
    replay = Replay(take, heard_figures(take, recording.takes)[0])
    while (request := replay.ask()) is not None:
        engine.send(request)
        while engine.outbox:
            reply = engine.outbox.popleft()
            if isinstance(reply, Drawn) and replay.received(reply):
                engine.outbox.clear()
    return tuple(replay.notes)


@pytest.mark.parametrize(
    ("stage_of", "controls"), [(Stage, {"turn": "adaptive", "tempo_from": "auto"}), (Clocked, {"bar": 4})]
)
def test_every_take_of_an_evening_is_drawn_again_note_for_note(
    stage_of: type[Stage], controls: dict[str, object]
) -> None:
    """From the journal's text alone, by an engine that has heard nothing of it, however a part was asked for."""
    ready, recording = recorded(stage_of, **controls)
    takes, engine = recording.takes.values(), ServedEngine()
    assert len(takes) >= 6
    assert recording.damaged == 0
    assert {take.model.checksum for take in takes} == {ready.checksum}
    parts = [drawing for take in takes for drawing in take.drawings]
    assert {part.drafts for part in parts} == {1, DRAFTS}
    assert any(part.skip for part in parts)
    for take in takes:
        verdict = compared(take, drawn_again(take, recording, engine))
        assert verdict.same, f"take {take.number}, note {verdict.first_other}"
    other = next(iter(takes))
    assert not compared(other, drawn_again(replace(other, seed=other.seed + 1), recording, engine)).same
    engine.close()

"""An engine process that draws a take again."""

from __future__ import annotations

import queue

from bridge.children import python_module
from bridge.engine.process import EngineProcess
from bridge.events import EngineDied, EngineReply
from bridge.recording.replay import Replay
from bridge.take import Take
from engine.errors import UserError
from engine.messages import Drawn, Failed, Ready, Reply
from engine.notes import Note

READY_WITHIN_S, NOTES_WITHIN_S = 180.0, 120.0


def draw_again(replay: Replay, device: str) -> tuple[Ready, tuple[Note, ...]]:
    """Have an engine process draw a take's notes; return what it says of itself, and the notes.

    Raises UserError when it cannot be had, or does not answer.
    """
    inbox: queue.SimpleQueue[EngineReply | EngineDied] = queue.SimpleQueue()
    command = [*python_module("engine.server"), "--drafts", str(most_drafts(replay.take))]
    engine = EngineProcess(replay.take.model.source, device, 0, inbox.put, command=command)
    engine.start()
    try:
        ready = _wait(inbox, READY_WITHIN_S)
        while not isinstance(ready, Ready):
            ready = _wait(inbox, READY_WITHIN_S)
        while (request := replay.ask()) is not None:
            engine.send(request)
            done = False
            while not done:
                reply = _wait(inbox, NOTES_WITHIN_S)
                done = isinstance(reply, Drawn) and replay.received(reply)
    finally:
        engine.close()
    return ready, tuple(replay.notes)


def most_drafts(take: Take) -> int:
    """Return the most drafts that the engine could draw then: of a long answer it draws so many parts of them."""
    return max([take.model.drafts, *(drawing.drafts for drawing in take.drawings)])


def _wait(inbox: queue.SimpleQueue[EngineReply | EngineDied], within_s: float) -> Reply:
    """Return the engine's next reply; raise UserError when it failed, died, or says nothing."""
    try:
        event = inbox.get(timeout=within_s)
    except queue.Empty:
        raise UserError(f"the engine did not answer within {within_s:.0f} s") from None
    if isinstance(event, EngineDied):
        raise UserError(event.text)
    if isinstance(event.reply, Failed) and (event.reply.fatal or event.reply.request is not None):
        raise UserError(event.reply.text)
    return event.reply

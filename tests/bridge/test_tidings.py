"""What is told as time passes, and that nobody who is told holds up a note."""

from __future__ import annotations

import pytest

from bridge.duet import Duet
from bridge.events import EngineReply
from bridge.hearing.call import Phrase
from bridge.moment import Moment
from bridge.observers import Observer
from bridge.outlook import Outlook
from bridge.tidings import begun_by
from engine.notes import Note
from tests.stage import READY, ScriptedEngine, Stage

CALL = [(0.0, 0.45, 60), (0.5, 0.95, 62), (1.0, 1.4, 64)]


class Looker(Observer):
    """Look ahead."""

    def on_outlook(self, outlook: Outlook) -> None:
        """Take it in."""


def test_one_note_begins_no_tempo() -> None:
    """Nor does silence."""
    assert begun_by(Phrase()) is None


def test_nobody_looks_ahead_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no observer draws it, nothing is computed."""
    monkeypatch.setattr("bridge.duet.Duet.outlook", None)
    stage = Stage()
    stage.do(EngineReply(0.0, READY))
    stage.play(CALL)
    stage.run(3.0)
    assert not stage.witness.errors


def test_no_look_ahead_holds_up_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """A message that is due within two milliseconds leaves first, whoever looks."""
    looked: list[tuple[float, float | None]] = []
    real = Duet.outlook

    def look(duet: Duet, moment: Moment) -> Outlook:
        looked.append((moment.now_s, duet.sounds_s))
        return real(duet, moment)

    monkeypatch.setattr(Duet, "outlook", look)
    stage = Stage(ScriptedEngine(lambda index: Note(72 + index % 12, 0.21), length=60), observers=[Looker()])
    stage.play(CALL)
    stage.run(9.0)
    assert any(due_s is not None for _, due_s in looked)
    assert all(due_s is None or due_s - now_s >= 0.002 for now_s, due_s in looked)

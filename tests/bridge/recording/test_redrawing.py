"""An engine process draws a take again, and every way in which it cannot is a sentence."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace

import pytest

from bridge.recording import redrawing
from bridge.recording.redrawing import draw_again, most_drafts
from bridge.recording.replay import Replay
from engine.errors import UserError
from engine.notes import Note
from tests.bridge.recording.takes import a_take
from tests.paths import ROOT


def stub(monkeypatch: pytest.MonkeyPatch, *options: str) -> None:
    """Let the engine be a stand-in that draws 60, 61 and so on."""
    command: Sequence[str] = (sys.executable, str(ROOT / "tests" / "stub_engine.py"), *options)
    monkeypatch.setattr(redrawing, "python_module", lambda name: command)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


def test_the_notes_that_were_asked_for_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """And what the engine says of itself."""
    stub(monkeypatch)
    ready, notes = draw_again(Replay(a_take(), ()), "cpu")
    assert ready.checkpoint == "stub"
    assert notes == (Note(60, 1.0), Note(61, 1.0))


@pytest.mark.parametrize(("act", "said"), [("fatal", "no such folder"), ("exit", "exit code 3: no such device")])
def test_an_engine_that_cannot_be_had_says_why(monkeypatch: pytest.MonkeyPatch, act: str, said: str) -> None:
    """In its own words."""
    stub(monkeypatch, "--act", act)
    with pytest.raises(UserError, match=said):
        draw_again(Replay(a_take(), ()), "cpu")


def test_an_engine_that_says_nothing_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence says how long it was waited for."""
    stub(monkeypatch, "--act", "deaf")
    monkeypatch.setattr(redrawing, "NOTES_WITHIN_S", 0.1)
    with pytest.raises(UserError, match="did not answer within 0 s"):
        draw_again(Replay(a_take(), ()), "cpu")


def test_as_many_drafts_can_be_drawn_as_then() -> None:
    """Of a long answer a part of them is drawn, whatever was asked for; where it was not noted, what was asked."""
    take = a_take()
    assert take.drawings[0].drafts == 16
    assert most_drafts(take) == 16
    assert most_drafts(replace(take, model=replace(take.model, drafts=32))) == 32

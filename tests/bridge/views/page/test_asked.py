"""What a page asks for: controls and actions as OSC has them; rubbish is refused in a sentence."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.actions import ACTIONS, ActionRow
from bridge.events import Action, SetControl
from bridge.views.page.asked import asked
from engine.errors import UserError


def test_values_go_on_as_they_came() -> None:
    """The table judges them, not the page; a travel is marked as one."""
    assert asked('{"set": "bar", "to": "6/8"}', 1.0) == SetControl(1.0, "bar", "6/8", "page")
    assert asked('{"move": "swing", "to": 0.25}', 1.0) == SetControl(1.0, "swing", 0.25, "page", normalised=True)
    assert asked('{"set": "no such", "to": true}', 1.0) == SetControl(1.0, "no such", True, "page")


@pytest.mark.parametrize("row", [row for row in ACTIONS if row.osc], ids=lambda row: row.name)
def test_every_action_that_can_be_asked_for_from_afar_can_be_asked_for_here(row: ActionRow) -> None:
    """With what it takes, and only with that."""
    if row.argument:
        assert asked(json.dumps({"do": row.name, "with": 3}), 2.0) == Action(2.0, row.name, "page", (3,))
    else:
        assert asked(json.dumps({"do": row.name}), 2.0) == Action(2.0, row.name, "page")
    wrong = {"do": row.name} if row.argument else {"do": row.name, "with": 3}
    with pytest.raises(UserError, match=row.name):
        asked(json.dumps(wrong), 2.0)


def test_a_page_cannot_end_the_program() -> None:
    """Whoever looks on from the hall must not."""
    with pytest.raises(UserError, match="no action 'quit'"):
        asked('{"do": "quit"}', 0.0)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "3",
        "{}",
        '{"set": 3, "to": 1}',
        '{"set": "bpm"}',
        '{"set": "bpm", "to": []}',
        '{"set": "bpm", "to": null}',
        '{"set": "bpm", "to": 1, "and": 2}',
        '{"do": ["answer"]}',
        '{"do": "preset", "with": {"a": 1}}',
        '{"do": "preset", "with": "' + "x" * 81 + '"}',
        "[" * 4000,
        "{" * 4000,
    ],
)
def test_rubbish_is_refused(text: str) -> None:
    """In a sentence, whatever it is."""
    with pytest.raises(UserError):
        asked(text, 0.0)


@given(
    st.text(max_size=200) | st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists).map(str)
)
def test_no_text_does_more_than_be_refused(text: str) -> None:
    """Whatever is sent is an event or a UserError."""
    with contextlib.suppress(UserError):
        assert isinstance(asked(text, 0.0), SetControl | Action)

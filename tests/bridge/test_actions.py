"""The table of actions: one name, one key, one meaning each, and somebody who does it."""

from __future__ import annotations

import pytest

from bridge.actions import ACTIONS, ActionRow
from bridge.controls import TABLE
from bridge.views.steering import CHOOSING_KEYS, MOVING_KEYS, PRESET_KEYS
from tests.stage import Stage


def test_no_name_and_no_key_means_two_things() -> None:
    """Actions differ in name and key from each other, from the controls, and from the keys that move these."""
    names = [row.name for row in ACTIONS] + [control.name for control in TABLE]
    keys = [row.key for row in ACTIONS if row.key] + [*CHOOSING_KEYS, *MOVING_KEYS, *PRESET_KEYS]
    assert len(set(names)) == len(names)
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("row", [row for row in ACTIONS if row.osc], ids=lambda row: row.name)
def test_the_session_does_every_action_of_the_table(row: ActionRow) -> None:
    """None is refused as unknown, before anything was played."""
    stage = Stage()
    stage.act(row.name)
    stage.session.close()
    assert [text for text in stage.witness.errors if "unknown action" in text] == []
    assert stage.hanging == set()

"""The README says what the program does."""

from __future__ import annotations

from bridge.config import preset_names
from bridge.controls import as_markdown
from bridge.ports.osc_messages import ACTIONS
from tests.paths import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_table_of_controls_is_the_programs_own() -> None:
    """The README's table is the one that `melody-bridge controls --markdown` prints."""
    assert as_markdown() in README


def test_every_action_and_preset_is_named() -> None:
    """What can be sent by OSC, and every bundled preset, stands in the README."""
    assert [action for action in ACTIONS if f"`/melody/{action}`" not in README] == []
    missing = [
        name for name in preset_names() if not any(f"{before}{name}`" in README for before in ("`", "preset "))
    ]
    assert missing == []

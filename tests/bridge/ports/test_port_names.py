"""Which port a name means."""

from __future__ import annotations

import pytest

from bridge.ports.port_names import find_port
from engine.errors import UserError


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("GPT In", "GPT In 1"),
        ("gpt in", "GPT In 1"),
        ("Keystation", "Keystation Mini 32:Keystation Mini 32 MIDI 1 24:0"),
        ("Midi Through Port-0", "Midi Through:Midi Through Port-0 14:0"),
        ("Mini 32 MIDI", "Keystation Mini 32:Keystation Mini 32 MIDI 1 24:0"),
    ],
)
def test_a_port_is_found_by_its_name(wanted: str, found: str) -> None:
    """The whole name without client and number comes first, then the beginning, then any part."""
    ports = [
        "GPT In 1",
        "GPT In Two 2",
        "Midi Through:Midi Through Port-0 14:0",
        "Keystation Mini 32:Keystation Mini 32 MIDI 1 24:0",
    ]
    assert find_port(wanted, ports) == found


def test_a_tie_or_no_port_lists_the_candidates() -> None:
    """Two ports that fit are refused with both names, none with all."""
    with pytest.raises(UserError, match=r"several fit: 'Loop A', 'Loop B'"):
        find_port("Loop", ["Loop A", "Loop B", "Other"])
    with pytest.raises(UserError, match=r"no such port; there are 'Loop A', 'Other'"):
        find_port("GPT In", ["Loop A", "Other"])
    with pytest.raises(UserError, match="no ports at all"):
        find_port("GPT In", [])

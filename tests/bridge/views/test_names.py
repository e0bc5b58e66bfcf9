"""Names of pitches."""

from __future__ import annotations

import pytest

from bridge.views.names import note_name


@pytest.mark.parametrize(("pitch", "name"), [(0, "C-1"), (60, "C4"), (66, "F#4"), (70, "Bb4"), (127, "G9")])
def test_pitches_are_named_as_musicians_name_them(pitch: int, name: str) -> None:
    """C4 is MIDI 60."""
    assert note_name(pitch) == name

"""Names of pitches for people: scientific pitch notation, C4 is MIDI 60."""

from __future__ import annotations

from bridge.controls import PITCH_NAMES


def note_name(pitch: int) -> str:
    """Return the name of a MIDI pitch, as "F#4"."""
    return f"{PITCH_NAMES[pitch % 12]}{pitch // 12 - 1}"

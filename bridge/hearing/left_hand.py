"""Two hands: notes below a split note are the left hand's and none of the melody. Pure."""

from __future__ import annotations

from bridge.events import NoteOff, NoteOn


class LeftHand:
    """Hold the keys that the left hand has down.

    A key belongs to the hand that struck it until it goes up, wherever the split note is moved meanwhile.
    """

    def __init__(self) -> None:
        self._keys: set[tuple[int, int]] = set()

    def strikes(self, event: NoteOn, split: int) -> bool:
        """Take in a key that goes down; return whether the left hand struck it. split: MIDI pitch, 0 for none."""
        key = (event.channel, event.pitch)
        if event.pitch < split:
            self._keys.add(key)
            return True
        self._keys.discard(key)
        return False

    def lifts(self, event: NoteOff) -> bool:
        """Take in a key that goes up; return whether it was the left hand's."""
        key = (event.channel, event.pitch)
        if key not in self._keys:
            return False
        self._keys.remove(key)
        return True

    def release(self) -> None:
        """Take every key for released."""
        self._keys.clear()

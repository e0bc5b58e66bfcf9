"""A turn that has passed, and how long its call is still the player's to go on with. Pure."""

from __future__ import annotations

from dataclasses import dataclass

FALSE_ENTRY_S = 0.15
"""Who goes on within this time of an answer's entry has not reacted to it: the answer came too soon."""


@dataclass(slots=True)
class Turn:
    """Hold a turn that has passed to the partner.

    passed_s: when; by_hand: the player asked for it; released_s: when he let go of the last key, where that
    passed it; open: its call is still his to go on with; entered_s: when the first note of its answer left.
    """

    passed_s: float
    by_hand: bool
    released_s: float | None
    open: bool
    entered_s: float | None = None

    def may_be_false(self, now_s: float) -> bool:
        """Say whether the answer has entered so lately that whoever goes on now did not hear it."""
        return self.open and self.entered_s is not None and now_s - self.entered_s <= FALSE_ENTRY_S

    def waits(self, now_s: float) -> bool:
        """Say whether the call is still the player's: its answer has not entered, or just now."""
        return self.open and (self.entered_s is None or self.may_be_false(now_s))

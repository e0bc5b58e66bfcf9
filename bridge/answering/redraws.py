"""When to draw again: at once, but one redraw at a time, and never instead of a note that is about to sound. Pure.

A fader that is being moved sends thirty values a second, and notes may take longer to draw than two of them are
apart: were every move to begin anew, nothing would ever be finished, and the answer would fall silent.
"""

from __future__ import annotations

from bridge.engine.talk import Talk

NEAR_S = 0.05
"""A note that begins within this, or within the time that the last redraw took, is left as it is."""


class Redraws:
    """Let one redraw be drawn before the next; what moved meanwhile is honoured by that."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._on_its_way: int | None = None
        self._begun_s = 0.0
        self._took_s: float | None = None
        self._stale = False

    def may_begin(self) -> bool:
        """Say whether to draw again now; if not, `again_now` says when."""
        self._stale = self._stale or self._drawing
        return not self._stale

    def begun(self, now_s: float) -> None:
        """Enter that what was asked for last is drawn again."""
        self._on_its_way, self._begun_s, self._took_s = self._talk.asked, now_s, None

    def again_now(self, now_s: float, next_on_s: float | None) -> bool:
        """Say, once, whether to draw again now for what moved meanwhile. next_on_s: when the next note begins."""
        if self._drawing or not self._stale:
            return False
        if self._on_its_way != self._talk.asked:  # what was asked for since then is drawn with the moves already
            self._stale = False
            return False
        if self._took_s is None:
            self._took_s = now_s - self._begun_s
        if next_on_s is not None and next_on_s - now_s < max(NEAR_S, self._took_s):
            return False
        self._stale = False
        return True

    @property
    def _drawing(self) -> bool:
        """Say whether notes of a redraw are on their way."""
        return self._talk.awaited > 0 and self._on_its_way == self._talk.asked

"""Whose turn is it? Pure rules: what was played and what the model thinks of it go in, a time comes out.

`passes_at_s` is asked again after every event and every new opinion of the model; nothing is remembered here.
"""

from __future__ import annotations

from bridge.hearing.wait import Heard, Waiting, adaptive_wait_s

__all__ = ["Heard", "Waiting", "adaptive_wait_s", "passes_at_s"]


def passes_at_s(heard: Heard, waiting: Waiting, bar_end_s: float | None = None) -> float | None:
    """Return when the turn passes if nothing more is played, or None while that is not decided.

    bar_end_s: in bars mode, when the listening bars are over.
    """
    if not heard.onsets_s or waiting.mode == "ask":
        return None
    if waiting.mode == "bars":
        return bar_end_s
    if heard.held:
        return None
    last_onset_s = heard.onsets_s[-1]
    since_s = heard.last_off_s
    if since_s is None or since_s < last_onset_s:
        since_s = last_onset_s + waiting.hold_max_s
    if waiting.mode == "fixed":
        return since_s + waiting.fixed_s
    if waiting.mode == "free":
        return since_s + waiting.min_s
    return since_s + adaptive_wait_s(heard, waiting)

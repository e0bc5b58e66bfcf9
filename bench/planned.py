"""Answers as live play plans them: bars found from the call, many drafts, one of them chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from bridge.answering.requests import sampling
from bridge.controls import Controls
from bridge.hearing.key import estimate_key
from bridge.moment import read_settings
from engine.checkpoint import Checkpoint
from engine.entrance import MOST_NOTES, SURE_BARS
from engine.improviser import Improviser
from engine.notes import Note
from engine.planning.planner import Asked
from engine.styles import asked_style
from trainer.drafts import Drafter, goal_of

DRAFTS = 16


class Answers:
    """Answer calls before which nothing was heard."""

    def __init__(
        self, checkpoint: Checkpoint, drafts: int = DRAFTS, values: Mapping[str, float] = MappingProxyType({})
    ) -> None:
        """values: of controls that are not at their defaults."""
        self._improviser = Improviser(checkpoint, 0)
        self._drafter = Drafter(checkpoint)
        controls = Controls()
        controls.update(values)
        self._settings = read_settings(controls)
        self._drafts = drafts

    def answer(self, call: Sequence[Note], seed: int, style: str = "any") -> tuple[Note, ...]:
        """Return the answer to a call, in a style of the checkpoint's or in any."""
        bars = self._drafter.bars(tuple(call))
        metre = bars.metre if bars.confidence >= SURE_BARS else None
        drawing = replace(sampling(self._settings, estimate_key(call), call), style=style)
        self._improviser.sync(0, call, metre, asked_style(drawing))
        plan = self._improviser.plan(Asked(drawing, goal_of(call, metre), seed, self._drafts, MOST_NOTES))
        assert plan is not None
        return plan.notes

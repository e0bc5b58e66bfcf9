"""The kinds of bars that are told apart, and the places in them. No torch."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from engine.notes import Metre
from engine.tokenizer import TICKS_PER_BEAT

STEPS_PER_BEAT = 4
STEP_TICKS = TICKS_PER_BEAT // STEPS_PER_BEAT

BARS: tuple[tuple[float, float], ...] = (
    (2.0, 1.0), (4.0, 1.0), (8.0, 2.0), (1.5, 0.5), (3.0, 1.0), (6.0, 2.0), (1.5, 0.75), (3.0, 1.5), (6.0, 3.0),
)  # fmt: skip
"""Kinds of bars that are told apart: (length, pulse) in beats; 2/4, 4/4, 4/2, 3/8, 3/4, 3/2, 6/16, 6/8, 6/4."""
BAR_STEPS = tuple(round(beats * STEPS_PER_BEAT) for beats, _ in BARS)
OFFSETS = tuple(sum(BAR_STEPS[:index]) for index in range(len(BAR_STEPS)))
N_STATES = sum(BAR_STEPS)
"""States: each place, in steps of a sixteenth, of each kind of bar."""

KIND = np.repeat(np.arange(len(BARS)), BAR_STEPS)
PLACE = np.concatenate([np.arange(steps) for steps in BAR_STEPS])
LENGTH = np.repeat(BAR_STEPS, BAR_STEPS)
BASE = np.repeat(OFFSETS, BAR_STEPS)
"""Of each state: its kind, its place in the bar, the bar's length (in steps), and the first state of its kind."""


def states_before(steps: int) -> npt.NDArray[np.int64]:
    """Return for each state the one that was held `steps` sixteenths earlier."""
    return np.asarray(BASE + (PLACE - steps) % LENGTH)


def places(onsets_ticks: Sequence[int]) -> list[int]:
    """Return onsets in steps of a sixteenth, rounded half up."""
    return [math.floor(onset / STEP_TICKS + 0.5) for onset in onsets_ticks]


def family(metre: Metre) -> str | None:
    """Return "duple", "triple" or "compound" (pairs of threes); None for other bars and pulses not told."""
    if not metre.pulse_beats:
        return None
    pulses = metre.beats_per_bar / metre.pulse_beats
    if _power_of_two(metre.pulse_beats):
        return "duple" if _power_of_two(pulses) else "triple" if _power_of_two(pulses / 3.0) else None
    return "compound" if _power_of_two(metre.pulse_beats / 1.5) and _power_of_two(pulses) else None


def in_threes(metre: Metre) -> float | None:
    """Return the length in beats of what goes three to a group: 1 in 3/4 and 6/4, 0.5 in 6/8 and 3/8; 0: nothing.

    Two metres that agree in bars (`agree`) and in this differ only by halving or doubling. None: not told.
    """
    kind = family(metre)
    if kind is None:
        return None
    return 0.0 if kind == "duple" else metre.pulse_beats if kind == "triple" else metre.pulse_beats / 3.0


def _power_of_two(value: float) -> bool:
    octaves = math.log2(value)
    return abs(octaves - round(octaves)) < 1e-6


_FAMILIES = [family(Metre(beats, 0.0, pulse)) for beats, pulse in BARS]


def state_of(metre: Metre, position_beats: float) -> int | None:
    """Return the state of an onset so far after a bar line; bars longer than all kinds are halved.

    None when the metre is of no kind.
    """
    kind_of = family(metre)
    beats = metre.beats_per_bar
    while kind_of is not None and beats >= 1.5 - 1e-6:
        for kind, (length, _) in enumerate(BARS):
            if abs(length - beats) < 1e-6 and _FAMILIES[kind] == kind_of:
                return OFFSETS[kind] + math.floor(position_beats * STEPS_PER_BEAT + 0.5) % BAR_STEPS[kind]
        beats /= 2.0
    return None


def agree(one: Metre, other: Metre) -> bool:
    """Say whether two metres have the same bar lines, but for bars halved or doubled so and so often."""
    shorter = min(one.beats_per_bar, other.beats_per_bar)
    apart = (one.upbeat_beats - other.upbeat_beats) % shorter
    return _power_of_two(one.beats_per_bar / other.beats_per_bar) and min(apart, shorter - apart) < 0.13


def _agreeing() -> npt.NDArray[np.bool_]:
    """Return [i, j]: the bars of i, halved or doubled so and so often, are those of j; shape (N, N)."""
    octaves = np.log2(LENGTH[:, None] / LENGTH[None, :])
    shorter = np.minimum(LENGTH[:, None], LENGTH[None, :])
    return np.asarray((octaves == np.round(octaves)) & ((PLACE[:, None] - PLACE[None, :]) % shorter == 0))


AGREE = _agreeing()
"""AGREE[i, j]: two states at one note have the same bar lines, as of `agree`."""

"""Weigh readings of the bars by what the melody model makes of the notes under each of them. No torch."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import accumulate
from typing import Protocol

import numpy as np
import numpy.typing as npt

from engine.decoding.seam import Playable
from engine.drawing.row import Row
from engine.metre_net import log_softmax
from engine.notes import Metre, Note
from engine.styles import ANY, Style
from engine.tokenizer import Step
from engine.tracker import Conditions, song_rows

NOTES_WEIGHT, ENDS_WEIGHT = 0.2, 0.8
"""How much a nat of the model's counts, for a note and for the end of a phrase, beside one of the net: both heard
the same notes, so the model must not be believed twice. Settled on the validation part of the corpus."""
MOST_NOTES = 32
"""Latest notes of a call that are weighed: so many say enough, the time it takes is bounded, and bars that changed
in the midst of a call are not held to those before."""

_NO_END = -20.0


class Told(Protocol):
    """What tells the logits behind so many steps: a decoder, or a reading of a melody."""

    def token_logits(self, length: int) -> Row: ...
    def duration_logits(self, length: int, token: int) -> Row: ...


Nats = npt.NDArray[np.float64]


def can_weigh(model: Playable) -> bool:
    """Say whether the bars make a difference to this model at all."""
    return "metre" in model.config.feature_names


def against(model: Playable, call: Sequence[Note], metres: Sequence[Metre], style: Style = ANY) -> list[float]:
    """Return what speaks against each metre of a call that is over, in nats of the net's."""
    begin = max(0, len(call) - MOST_NOTES)
    beats = sum(note.rest_beats + note.duration_beats for note in call[:begin])
    moved = [replace(metre, upbeat_beats=(metre.upbeat_beats + beats) % metre.beats_per_bar) for metre in metres]
    for_notes, for_end = nats(model, call[begin:], moved, style, ends={len(call) - begin - 1})
    return [float(cost) for cost in NOTES_WEIGHT * for_notes + ENDS_WEIGHT * for_end]


def end_odds(model: Playable, call: Sequence[Note], style: Style = ANY) -> list[float]:
    """Return of each note of a call the log odds that a phrase ends with it, the bars unknown.

    Notes behind the model's context end no phrase, and none does where the model cannot tell.
    """
    tokenizer, config = model.tokenizer, model.config
    start = len(tokenizer.start_steps())
    encoded = [tokenizer.encode([note]) for note in call]
    steps = [step for each in encoded for step in each][: config.context - start]
    found = [_NO_END] * len(call)
    if not steps or not config.phrase_end:
        return found
    decoder = model.decoder()
    decoder.append(song_rows(tokenizer, steps, Conditions(None, True, style), config.feature_names).tolist())
    for index, after in enumerate(accumulate(map(len, encoded))):
        if after <= len(steps):
            chance = min(max(decoder.phrase_end(start + after), 1e-9), 1.0 - 1e-9)
            found[index] = math.log(chance / (1.0 - chance))
    return found


def nats(
    model: Playable,
    notes: Sequence[Note],
    metres: Sequence[Metre | None],
    style: Style = ANY,
    told: int = 0,
    ends: Collection[int] = (),
) -> tuple[Nats, Nats]:
    """Return what notes and ends of phrases cost the model under each metre, in nats, (len(metres),) each.

    The first `told` notes are not charged. ends: notes, by index, with which a phrase is known to end, charged
    where the model knows of it. Of a melody longer than the context the beginning is read.
    """
    tokenizer, config = model.tokenizer, model.config
    start = len(tokenizer.start_steps())
    encoded = [tokenizer.encode([note]) for note in notes]
    steps = [step for each in encoded for step in each][: config.context - start]
    after = list(accumulate(map(len, encoded), initial=0))
    charged = range(after[told], len(steps))
    known = [after[index + 1] for index in ends if told <= index and after[index + 1] <= len(steps)]
    for_notes, for_ends = np.zeros(len(metres)), np.zeros(len(metres))
    if not steps:
        return for_notes, for_ends
    decoder = model.decoder()
    for index, metre in enumerate(metres):
        decoder.rewind(0)
        decoder.append(song_rows(tokenizer, steps, Conditions(metre, True, style), config.feature_names).tolist())
        for_notes[index] = sum(step_nats(decoder, start + place, steps[place]) for place in charged)
        if config.phrase_end:
            for_ends[index] = sum(-np.log(max(decoder.phrase_end(start + length), 1e-12)) for length in known)
    return for_notes, for_ends


def step_nats(decoder: Told, length: int, step: Step) -> float:
    """Return what a step costs after the first `length` steps."""
    cost = -log_softmax(decoder.token_logits(length))[step.token]
    if step.duration >= 0:
        cost -= log_softmax(decoder.duration_logits(length, step.token))[step.duration]
    return float(cost)

"""What an answer to a call asks of the engine: how to draw, and where to end. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bridge.hearing.key import KeyEstimate, sampling_key
from bridge.moment import USUAL_BAR_BEATS, Settings
from engine.entrance import breath_beats, whole_units
from engine.messages import Goal, Sampling
from engine.notes import Note


def sampling(settings: Settings, key: KeyEstimate | None, call: Sequence[Note]) -> Sampling:
    """Return what the engine is to draw with; key: as estimated from the call."""
    pitches = [note.pitch for note in call]
    return replace(settings.sampling, key=sampling_key(key, settings.key, settings.scale, pitches))


def goal(
    settings: Settings,
    call: Sequence[Note],
    *,
    drawn_notes: int,
    lead_rest_beats: float = 0.0,
    bar_beats: float = 0.0,
) -> Goal:
    """Return where an answer to `call` should end, and what of it stands already. bar_beats: 0 while unknown."""
    call_beats = sum(note.duration_beats + note.rest_beats for note in call)
    call_beats -= call[0].rest_beats if call else 0.0  # the silence before the call is none of its length
    length_beats, exact, breath = None, False, None
    if settings.length_mode == "bars":
        length_beats, exact = settings.length_bars * (settings.bar_beats or bar_beats or USUAL_BAR_BEATS), True
    elif settings.length_mode == "proportion":
        length_beats = max(call_beats, 1.0) * settings.length
        whole_beats = whole_units(call_beats, bar_beats, settings.length) if bar_beats > 0 else None
        if whole_beats is not None:
            length_beats, exact, breath = whole_beats, True, breath_beats(call_beats, bar_beats)
    return Goal(
        drawn_notes=drawn_notes,
        length_beats=length_beats,
        exact=exact,
        breath_beats=breath,
        call_notes=len(call),
        rhythm=tuple((note.duration_beats, note.rest_beats) for note in call),
        lead_rest_beats=lead_rest_beats if drawn_notes == 0 else 0.0,
    )

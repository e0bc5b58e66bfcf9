"""What key an answer is drawn in: as heard in the call, or as the controls set it. Pure Python."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bridge.controls import PITCH_NAMES, SCALES
from engine.key import KeyEstimate as KeyEstimate  # heard by engine/key.py, and part of what is heard here
from engine.key import estimate_key as estimate_key

OWN_NOTE_SHARE = 0.08
"""A pitch class with this share of the call's notes belongs to a followed scale, whatever its name says."""


def sampling_key(
    key: KeyEstimate | None, tonic: str, scale: str, call_pitches: Iterable[int] = ()
) -> tuple[int, tuple[int, ...]] | None:
    """Return (tonic pitch class, pitch classes) for engine.messages.Sampling; None when no key is known.

    tonic: value of the control `key`, "follow" or a pitch name; scale: of the control `scale`, "follow" or a
    scale's name. A call that has all notes of a scale and no other is followed in that; to any other scale that is
    followed, pitch classes are added that the call uses more than in passing. A scale that is set stays as it is.
    A tonic set without a scale takes the estimate's scale if it is the estimate's tonic, else major or minor,
    whichever has more of the call's notes.
    Raises KeyError for names that the controls do not have.
    """
    pitches = list(call_pitches)
    if tonic == "follow":
        if key is None:
            return None
        home = key.tonic
    else:
        home = _PITCH_CLASSES[tonic]
    if scale != "follow":
        return home, _members(home, SCALES[scale])
    if named := _named(pitches):
        return home, named
    if key is not None and key.tonic == home:
        name = key.scale
    else:
        name = max(("major", "minor"), key=lambda name: _inside(pitches, _members(home, SCALES[name])))
    own = {
        pitch_class
        for pitch_class in {pitch % 12 for pitch in pitches}
        if sum(1 for pitch in pitches if pitch % 12 == pitch_class) >= max(2.0, OWN_NOTE_SHARE * len(pitches))
    }
    return home, tuple(sorted({*_members(home, SCALES[name]), *own}))


_PITCH_CLASSES = {name: pitch_class for pitch_class, name in enumerate(PITCH_NAMES)}


def _named(pitches: Sequence[int]) -> tuple[int, ...]:
    """Return the scale that a call names by having all of its notes and no other, in whatever mode; or nothing.

    Of 8,000 continuations in the Essen collection those of calls on the five notes of a pentatonic have 3 notes of
    100 outside it, those of calls on seven notes 3, and those of calls on any other five 15.
    """
    classes = tuple(sorted({pitch % 12 for pitch in pitches}))
    scales = (_members(tonic, steps) for steps in SCALES.values() for tonic in range(12))
    return classes if classes in scales else ()


def _members(tonic: int, steps: Iterable[int]) -> tuple[int, ...]:
    return tuple(sorted((tonic + step) % 12 for step in steps))


def _inside(pitches: Iterable[int], members: tuple[int, ...]) -> int:
    return sum(1 for pitch in pitches if pitch % 12 in members)

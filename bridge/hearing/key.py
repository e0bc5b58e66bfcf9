"""What key an answer is drawn in: as heard in the call, or as the controls set it. Pure Python."""

from __future__ import annotations

from collections.abc import Iterable

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
    scale's name. To a scale that is followed, pitch classes are added that the call uses more than in passing;
    a scale that is set is left as it is. A tonic set without a scale takes the estimate's scale if it is the
    estimate's tonic, else major or minor, whichever has more of the call's notes.
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


def _members(tonic: int, steps: Iterable[int]) -> tuple[int, ...]:
    return tuple(sorted((tonic + step) % 12 for step in steps))


def _inside(pitches: Iterable[int], members: tuple[int, ...]) -> int:
    return sum(1 for pitch in pitches if pitch % 12 in members)

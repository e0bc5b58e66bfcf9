"""Chord symbols of MusicXML (`<harmony>`): root, tones, bass."""

from __future__ import annotations

from dataclasses import replace
from xml.etree.ElementTree import Element

from engine.notes import Chord

STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
NO_CHORD = "none"
KINDS: dict[str, tuple[int, ...]] = {
    "major": (0, 4, 7),
    "minor": (0, 3, 7),
    "augmented": (0, 4, 8),
    "diminished": (0, 3, 6),
    "dominant": (0, 4, 7, 10),
    "major-seventh": (0, 4, 7, 11),
    "minor-seventh": (0, 3, 7, 10),
    "diminished-seventh": (0, 3, 6, 9),
    "augmented-seventh": (0, 4, 8, 10),
    "half-diminished": (0, 3, 6, 10),
    "major-minor": (0, 3, 7, 11),
    "major-sixth": (0, 4, 7, 9),
    "minor-sixth": (0, 3, 7, 9),
    "dominant-ninth": (0, 4, 7, 10, 14),
    "major-ninth": (0, 4, 7, 11, 14),
    "minor-ninth": (0, 3, 7, 10, 14),
    "dominant-11th": (0, 4, 7, 10, 14, 17),
    "major-11th": (0, 4, 7, 11, 14, 17),
    "minor-11th": (0, 3, 7, 10, 14, 17),
    "dominant-13th": (0, 4, 7, 10, 14, 17, 21),
    "major-13th": (0, 4, 7, 11, 14, 17, 21),
    "minor-13th": (0, 3, 7, 10, 14, 17, 21),
    "augmented-ninth": (0, 4, 8, 10, 14),
    "minor-major": (0, 3, 7, 11),
    "maj69": (0, 4, 7, 9, 14),
    "suspended-second": (0, 2, 7),
    "suspended-fourth": (0, 5, 7),
    "power": (0, 7),
    "pedal": (0,),
    "Neapolitan": (0, 4, 7),
    "Italian": (0, 4, 10),
    "French": (0, 4, 6, 10),
    "German": (0, 4, 7, 10),
}
"""Semitones above the root, by MusicXML's word for the kind of chord, or one of three that OpenEWLD has beside."""
_DEGREES = {1: 0, 2: 2, 3: 4, 4: 5, 5: 7, 6: 9, 7: 10, 9: 14, 11: 17, 13: 21}


def chord_of(harmony: Element, onset_beats: float) -> Chord | None:
    """Return the chord of a `<harmony>`, or None where its root or kind is none that is known (as a function)."""
    kind = (harmony.findtext("kind") or "").strip()
    if kind == NO_CHORD:
        return Chord(onset_beats, 0, (), 0, NO_CHORD)
    root = _pitch_class(harmony, "root")
    tones = KINDS.get(kind)
    if root is None or tones is None:
        return None
    bass = _pitch_class(harmony, "bass")
    return Chord(onset_beats, root, _altered(tones, harmony), root if bass is None else bass, kind)


def moved(chord: Chord, semitones: int) -> Chord:
    """Return a chord with its root and bass so much higher."""
    return replace(chord, root=(chord.root + semitones) % 12, bass=(chord.bass + semitones) % 12)


def _pitch_class(harmony: Element, name: str) -> int | None:
    step = (harmony.findtext(f"{name}/{name}-step") or "").strip()
    if step not in STEPS:
        return None
    return (STEPS[step] + _whole(harmony.findtext(f"{name}/{name}-alter"))) % 12


def _altered(tones: tuple[int, ...], harmony: Element) -> tuple[int, ...]:
    """Return the tones with the symbol's degrees added, altered and left out."""
    chosen = set(tones)
    for degree in harmony.findall("degree"):
        semitones = _DEGREES.get(_whole(degree.findtext("degree-value")))
        how = (degree.findtext("degree-type") or "").strip()
        if semitones is None:
            continue
        if how in ("alter", "subtract"):
            chosen -= {tone for tone in chosen if abs(tone - semitones) <= 1 and tone}
        if how in ("add", "alter"):
            chosen.add(semitones + _whole(degree.findtext("degree-alter")))
    return tuple(sorted(chosen))


def _whole(text: str | None) -> int:
    try:
        return round(float(text or 0))
    except (ValueError, OverflowError):
        return 0

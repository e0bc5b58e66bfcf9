"""Chord symbols: root, tones, bass."""

from __future__ import annotations

from xml.etree import ElementTree

from engine.notes import Chord
from trainer.readers.chord_symbols import KINDS, chord_of


def harmony(root: str, kind: str, more: str = "", alter: int = 0) -> ElementTree.Element:
    """Return a `<harmony>` element."""
    sign = f"<root-alter>{alter}</root-alter>" if alter else ""
    return ElementTree.fromstring(
        f"<harmony><root><root-step>{root}</root-step>{sign}</root><kind>{kind}</kind>{more}</harmony>"
    )


def test_a_symbol_is_its_root_its_tones_and_its_bass() -> None:
    assert chord_of(harmony("B", "dominant", alter=-1), 2.0) == Chord(2.0, 10, (0, 4, 7, 10), 10, "dominant")
    slash = chord_of(harmony("C", "major", "<bass><bass-step>G</bass-step></bass>"), 0.0)
    assert slash == Chord(0.0, 0, (0, 4, 7), 7, "major")


def test_degrees_are_added_altered_and_left_out() -> None:
    def degree(value: int, alter: int, how: str) -> str:
        return (
            f"<degree><degree-value>{value}</degree-value><degree-alter>{alter}</degree-alter>"
            f"<degree-type>{how}</degree-type></degree>"
        )

    added = chord_of(harmony("C", "dominant", degree(9, -1, "add")), 0.0)
    altered = chord_of(harmony("C", "dominant", degree(5, 1, "alter")), 0.0)
    bare = chord_of(harmony("C", "major", degree(3, 0, "subtract")), 0.0)
    tones = [chord.tones for chord in (added, altered, bare) if chord]
    assert tones == [(0, 4, 7, 10, 13), (0, 4, 8, 10), (0, 7)]


def test_no_chord_is_told_and_what_is_unknown_is_none() -> None:
    assert chord_of(ElementTree.fromstring("<harmony><kind>none</kind></harmony>"), 1.0) == Chord(
        1.0, 0, (), 0, "none"
    )
    assert chord_of(harmony("C", "other"), 0.0) is None
    assert (
        chord_of(ElementTree.fromstring("<harmony><function>V</function><kind>major</kind></harmony>"), 0.0)
        is None
    )


def test_every_kind_has_its_root_and_rises() -> None:
    assert all(tones[0] == 0 and list(tones) == sorted(set(tones)) for tones in KINDS.values())

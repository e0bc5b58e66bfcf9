"""Bars as a MIDI file's accents tell them."""

from __future__ import annotations

from engine.midi_file import MidiFile
from engine.midi_tracks import MidiNote, MidiTrack
from engine.notes import Metre
from trainer.readers.accents import metre_of_accents


def played(upbeat: int, bars: int = 8, loud: int = 105, soft: int = 80, over: int = 3) -> MidiFile:
    """Return eighths in bars of 3/4 after so many of upbeat, each bar's first note and the first of all loud."""
    notes = []
    for number in range(upbeat + 6 * bars):
        accent = number == 0 or (number - upbeat) % 6 == 0
        notes.append(MidiNote(240 * number + 1, 240 * (number + 1), 60 + number % 5, loud if accent else soft))
    return MidiFile(480, (MidiTrack("", tuple(notes)),), signatures=((0, over, 4),))


def test_the_bars_lie_where_the_loudest_notes_are() -> None:
    for upbeat in range(6):
        midi = played(upbeat)
        assert metre_of_accents(midi, midi.notes) == Metre(3.0, (3.0 - upbeat / 2) % 3.0, 1.0)


def test_without_accents_a_signature_or_enough_bars_nothing_is_believed() -> None:
    even, short, unsaid = played(1, loud=80), played(1, bars=3), played(1)
    assert metre_of_accents(even, even.notes) is None
    assert metre_of_accents(short, short.notes) is None
    assert metre_of_accents(MidiFile(480, unsaid.tracks), unsaid.notes) is None


def test_accents_that_fall_elsewhere_than_the_signature_says_are_not_believed() -> None:
    midi = played(0, over=4)
    assert metre_of_accents(midi, midi.notes) is None

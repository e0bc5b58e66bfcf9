"""The melody of a MIDI file with several tracks, or with chords."""

from __future__ import annotations

from engine.midi_file import MidiFile
from engine.midi_tracks import MidiNote, MidiTrack
from trainer.readers.melody_track import choose_melody, overlapping, top_line


def line(pitches: list[int], channel: int = 0, begin: int = 0, beats: int = 1) -> tuple[MidiNote, ...]:
    """Return notes of so many beats one after the other."""
    return tuple(
        MidiNote(begin + 480 * beats * index, begin + 480 * beats * (index + 1), pitch, 90, channel)
        for index, pitch in enumerate(pitches)
    )


def file(*tracks: tuple[str, tuple[MidiNote, ...]]) -> MidiFile:
    return MidiFile(480, tuple(MidiTrack(name, notes) for name, notes in tracks))


TUNE = [72, 74, 76, 77, 76, 74, 72, 71]
LOW = [48, 50, 52, 53, 52, 50, 48, 47]
CHORDS = tuple(note for pitch in (60, 64, 67) for note in line([pitch] * 8, channel=2))


def pitches(midi: MidiFile) -> list[int]:
    return [note.pitch for note in choose_melody(midi).notes]


def test_one_line_is_the_melody_and_nothing_is_said() -> None:
    chosen = choose_melody(file(("Lied", line(TUNE))))
    assert ([note.pitch for note in chosen.notes], chosen.name, chosen.remark) == (TUNE, "Lied", "")


def test_tracks_that_take_turns_are_one_line() -> None:
    midi = file(("you", line(TUNE[:4])), ("GPT", line(TUNE[4:], channel=1, begin=4 * 480)))
    assert pitches(midi) == TUNE
    assert choose_melody(midi).remark == ""


def test_a_track_that_is_named_a_melody_is_it_even_below_others() -> None:
    midi = file(
        ("Piano", CHORDS),
        ("Flute", line(TUNE, 1)),
        ("Lead Vocal", line(LOW, 3)),
        ("Backing Vocals", line(TUNE, 4)),
    )
    chosen = choose_melody(midi)
    assert [note.pitch for note in chosen.notes] == LOW
    assert "track 3 'Lead Vocal'" in chosen.remark
    assert "name says" in chosen.remark


def test_else_the_highest_line_of_one_voice_counts_unless_it_has_next_to_no_notes() -> None:
    midi = file(("a", CHORDS), ("b", line(LOW, 1)), ("c", line(TUNE, 3)), ("bell", line([96], 4)))
    assert pitches(midi) == TUNE
    assert "track 3" in choose_melody(midi).remark


def test_drums_are_no_melody() -> None:
    midi = file(("Drums", line([36] * 32, channel=9)), ("b", line(LOW, 1)))
    assert pitches(midi) == LOW
    assert pitches(file(("Drums", line([36] * 8, channel=9)))) == []


def test_of_chords_the_top_line_is_taken_without_what_accompanies_it() -> None:
    held = line([76, 74, 72, 71], beats=2)
    broken = tuple(MidiNote(note.onset_ticks + 240, note.end_ticks, note.pitch) for note in line([60] * 8))
    chosen = choose_melody(file(("Piano", tuple(sorted(held + broken)))))
    assert [note.pitch for note in chosen.notes] == [76, 74, 72, 71]
    assert "top line" in chosen.remark


def test_a_note_far_below_that_stands_alone_is_accompaniment() -> None:
    top = line([76, 74, 72], beats=2)
    bass = (MidiNote(3 * 960, 4 * 960, 40), MidiNote(0, 960, 40))
    assert [note.pitch for note in top_line([*top, *bass], 60)] == [76, 74, 72]


def test_overlaps_are_counted_and_legato_is_none() -> None:
    legato = [MidiNote(480 * index, 480 * index + 500, 60 + index) for index in range(4)]
    assert overlapping(legato, 60) == 0.0
    assert overlapping(sorted(CHORDS), 60) > 0.6
    assert overlapping(legato[:1], 60) == 0.0

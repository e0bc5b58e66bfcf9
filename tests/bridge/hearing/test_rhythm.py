"""What was played is read into written notes."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.performer import Manner, perform
from bridge.hearing.rhythm import Beats, Reading, RhythmReader
from bridge.hearing.transcribe import PlayedNote
from bridge.time.tempo_map import TempoMap
from engine.notes import Note

TUNE = tuple(
    Note(pitch, beats, rest)
    for pitch, beats, rest in [
        (60, 1, 0), (62, 0.5, 0), (64, 0.5, 0), (65, 1, 0), (65, 1, 0), (64, 0.75, 0), (62, 0.25, 0),
        (64, 1, 0), (60, 2, 0), (67, 0.5, 0), (67, 0.5, 0), (69, 1, 0), (67, 1, 0), (65, 0.5, 0),
        (64, 0.5, 0), (62, 1, 0), (60, 2, 0),
    ]
)  # fmt: skip


def played(*notes: tuple[float, float]) -> list[PlayedNote]:
    """Return notes of (onset, end) in seconds."""
    return [PlayedNote(60 + index, onset, end, 80) for index, (onset, end) in enumerate(notes)]


def read(line: Sequence[PlayedNote], tempo: Beats | None = None, prior_bpm: float | None = None) -> Reading:
    """Read a line at once."""
    return RhythmReader().read(line, tempo, prior_bpm=prior_bpm)


def written(notes: tuple[Note, ...]) -> list[tuple[float, float]]:
    return [(note.rest_beats, note.duration_beats) for note in notes]


def test_empty_line_gives_an_empty_reading() -> None:
    assert read([]).notes == ()
    assert read([], TempoMap(90, 0, 0)).bpm == 90


def test_one_note_is_read_by_its_length_at_the_prior_tempo_without_confidence() -> None:
    reading = read(played((1.0, 1.8)), prior_bpm=60)
    assert written(reading.notes) == [(0.0, 1.0)]
    assert reading.bpm == 60
    assert reading.confidence == 0.0


@pytest.mark.parametrize("bpm", [80, 97, 120, 155])
def test_even_performance_comes_back_as_written_with_and_without_clock(bpm: float) -> None:
    performance = perform(TUNE, Manner(bpm, 0.0, held=(0.8, 0.8)), random.Random(1), start_s=5.0)
    with_clock = read(performance.notes, TempoMap(bpm, 0.0, 5.0))
    without = read(performance.notes)
    assert with_clock.notes == without.notes == TUNE
    assert with_clock.confidence == 1.0
    assert without.bpm == pytest.approx(bpm, rel=0.01)
    assert with_clock.beats[:4] == (0.0, 1.0, 1.5, 2.0)


def test_human_timing_is_read_through() -> None:
    """20 ms of noise, a tempo that swings by 5 %, notes held for 50-95 %: nine of ten come back as written."""
    right = total = 0
    for seed in range(12):
        performance = perform(TUNE, Manner(110, 0.02, drift=0.05), random.Random(seed))
        reading = read(performance.notes)
        right += sum(a.duration_beats == b.duration_beats for a, b in zip(TUNE, reading.notes[:-1], strict=False))
        total += len(TUNE) - 1
    assert right / total > 0.9


def test_being_late_all_along_is_not_read_as_syncopation() -> None:
    """A player 40 ms behind the clock is read on the grid all the same."""
    performance = perform(TUNE, Manner(120, 0.0, held=(0.8, 0.8)), random.Random(1), start_s=0.04)
    reading = read(performance.notes, TempoMap(120, 0.0, 0.0))
    assert reading.notes == TUNE
    assert reading.beats[0] == 0.0


def test_by_a_clock_it_is_known_how_late_the_last_note_was_struck() -> None:
    """Against where it is written and how late the player usually is; without a clock nothing is late."""
    line = [PlayedNote(60, 0.5 * index + 0.03, 0.5 * index + 0.4, 80) for index in range(8)]
    late = [*line, PlayedNote(60, 4.05, 4.4, 80)]
    clock = TempoMap(120, 0.0, 0.0)
    assert read(line, clock).late_s == pytest.approx(0.0, abs=1e-6)
    assert read(late, clock).late_s == pytest.approx(0.02, abs=1e-6)
    assert read(late).late_s == read([], clock).late_s == 0.0


def test_upbeat_keeps_its_place_on_the_clocks_grid() -> None:
    performance = perform(TUNE, Manner(120, 0.0), random.Random(1), start_s=1.5, start_beat=3.0)
    assert read(performance.notes, TempoMap(120, 0.0, 0.0)).beats[0] == 3.0


def test_short_notes_are_staccato_and_not_rests() -> None:
    line = played(*[(0.25 * index, 0.25 * index + 0.1) for index in range(12)])
    assert all(note.rest_beats == 0 for note in read(line, TempoMap(120, 0, 0)).notes)


def test_a_gap_that_hardly_sounds_is_a_note_and_a_rest() -> None:
    line = played((0.0, 0.4), (0.5, 0.9), (1.0, 1.4), (2.0, 2.4), (2.5, 2.9), (3.0, 3.4))
    assert written(read(line, TempoMap(120, 0, 0)).notes)[2:4] == [(0.0, 1.0), (1.0, 1.0)]


def test_last_note_is_read_by_its_length_and_the_phrases_articulation() -> None:
    line = played((0.0, 0.25), (0.5, 0.75), (1.0, 1.25), (1.5, 2.0))
    assert written(read(line, TempoMap(120, 0, 0)).notes)[-1] == (0.0, 2.0)


def test_triplets_are_read() -> None:
    onsets = [0.0, 0.5, 1.0, 1.5] + [2.0 + index / 6 for index in range(6)] + [3.0, 3.5]
    line = played(*[(onset, onset + 0.1) for onset in onsets])
    durations = [note.duration_beats for note in read(line, TempoMap(120, 0, 0)).notes]
    assert durations[4:10] == pytest.approx([1 / 3] * 6)


def test_a_growing_line_is_read_as_if_at_once() -> None:
    performance = perform(TUNE, Manner(100, 0.02, drift=0.05), random.Random(4))
    reader = RhythmReader()
    for upto in range(1, len(TUNE) + 1):
        assert reader.read(performance.notes[:upto]) == read(performance.notes[:upto])
    assert reader.read(performance.notes[:5]) == read(performance.notes[:5])


def test_prior_tempo_decides_between_a_tempo_and_its_double() -> None:
    line = played(*[(0.5 * index, 0.5 * index + 0.4) for index in range(9)])
    assert read(line, prior_bpm=60).bpm == pytest.approx(60, rel=0.02)
    assert read(line, prior_bpm=120).bpm == pytest.approx(120, rel=0.02)
    assert read(line, prior_bpm=240).bpm == pytest.approx(240, rel=0.02)


def test_a_pause_beyond_any_value_does_not_derail_what_follows() -> None:
    first = perform(TUNE, Manner(100, 0.0), random.Random(1)).notes
    later = perform(TUNE, Manner(100, 0.0), random.Random(1), start_s=47.3).notes
    reading = read([*first, *later])
    assert [note.duration_beats for note in reading.notes[17:-1]] == [note.duration_beats for note in TUNE[:-1]]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from([0.0, 0.001, 0.04, 0.1, 0.3, 0.5, 1.7, 30.0]), st.floats(0, 3)), max_size=40
    ),
    st.sampled_from([None, 1.0, 60.0, 400.0]),
)
def test_whatever_is_played_gives_as_many_notes_of_positive_length(
    gaps: list[tuple[float, float]], bpm: float | None
) -> None:
    time_s, line = 0.0, []
    for index, (gap_s, length_s) in enumerate(gaps):
        time_s += gap_s
        line.append(PlayedNote(60 + index % 12, time_s, time_s + length_s, 80))
    line = [
        PlayedNote(one.pitch, one.onset_s, min(one.end_s or 0.0, after.onset_s), 80)
        for one, after in pairwise(line)
    ] + line[-1:]
    reading = read(line, TempoMap(bpm, 0.0, 0.0) if bpm else None)
    assert [note.pitch for note in reading.notes] == [note.pitch for note in line]
    assert all(note.duration_beats > 0 and note.rest_beats >= 0 for note in reading.notes)
    assert reading.bpm > 0
    assert len(reading.beats) == len(line)


_MELODIES = st.lists(
    st.builds(Note, st.integers(50, 75), st.sampled_from((0.5, 1.0, 1.0, 1.5, 2.0))), min_size=2, max_size=20
).map(tuple)
_HELD = st.floats(0.1, 0.95)


def evenly(notes: tuple[Note, ...], bpm: float, share: float, start_beat: float = 0.0) -> list[PlayedNote]:
    """Return a melody played in strict time, every note sounding the same share of its length."""
    manner = Manner(bpm, 0.0, held=(share, share))
    return list(perform(notes, manner, random.Random(1), start_beat * 60.0 / bpm, start_beat).notes)


@settings(max_examples=60, deadline=None)
@given(_MELODIES, st.floats(50, 180), _HELD, st.integers(0, 16))
def test_by_a_clock_neither_tempo_nor_place_changes_what_is_read(
    notes: tuple[Note, ...], bpm: float, share: float, beat: int
) -> None:
    """At any tempo, on any beat, staccato or legato: the notes as written, the last one apart; it has no end."""
    reading = read(evenly(notes, bpm, share, float(beat)), TempoMap(bpm, 0.0, 0.0))
    assert reading.notes[:-1] == notes[:-1]
    assert reading.beats[0] == beat
    assert reading.bpm == bpm


@settings(max_examples=60, deadline=None)
@given(st.floats(50, 180), _HELD)
def test_near_the_tempo_that_is_expected_a_tune_is_read_as_written(bpm: float, share: float) -> None:
    """Without a clock, where the tempo was set by hand: the same notes, whatever the tempo and the touch."""
    reading = read(evenly(TUNE, bpm, share), prior_bpm=bpm)
    assert reading.notes[:-1] == TUNE[:-1]
    assert reading.bpm == pytest.approx(bpm, rel=0.03)


@settings(max_examples=60, deadline=None)
@given(_MELODIES, st.floats(50, 180), _HELD, st.integers(-24, 24))
def test_a_transposed_call_has_the_same_rhythm(
    notes: tuple[Note, ...], bpm: float, share: float, semitones: int
) -> None:
    """Pitch tells nothing about rhythm: the same values, rests, tempo and confidence."""
    line = evenly(notes, bpm, share)
    here, there = read(line), read([replace(note, pitch=note.pitch + semitones) for note in line])
    assert there == replace(here, notes=tuple(replace(note, pitch=note.pitch + semitones) for note in here.notes))


def test_five_hundred_notes_are_read() -> None:
    notes = TUNE * 30
    performance = perform(notes, Manner(120, 0.01), random.Random(2))
    reading = read(performance.notes)
    right = sum(a.duration_beats == b.duration_beats for a, b in zip(notes, reading.notes, strict=True))
    assert right > 0.95 * len(notes)

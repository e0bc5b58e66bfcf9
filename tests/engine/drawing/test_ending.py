"""How answers end: engine/drawing/ending.py."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.drawing.ending import (
    CANDIDATES,
    HELD_BEATS,
    LEAST_HELD_NOTES,
    LEAST_NOTES,
    LONGEST_GOAL_BEATS,
    PHRASE_BEATS,
    Candidate,
    Choice,
    Ending,
)
from engine.drawing.lengths import Lengths
from engine.messages import Goal
from engine.notes import Note

C_MAJOR = (0, (0, 2, 4, 5, 7, 9, 11))
TABLE = (0.125, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0)
LENGTHS = Lengths(TABLE)
_LENGTHS = st.lists(st.sampled_from(TABLE), max_size=30)


def never() -> float:
    """Return a chance that decides for no last note."""
    return 1.0


def fitting(shortest: float, longest: float, left: float | None, least_left: float) -> list[float]:
    """Return the lengths that can be drawn within these bounds."""
    bias = LENGTHS.bias(shortest, longest, left, least_left)
    return [length for length, nats in zip(TABLE, bias, strict=True) if nats == 0.0]


def played(ending: Ending, seed: int, phrase_ends: bool = True, start_beats: float = 0.0) -> list[Note]:
    """Draw blindly within the wishes until the answer ends; fail if it does not within 400 notes."""
    dice = random.Random(seed)
    beats = start_beats
    notes: list[Note] = []
    for _ in range(400):
        wish = ending.wish(beats, len(notes), dice.random)
        candidates = []
        for _ in range(wish.candidates):
            rest, room = 0.0, min(wish.longest_rest_beats, 0.5)
            if room >= TABLE[0] and dice.random() < 0.25:
                rest = dice.choice(fitting(0.0, room, wish.left_beats, wish.least_left_beats))
            left = None if wish.left_beats is None else wish.left_beats - rest
            lengths = fitting(wish.shortest_beats, wish.longest_beats - rest, left, wish.least_left_beats)
            note = Note(dice.randint(55, 79), dice.choice(lengths), rest)
            candidates.append(Candidate(note, dice.random() ** 4 if phrase_ends else None))
        choice = ending.judge(beats, len(notes), candidates)
        beats += choice.note.duration_beats + (choice.note.rest_beats if beats else 0.0)
        notes.append(choice.note)
        if choice.last:
            return notes
    pytest.fail("the answer never ended")


def beats_of(notes: Sequence[Note]) -> float:
    """Return the length of an answer without the rest before it."""
    return sum(note.duration_beats + note.rest_beats for note in notes) - notes[0].rest_beats


@example(goal=1.0, lengths=[1.5], seed=512, phrase_ends=False)  # a usual note no longer fits
@given(
    goal=st.floats(1.0, LONGEST_GOAL_BEATS), lengths=_LENGTHS, seed=st.integers(0, 999), phrase_ends=st.booleans()
)
def test_length_is_within_a_quarter_of_the_goal(
    goal: float, lengths: list[float], seed: int, phrase_ends: bool
) -> None:
    """Whatever is drawn, an answer to a goal of a beat or more ends within 25 % of it (to the shortest note)."""
    ending = Ending(Goal(length_beats=goal), C_MAJOR, lengths, lengths=LENGTHS)
    length = beats_of(played(ending, seed, phrase_ends))
    assert 0.75 * goal - TABLE[0] <= length <= 1.25 * goal + TABLE[0]


@given(st.floats(0.01, 1.0), _LENGTHS, st.integers(0, 999))
def test_a_tiny_goal_still_gets_a_note(goal: float, lengths: list[float], seed: int) -> None:
    """A goal shorter than any note gets a short answer, not none."""
    notes = played(Ending(Goal(length_beats=goal), None, lengths, lengths=LENGTHS), seed)
    assert len(notes) >= 1
    assert beats_of(notes) <= 1.25 * goal + TABLE[0]


def test_a_call_of_one_endless_note_is_answered_in_drawable_ones() -> None:
    """A note of thirty beats, longer than any in the table, gets an answer of about that length."""
    length = beats_of(played(Ending(Goal(length_beats=30.0), C_MAJOR, (30.0,), lengths=LENGTHS), 0))
    assert 22.5 <= length <= 37.5


@given(_LENGTHS, st.integers(0, 999), st.booleans())
def test_until_the_phrase_ends_is_bounded(lengths: list[float], seed: int, phrase_ends: bool) -> None:
    """Without a goal an answer lasts at least two beats and at most thirty-two."""
    length = beats_of(played(Ending(Goal(), C_MAJOR, lengths, lengths=LENGTHS), seed, phrase_ends))
    assert PHRASE_BEATS[0] <= length <= PHRASE_BEATS[1] + TABLE[0]


@given(st.floats(0.0, 100.0), st.integers(0, 99))
def test_an_answer_already_too_long_ends_with_the_next_note(over: float, seed: int) -> None:
    """A goal turned down below what stands is met by one closing note."""
    assert (
        len(played(Ending(Goal(length_beats=8.0), C_MAJOR, lengths=LENGTHS), seed, start_beats=10.0 + over)) == 1
    )


def test_only_one_candidate_is_drawn_where_nothing_can_end() -> None:
    """Early in an answer no look-ahead is paid for; near its goal there is a choice."""
    ending = Ending(Goal(length_beats=16.0), C_MAJOR, (1.0,) * 8, lengths=LENGTHS)
    assert ending.wish(2.0, 9, never).candidates == 1
    assert ending.wish(12.0, 9, never).candidates == CANDIDATES


def test_before_the_window_nothing_ends() -> None:
    """However final a note is, an answer of half its length goes on."""
    ending = Ending(Goal(length_beats=16.0), C_MAJOR, (1.0,) * 8, lengths=LENGTHS)
    assert not ending.judge(6.0, 9, [Candidate(Note(60, 2.0), 0.99)]).last


def test_where_nothing_ends_the_first_candidate_is_taken() -> None:
    """Look-ahead alone does not change what the model draws."""
    ending = Ending(Goal(length_beats=16.0), C_MAJOR, (1.0,) * 8, lengths=LENGTHS)
    candidates = [Candidate(Note(62, 0.5), 0.01), Candidate(Note(60, 1.0), 0.02), Candidate(Note(65, 0.5), 0.01)]
    assert ending.judge(12.0, 9, candidates) == Choice(0, candidates[0].note, False)


def test_the_most_final_candidate_ends_the_answer() -> None:
    """At the goal, among a passing note, the tonic and the leading note, the long tonic is the end."""
    ending = Ending(Goal(length_beats=16.0), C_MAJOR, (1.0,) * 8, lengths=LENGTHS)
    candidates = [
        Candidate(Note(62, 0.5), 0.05),
        Candidate(Note(59, 2.0), 0.3),
        Candidate(Note(60, 2.0), 0.6),
        Candidate(Note(67, 0.5), 0.6),
    ]
    assert ending.judge(14.0, 9, candidates) == Choice(2, Note(60, 2.0), True)


@pytest.mark.parametrize(
    ("better", "worse"), [((60, 1.0), (62, 1.0)), ((60, 1.0), (64, 1.0)), ((60, 1.0), (60, 0.5))]
)
def test_the_tonic_and_the_long_note_are_more_final(better: tuple[int, float], worse: tuple[int, float]) -> None:
    """At equal P(phrase end) and no hazard: tonic before triad and foreign degree, usual length before short."""
    ending = Ending(Goal(), C_MAJOR, (1.0,) * 8, lengths=LENGTHS)
    assert ending.odds(8.0, Candidate(Note(*better), 0.3)) > ending.odds(8.0, Candidate(Note(*worse), 0.3))


def test_the_hazard_rises_towards_the_window_s_end() -> None:
    """The same note is the more of an end the later it comes."""
    ending = Ending(Goal(length_beats=16.0), C_MAJOR, (1.0,) * 8, lengths=LENGTHS)
    odds = [ending.odds(beats, Candidate(Note(60, 1.0), 0.3)) for beats in (11.0, 13.0, 15.0, 17.0, 19.0)]
    assert odds == sorted(odds)
    assert odds[0] < 0.0 < odds[-1]


def test_the_first_note_has_no_rest_before_it_and_rests_do_not_eat_the_ending() -> None:
    """No rest is drawn before the answer's first note nor before its closing one."""
    ending = Ending(Goal(length_beats=8.0), C_MAJOR, (1.0,) * 8, lengths=LENGTHS)
    assert ending.wish(0.0, 0, never).longest_rest_beats == 0.0
    assert ending.wish(4.0, 9, never).longest_rest_beats == 4.0
    assert ending.wish(9.0, 9, never).longest_rest_beats == 0.0
    assert ending.wish(9.0, 9, never).closing


def test_without_durations_the_last_note_is_lengthened_within_the_window() -> None:
    """A checkpoint that draws no durations ends on the call's longest note, as far as it fits."""
    ending = Ending(Goal(length_beats=8.0), C_MAJOR, (1.0, 1.0, 1.0, 4.0), lengths=Lengths(()))
    assert ending.judge(7.0, 9, [Candidate(Note(60, 0.5), 0.9)]).note == Note(60, 3.0)


def test_no_candidate_is_an_error() -> None:
    """Judging nothing is a mistake of the caller's."""
    with pytest.raises(ValueError, match="at least one"):
        Ending(Goal(length_beats=4.0), lengths=LENGTHS).judge(0.0, 0, [])


@given(st.sampled_from((2.0, 3.0, 4.0, 7.0, 8.0, 9.0, 32.0, 100.0)), _LENGTHS, st.integers(0, 9999), st.booleans())
def test_an_exact_goal_is_filled_to_the_beat(
    goal: float, lengths: list[float], seed: int, phrase_ends: bool
) -> None:
    """Whatever is drawn, the last note ends where the asked bars end, and there are three notes or more."""
    ending = Ending(Goal(length_beats=goal, exact=True), C_MAJOR, lengths, lengths=LENGTHS)
    notes = played(ending, seed, phrase_ends)
    assert beats_of(notes) == pytest.approx(goal)
    held = bool(lengths) and min(lengths) >= HELD_BEATS
    assert len(notes) >= (LEAST_HELD_NOTES if held else LEAST_NOTES)
    assert all(note.duration_beats in TABLE for note in notes)


def test_a_goal_rounded_in_its_sixth_digit_leaves_room_for_the_shortest_note() -> None:
    """A third of a beat that the call left silent is no whole number of millionths."""
    ending = Ending(Goal(length_beats=8.0 - 0.333334, exact=True), C_MAJOR, (1.0,) * 8, lengths=LENGTHS)
    beats = 8.0 - 1 / 3 - TABLE[0] - 0.5
    choice = ending.judge(beats, 6, [Candidate(Note(60, 0.5))])
    assert (choice.note.duration_beats, choice.last) == (0.5, False)


@given(st.floats(0.0, 7.9), st.integers(0, 999))
def test_an_exact_goal_is_filled_from_wherever_an_answer_stands(beats: float, seed: int) -> None:
    """A dropped note may leave any length behind; the last note makes up for what no length in the table fills."""
    ending = Ending(Goal(length_beats=8.0, exact=True), C_MAJOR, (1.0,) * 8, lengths=LENGTHS)
    notes = played(ending, seed, start_beats=beats)
    assert beats + sum(note.duration_beats + note.rest_beats for note in notes) == pytest.approx(8.0, abs=0.07)


@given(st.lists(st.sampled_from((3.0, 6.0, 12.0)), min_size=1, max_size=2), st.integers(0, 999), st.booleans())
def test_held_notes_are_answered_by_two_notes_or_more(lengths: list[float], seed: int, phrase_ends: bool) -> None:
    """Three to one that is held would be three times its energy; one would be none."""
    ending = Ending(Goal(length_beats=sum(lengths)), C_MAJOR, lengths, lengths=LENGTHS)
    assert len(played(ending, seed, phrase_ends)) >= 2
    half = Candidate(Note(60, sum(lengths) / 2), 0.9)
    assert not ending.judge(0.0, 0, [half]).last
    assert ending.judge(sum(lengths) / 2, 1, [half]).last


def test_three_notes_at_least_answer_a_call_that_moves() -> None:
    """A call of two notes of which one is short is not held."""
    ending = Ending(Goal(length_beats=4.0), C_MAJOR, (3.0, 1.0), lengths=LENGTHS)
    assert not ending.judge(0.0, 1, [Candidate(Note(60, 2.0), 0.9)]).last


def test_less_time_than_three_notes_take_forbids_three_notes() -> None:
    """An answer of half a beat may be one note."""
    ending = Ending(Goal(length_beats=0.5), C_MAJOR, (0.5,), lengths=LENGTHS)
    assert ending.judge(0.0, 0, [Candidate(Note(60, 0.5), 0.9)]).last


def test_a_call_without_end_gets_an_answer_with_one() -> None:
    """A goal of 1,200 beats is one of 64, unless it was asked for to the beat."""
    endless = Ending(Goal(length_beats=1200.0), C_MAJOR, lengths=LENGTHS)
    assert endless.window_beats == (0.75 * LONGEST_GOAL_BEATS, 1.25 * LONGEST_GOAL_BEATS)
    assert Ending(Goal(length_beats=128.0, exact=True), lengths=LENGTHS).goal_beats == 128.0

"""A call and a candidate as the figures look at them: engine/planning/pair.py."""

from __future__ import annotations

import pytest

from engine.notes import Metre, Note
from engine.planning.pair import Line, Pair, contour_likeness, heard, rhythm_likeness
from engine.tokenizer import TICKS_PER_BEAT as BEAT

QUARTERS = [Note(60 + index, 1.0) for index in range(6)]


def test_a_line_stands_in_its_bars() -> None:
    """Onsets and the end count from a bar line; lines between the first onset and the end are its own."""
    line = Line(QUARTERS, BEAT, 4 * BEAT, BEAT)
    assert line.onsets == [beats * BEAT for beats in range(1, 7)]
    assert (line.start, line.end, line.length) == (BEAT, 7 * BEAT, 6 * BEAT)
    assert list(line.bar_lines) == [4 * BEAT]
    assert list(line.lines(2 * BEAT)) == [2 * BEAT, 4 * BEAT, 6 * BEAT]
    assert list(line.lines(0)) == []
    assert list(Line(QUARTERS[:4], 0, 4 * BEAT, BEAT).bar_lines) == []


def test_the_rest_before_a_melody_is_no_part_of_it() -> None:
    """It moves the first onset, and is not counted among the rests or into the length."""
    line = Line([Note(60, 1.0, 0.5), Note(62, 1.0, 0.25)], 0, 0, 0)
    assert line.start == BEAT // 2
    assert line.rests == [0, BEAT // 4]
    assert line.length == 2 * BEAT + BEAT // 4
    assert line.steps == [2]


def test_segments_are_as_long_as_a_bar_from_the_first_note_on() -> None:
    """An upbeat moves them along; short bars are taken together until there is something to see."""
    line = Line(QUARTERS, 3 * BEAT, 4 * BEAT, BEAT)
    assert line.segments == [{0: 0, BEAT: 1, 2 * BEAT: 2, 3 * BEAT: 3}, {0: 4, BEAT: 5}]
    assert Line(QUARTERS, 0, 3 * BEAT // 2, BEAT).segment == 3 * BEAT
    assert Line(QUARTERS, 0, 0, 0).segment == 4 * BEAT
    assert Line([], 0, 0, 0).segments == [{}]


def test_what_is_heard_of_a_call() -> None:
    """Pitch classes by their time, the usual length, the key, and the runs of three in it."""
    call = (Note(67, 1.0), Note(69, 1.0), Note(71, 1.0), Note(72, 1.0), Note(67, 4.0))
    found = heard(call, None)
    assert found.classes[7] == pytest.approx(5 / 8)
    assert sum(found.classes) == pytest.approx(1.0)
    assert found.usual == BEAT
    assert not found.minor
    assert found.figures == {(2, 2, 1): 1, (2, 1, -5): 1}
    assert found.rhythms == {(BEAT, BEAT, BEAT): 2, (BEAT, BEAT, 4 * BEAT): 1}
    assert found.values == {BEAT: 4, 4 * BEAT: 1}


def test_a_candidate_begins_where_its_call_ends() -> None:
    """Its bars are the call's, going on."""
    pair = Pair(QUARTERS, QUARTERS[:3], Metre(4.0, 3.0, 1.0))
    assert pair.line.start == pair.call.line.end == 9 * BEAT
    assert list(pair.line.bar_lines) == []
    assert list(Pair(QUARTERS, QUARTERS, Metre(4.0, 3.0, 1.0)).line.bar_lines) == [12 * BEAT]
    assert pair.to_call == [[0.75, pytest.approx(2 / 3)]]
    assert pair.in_rhythm == [[]]


def test_rhythms_are_alike_by_the_onsets_that_both_have() -> None:
    """The share of what either has; two empty ones are the same."""
    assert rhythm_likeness({0: 0, 24: 1}, {0: 0, 12: 1}) == pytest.approx(1 / 3)
    assert rhythm_likeness({0: 0}, {}) == 0.0
    assert rhythm_likeness({}, {}) == 1.0


def test_contours_are_alike_when_they_go_the_same_way_about_as_far() -> None:
    """Each step counts that is a tone more or less in the same direction, of the longer one's steps."""
    three = {0: 0, 24: 1, 48: 2}
    assert contour_likeness(three, (60, 62, 64), three, (67, 69, 72)) == 1.0
    assert contour_likeness(three, (60, 62, 64), three, (67, 65, 69)) == 0.5
    assert contour_likeness(three, (60, 61, 62), three, (67, 67, 68)) == 0.5
    assert contour_likeness(three, (60, 62, 64), {0: 0, 24: 1}, (60, 62)) == 0.5
    assert contour_likeness(three, (60, 62, 64), {0: 0}, (60,)) == 0.0


def test_nothing_is_no_pair() -> None:
    """A call and a candidate are needed."""
    with pytest.raises(ValueError, match="one note"):
        Pair((), [Note(60, 1.0)], None)


def test_a_key_that_is_told_is_the_one_that_ends_are_judged_in() -> None:
    """Where the whole tune is known, what its call alone sounds like does not count."""
    call = [Note(pitch, 1.0) for pitch in (60, 62, 64, 65, 67, 64, 60)]
    told = Pair(call, [Note(67, 1.0)], None, key=(7, False))
    assert Pair(call, [Note(67, 1.0)], None).call.tonic == 0
    assert (told.call.tonic, told.call.minor) == (7, False)
    assert told.call.classes == heard(tuple(call), None).classes

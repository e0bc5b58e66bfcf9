"""Which note is the last of an answer that fills its bars: engine/drawing/last_note.py."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.drawing.ending import Ending
from engine.drawing.last_note import last_share, silent_beats
from engine.drawing.lengths import Lengths
from engine.messages import Goal

TABLE = (0.125, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0)


@given(st.floats(0.01, 64.0), st.floats(0.01, 16.0), st.floats(0.05, 8.0))
def test_a_share_is_a_share(room: float, call_end: float, usual: float) -> None:
    """Whatever room is left, the share lies between none and all."""
    assert 0.0 <= last_share(room, call_end, usual) <= 1.0


@pytest.mark.parametrize("room", [1.0, 2.0, 3.0])
def test_an_end_as_long_as_the_calls_is_likelier_than_a_longer_or_a_shorter_one(room: float) -> None:
    """With the room that the call's end took, most answers end; with more, few do."""
    assert last_share(room, room, 0.5) > last_share(room, room + 1.0, 0.5)
    assert last_share(room, room, 0.5) > 0.5 > last_share(room, room - 0.5, 0.5)


def test_no_room_for_another_usual_note_ends_it() -> None:
    """Less than a usual note that is left is nearly always filled by the last one."""
    assert last_share(0.5, 2.0, 1.0) > 0.9


def test_the_decided_last_note_fills_the_room_as_a_closing_one() -> None:
    """With two beats left, as the call's end had, a chance below the share asks for one closing note of two."""
    call = (1.0,) * 6 + (2.0,)
    ending = Ending(Goal(length_beats=8.0, exact=True), None, call, lengths=Lengths(TABLE))
    last = ending.wish(6.0, 6, lambda: 0.0)
    assert (last.closing, last.shortest_beats, last.longest_beats, last.longest_rest_beats) == (
        True,
        2.0,
        2.0,
        0.0,
    )
    on = ending.wish(6.0, 6, lambda: 0.999)
    assert not on.closing
    assert on.longest_beats < 2.0


@pytest.mark.parametrize("breath", [0.0, 0.5, 1.0])
def test_two_answers_in_three_breathe_as_their_call_does(breath: float) -> None:
    """The others fill the bar where the call does not, and do not where it does."""
    drawn = [silent_beats(breath, 2.0, point / 300) for point in range(300)]
    assert drawn.count(breath) == 200
    others = {beats for beats in drawn if beats != breath}
    assert others == ({0.0} if breath else {0.5, 1.0})


def test_a_short_last_note_is_not_breathed_away() -> None:
    """Where the call's last note lasts an eighth, its answer's has its place too."""
    assert silent_beats(0.0, 0.5, 0.99) == 0.0

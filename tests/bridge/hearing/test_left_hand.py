"""Two hands: bridge/hearing/left_hand.py."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bridge.events import NoteOff, NoteOn
from bridge.hearing.left_hand import LeftHand


def test_what_lies_below_the_split_is_the_left_hands() -> None:
    """The split note itself is the melody's; without a split everything is."""
    hand = LeftHand()
    assert [hand.strikes(NoteOn(0.0, pitch, 80), 60) for pitch in (59, 60, 61)] == [True, False, False]
    assert not hand.strikes(NoteOn(0.0, 0, 80), 0)


@given(st.lists(st.tuples(st.booleans(), st.integers(58, 62), st.integers(0, 127))))
def test_a_key_goes_up_in_the_hand_that_struck_it(strokes: list[tuple[bool, int, int]]) -> None:
    """Wherever the split was moved while it was down."""
    hand, down = LeftHand(), dict[int, bool]()
    for goes_down, pitch, split in strokes:
        if goes_down:
            down[pitch] = hand.strikes(NoteOn(0.0, pitch, 80), split)
            assert down[pitch] == (pitch < split)
        else:
            assert hand.lifts(NoteOff(0.0, pitch)) == down.pop(pitch, False)


def test_after_a_release_nothing_is_the_left_hands() -> None:
    """All notes off lets go of both hands."""
    hand = LeftHand()
    hand.strikes(NoteOn(0.0, 40, 80), 60)
    hand.release()
    assert not hand.lifts(NoteOff(1.0, 40))

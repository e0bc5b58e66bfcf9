"""Where a call stands, and where its answer is to: bridge/answering/standing.py."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.answering.standing import Standing, standing
from bridge.answering.transcript import Transcript
from bridge.hearing.call import Phrase
from bridge.time.bars import beats
from engine.messages import FoundBars
from engine.notes import Metre, Note
from tests.bridge.answering.calls import at, quarters

NOW = at(9.0)
BARS = st.builds(
    lambda bar, upbeat: FoundBars(Metre(bar, upbeat % bar, 1.0), 0.9),
    st.sampled_from((2.0, 3.0, 4.0, 6.0)),
    st.integers(0, 5),
)


@given(BARS, st.integers(2, 12), st.lists(st.sampled_from((0.5, 1.0, 1.5, 2.0)), max_size=6))
def test_call_and_answer_stand_in_their_places_behind_whatever_was_heard(
    found: FoundBars, count: int, heard: list[float]
) -> None:
    """With its rest the call begins where it was found to, and the answer where the call's upbeat stands."""
    transcript = Transcript()
    transcript.add([Note(60, each) for each in heard], transcript.place)
    stands = standing(NOW, quarters(count), transcript, found, Standing())
    bar, upbeat = found.metre.beats_per_bar, found.metre.upbeat_beats
    assert stands.metre is not None
    begin = stands.metre.upbeat_beats + beats(transcript.notes) + stands.call[0].rest_beats
    assert begin % bar == pytest.approx(upbeat % bar)
    entrance = stands.entrance(NOW, NOW.now_s, transcript.notes)
    enters = begin + beats(stands.call) - stands.call[0].rest_beats + entrance.rest_beats
    unit = bar / 2 if bar >= 6 else bar
    place = upbeat % unit
    assert enters % unit == pytest.approx(place if place >= unit / 2 else 0.0)


def test_with_nothing_played_an_answer_goes_on_in_the_last_bars() -> None:
    """Asked again, the partner plays on in the bars of the call before."""
    last = standing(NOW, quarters(8), Transcript(), FoundBars(Metre(3.0, 2.0, 1.0), 0.9), Standing())
    assert standing(NOW, Phrase(), Transcript(), None, last).lines == last.lines


def test_without_bars_an_answer_follows_at_once() -> None:
    """Where no bar is known no rest is put before anything."""
    stands = standing(NOW, quarters(5), Transcript(), None, Standing())
    assert (stands.metre, stands.bar_beats) == (None, 0.0)
    assert stands.entrance(NOW, NOW.now_s, ()).rest_beats == 0.0

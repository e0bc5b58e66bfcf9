"""What the controls ask of the engine: bridge/answering/requests.py."""

from __future__ import annotations

import pytest

from bridge.answering.requests import goal, sampling
from bridge.controls import Controls
from bridge.hearing.key import KeyEstimate
from bridge.moment import Settings, read_settings
from bridge.presets.settings import make_config
from engine.notes import Note

CALL = (Note(60, 1.0, 5.0), Note(62, 1.0, 0.5), Note(64, 1.5))


def settings(**values: object) -> Settings:
    """Return what the table's defaults say, with some values changed."""
    table = Controls()
    table.update(values)
    return read_settings(table)


def test_the_length_is_the_call_s_from_its_first_onset() -> None:
    """Rests within the call count, the silence before it does not."""
    assert goal(settings(), CALL, drawn_notes=0).length_beats == 4.0
    assert goal(settings(length=0.5), CALL, drawn_notes=0).length_beats == 2.0


def test_the_length_in_bars_follows_the_bar() -> None:
    """Two bars of three beats are six beats, to the beat; an unknown bar has four."""
    three = settings(length_mode="bars", length_bars=2, bar=3)
    assert goal(three, CALL, drawn_notes=0).length_beats == 6.0
    assert goal(three, CALL, drawn_notes=0).exact
    assert not goal(settings(), CALL, drawn_notes=0).exact
    unknown = settings(length_mode="bars", length_bars=2)
    assert goal(unknown, CALL, drawn_notes=0).length_beats == 8.0


def test_on_stage_an_answer_is_two_bars_to_the_beat() -> None:
    """Whatever was called, the bundled preset asks for what it promises."""
    stage = settings(**make_config("stage").controls)
    for call in (CALL, (), (Note(60, 30.0),)):
        asked = goal(stage, call, drawn_notes=0)
        assert (asked.length_beats, asked.exact) == (8.0, True)


def test_until_the_phrase_ends_there_is_no_length() -> None:
    """Phrase mode leaves the length to the phrase."""
    assert goal(settings(length_mode="phrase"), CALL, drawn_notes=0).length_beats is None


def test_an_empty_call_has_a_goal() -> None:
    """An answer to nothing has a length of at least a beat."""
    length = goal(settings(), (), drawn_notes=0).length_beats
    assert length is not None
    assert length >= 1.0


def test_a_crossed_range_is_taken_in_order() -> None:
    """range_low above range_high means the same range."""
    crossed = sampling(settings(range_low=80, range_high=50), None, CALL)
    assert crossed.range == (50, 80)


def test_a_key_set_by_hand_overrules_what_is_heard() -> None:
    """The estimate decides only what is left at follow."""
    heard = KeyEstimate(2, "dorian", 0.8)
    assert sampling(settings(), heard, CALL).key == (2, (0, 2, 4, 5, 7, 9, 11))
    assert sampling(settings(key="A", scale="pentatonic"), heard, CALL).key == (9, (1, 4, 6, 9, 11))


@pytest.mark.parametrize(
    ("call_beats", "length", "answer_beats"),
    [
        (8.0, 1.0, 8.0),
        (7.0, 1.0, 8.0),
        (7.0, 2.0, 16.0),
        (8.5, 1.0, 8.0),
        (4.0, 0.5, 4.0),
        (16.0, 0.25, 4.0),
        (1.0, 1.0, 4.0),
        (8.0, 2.0, 16.0),
    ],
)
def test_where_bars_are_known_the_answer_has_as_many_as_the_call(
    call_beats: float, length: float, answer_beats: float
) -> None:
    """Bars are counted up to the call's next upbeat, times the control; what the call left silent is told."""
    found = goal(settings(length=length), [Note(60, call_beats)], drawn_notes=0, bar_beats=4.0)
    assert (found.length_beats, found.exact) == (answer_beats, True)


def test_an_answer_in_proportion_has_an_end() -> None:
    """However long the call, its bars are counted up to some sixteen."""
    found = goal(settings(length=4), [Note(60, 90.0)], drawn_notes=0, bar_beats=3.0)
    assert found.length_beats == 63.0

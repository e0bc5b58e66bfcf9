"""How an answer's notes are played: bridge/answering/touch.py."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bridge.answering.touch import DEFAULT_SOUNDING, DEFAULT_VELOCITY, Touch
from bridge.controls import Controls
from bridge.hearing.transcribe import PlayedNote
from engine.notes import Note

NOTE = Note(60, 1.0)
_LINES = st.lists(
    st.builds(PlayedNote, st.integers(0, 127), st.floats(0, 60), st.none() | st.floats(0, 60), st.integers(1, 127))
)


def controls(**values: object) -> Controls:
    """Return the table's defaults with some values changed."""
    table = Controls()
    table.update(values)
    return table


def line(velocities: list[int], sounding: float = 0.5, gap_s: float = 0.4) -> list[PlayedNote]:
    """Return notes at even distances, each sounding a share of its time."""
    return [
        PlayedNote(60, index * gap_s, index * gap_s + sounding * gap_s, velocity)
        for index, velocity in enumerate(velocities)
    ]


@given(_LINES, st.floats(0, 1), st.integers(0, 127), st.floats(0, 1), st.integers(0, 200))
def test_any_call_gives_playable_notes(
    call: list[PlayedNote], dynamics: float, velocity: int, articulation: float, index: int
) -> None:
    """Velocity is 1..127 and a note ends before its time is over, whatever the call was."""
    touch = Touch(call, controls(dynamics=dynamics, velocity=velocity, articulation=articulation))
    assert 1 <= touch.velocity(index, NOTE) <= 127
    assert 0.0 < touch.sounding(index, NOTE) < 1.0


def test_accents_come_back_in_the_call_s_order() -> None:
    """At full dynamics the velocities are the call's, from the start again when they are used up."""
    touch = Touch(line([100, 60, 70]), controls(dynamics=1.0))
    assert [touch.velocity(index, NOTE) for index in range(5)] == [100, 60, 70, 100, 60]


def test_no_dynamics_is_the_call_s_mean() -> None:
    """At dynamics 0 every note has the call's mean velocity; halfway, half of the accents."""
    call = line([100, 60, 80])
    flat, half = Touch(call, controls(dynamics=0.0)), Touch(call, controls(dynamics=0.5))
    assert {flat.velocity(index, NOTE) for index in range(6)} == {80}
    assert [half.velocity(index, NOTE) for index in range(3)] == [90, 70, 80]


def test_a_fixed_velocity_overrules_the_call() -> None:
    """With a fixed velocity every note has it."""
    assert Touch(line([100, 60]), controls(velocity=33)).velocity(1, NOTE) == 33


def test_an_answer_to_a_softer_call_is_softer() -> None:
    """The level follows the call."""
    soft, loud = Touch(line([30, 34]), controls()), Touch(line([110, 114]), controls())
    assert soft.velocity(0, NOTE) < loud.velocity(0, NOTE)


def test_articulation_follows_the_call_or_is_fixed() -> None:
    """Half-sounding notes are answered by such, unless the control says otherwise."""
    call = line([80] * 5, sounding=0.5)
    assert abs(Touch(call, controls()).sounding(0, NOTE) - 0.5) < 1e-9
    assert Touch(call, controls(articulation=0.25)).sounding(0, NOTE) == 0.25


def test_a_breath_is_not_staccato() -> None:
    """A long silence within the call does not shorten the answer's notes."""
    call = [*line([80] * 3, sounding=0.9), PlayedNote(60, 9.0, 9.3, 80)]
    assert Touch(call, controls()).sounding(0, NOTE) > 0.85


def test_legato_still_lets_a_pitch_be_struck_again() -> None:
    """A call that is tied throughout is answered with the smallest gap, not with none."""
    assert 0.9 < Touch(line([80] * 4, sounding=1.0), controls()).sounding(0, NOTE) < 1.0


def test_faders_act_within_the_answer() -> None:
    """The controls are read at each note."""
    table = controls()
    touch = Touch(line([80]), table)
    table.set("velocity", 101)
    assert touch.velocity(3, NOTE) == 101


def test_without_a_call_there_are_defaults() -> None:
    """An answer to nothing is played at a middle level."""
    touch = Touch([], controls())
    assert touch.velocity(0, NOTE) == DEFAULT_VELOCITY
    assert touch.sounding(0, NOTE) == DEFAULT_SOUNDING


def test_the_channel_is_the_player_s_or_the_one_set() -> None:
    """Channel 0 of the control is the call's; 1 to 16 are MIDI's 0 to 15."""
    assert Touch([], controls(), 9).channel == 9
    assert Touch([], controls(out_channel=1), 9).channel == 0
    assert Touch([], controls(out_channel=16)).channel == 15

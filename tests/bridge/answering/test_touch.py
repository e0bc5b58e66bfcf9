"""How an answer's notes are played: bridge/answering/touch.py."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bridge.answering.touch import DEFAULT_SOUNDING, DEFAULT_VELOCITY, Touch
from bridge.hearing.transcribe import PlayedNote
from bridge.moment import Playing

_LINES = st.lists(
    st.builds(PlayedNote, st.integers(0, 127), st.floats(0, 60), st.none() | st.floats(0, 60), st.integers(1, 127))
)


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
    stroke = Touch(call).stroke(index, Playing(velocity, dynamics, articulation))
    assert 1 <= stroke.velocity <= 127
    assert 0.0 < stroke.share < 1.0


def velocities(touch: Touch, playing: Playing, count: int) -> list[int]:
    """Return the velocities of an answer's first notes."""
    return [touch.stroke(index, playing).velocity for index in range(count)]


def test_accents_come_back_in_the_call_s_order() -> None:
    """At full dynamics the velocities are the call's, from the start again when they are used up."""
    assert velocities(Touch(line([100, 60, 70])), Playing(dynamics=1.0), 5) == [100, 60, 70, 100, 60]


def test_no_dynamics_is_the_call_s_mean() -> None:
    """At dynamics 0 every note has the call's mean velocity; halfway, half of the accents."""
    touch = Touch(line([100, 60, 80]))
    assert set(velocities(touch, Playing(dynamics=0.0), 6)) == {80}
    assert velocities(touch, Playing(dynamics=0.5), 3) == [90, 70, 80]


def test_a_fixed_velocity_overrules_the_call() -> None:
    """With a fixed velocity every note has it."""
    assert velocities(Touch(line([100, 60])), Playing(velocity=33), 2) == [33, 33]


def test_an_answer_to_a_softer_call_is_softer() -> None:
    """The level follows the call."""
    soft, loud = Touch(line([30, 34])), Touch(line([110, 114]))
    assert soft.stroke(0, Playing()).velocity < loud.stroke(0, Playing()).velocity


def test_articulation_follows_the_call_or_is_fixed() -> None:
    """Half-sounding notes are answered by such, unless the control says otherwise."""
    touch = Touch(line([80] * 5, sounding=0.5))
    assert abs(touch.stroke(0, Playing()).share - 0.5) < 1e-9
    assert touch.stroke(0, Playing(articulation=0.25)).share == 0.25


def test_a_breath_is_not_staccato() -> None:
    """A long silence within the call does not shorten the answer's notes."""
    call = [*line([80] * 3, sounding=0.9), PlayedNote(60, 9.0, 9.3, 80)]
    assert Touch(call).stroke(0, Playing()).share > 0.85


def test_legato_still_lets_a_pitch_be_struck_again() -> None:
    """A call that is tied throughout is answered with the smallest gap, not with none."""
    assert 0.9 < Touch(line([80] * 4, sounding=1.0)).stroke(0, Playing()).share < 1.0


def test_without_a_call_there_are_defaults() -> None:
    """An answer to nothing is played at a middle level."""
    stroke = Touch([]).stroke(0, Playing())
    assert (stroke.velocity, stroke.share) == (DEFAULT_VELOCITY, DEFAULT_SOUNDING)


def test_the_channel_is_the_player_s_or_the_one_set() -> None:
    """Channel 0 of the control is the call's; 1 to 16 are MIDI's 0 to 15."""
    assert Touch([], 9).stroke(0, Playing()).channel == 9
    assert Touch([], 9).stroke(0, Playing(channel=1)).channel == 0
    assert Touch([]).stroke(0, Playing(channel=16)).channel == 15

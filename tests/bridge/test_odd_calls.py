"""Calls that are no phrase of a song: each has a defined turn, and none makes the partner mute or hangs a note."""

from __future__ import annotations

import pytest

from bridge.events import ControlChange, Event, NoteOff, NoteOn
from tests.stage import Clocked, Stage

Score = list[tuple[float, float, int]]

ONE: Score = [(0.0, 0.3, 60)]
TWO: Score = [(0.0, 0.3, 60), (0.5, 0.8, 64)]
HELD: Score = [(0.0, 3.0, 60)]
TRILL: Score = [(0.07 * index, 0.07 * index + 0.06, 60 + 2 * (index % 2)) for index in range(40)]
TREMOLO: Score = [(0.05 * index, 0.05 * index + 0.02, 60) for index in range(60)]
CHORDS: Score = [(at_s, at_s + 0.4, pitch) for at_s in (0.0, 0.5, 1.0, 1.5) for pitch in (60, 64, 67)]
GLISSANDO: Score = [(0.03 * index, 0.03 * index + 0.1, 48 + index) for index in range(36)]
LEGATO: Score = [(0.4 * index, 0.4 * index + 0.9, 60 + index % 5) for index in range(8)]
SAME: Score = [(0.5 * index, 0.5 * index + 0.3, 60) for index in range(12)]
RUBATO: Score = [(at_s, at_s + 0.2, 62) for at_s in (0.0, 0.31, 1.17, 1.33, 2.4, 2.61, 3.9)]

CALLS = {
    "one note": ONE,
    "two notes": TWO,
    "a held note": HELD,
    "a trill": TRILL,
    "a tremolo": TREMOLO,
    "chords": CHORDS,
    "a glissando": GLISSANDO,
    "overlapping legato": LEGATO,
    "one pitch": SAME,
    "no bar at all": RUBATO,
}


def entries(stage: Stage) -> list[float]:
    """Return when answer notes began."""
    return [float(line.split()[0]) for line in stage.score if " on " in line]


@pytest.mark.parametrize("clocked", [False, True], ids=["no clock", "clock"])
@pytest.mark.parametrize("name", CALLS)
def test_every_call_is_answered_within_its_wait(name: str, clocked: bool) -> None:
    """The turn passes at most `wait_max` after the last key, and with a clock a beat later; nothing hangs."""
    stage = Clocked(turn="adaptive") if clocked else Stage(turn="adaptive", tempo_from="auto")
    stage.step_s = 0.01
    over_s = max(off_s for _, off_s, _ in CALLS[name])
    stage.play(CALLS[name])
    stage.run(over_s + 2.2)
    answered_s = [at_s for at_s in entries(stage) if at_s > over_s]
    assert answered_s != []
    assert over_s + 0.05 < answered_s[0] < over_s + 2.1
    stage.run(over_s + 6.0)
    assert stage.hanging == set()
    assert stage.session.state == "idle"


def test_a_pedal_held_for_a_minute_delays_each_answer_by_hold_max() -> None:
    """Whoever forgets the pedal is still answered, phrase by phrase."""
    stage = Stage(turn="adaptive", hold_max=2.0)
    stage.step_s = 0.02
    stage.controller(64, 127)
    for start_s in (0.0, 20.0, 40.0):
        score = [(start_s + on_s, start_s + off_s, pitch) for on_s, off_s, pitch in SAME[:4]]
        stage.play(score)
        before = len(entries(stage))
        stage.run(start_s + 12.0)
        first_s = entries(stage)[before]
        assert 1.5 + 2.0 < first_s - start_s < 1.5 + 2.0 + 1.6
    assert stage.hanging == set()


def test_a_pedal_pumped_through_a_phrase_ends_with_its_last_release() -> None:
    """Lifted and pressed at every note: the turn runs from the last time that nothing sounds."""
    stage = Stage(turn="fixed", wait=0.5)
    events: list[Event] = []
    for index in range(6):
        at_s = 0.5 * index
        events += [
            *(ControlChange(at_s, 64, 0), NoteOn(at_s, 60 + index, 80)),
            *(ControlChange(at_s + 0.1, 64, 127), NoteOff(at_s + 0.2, 60 + index)),
        ]
    for event in [*events, ControlChange(3.1, 64, 0)]:
        stage.run(event.time_s)
        stage.do(event)
    stage.run(4.0)
    assert entries(stage)[0] == pytest.approx(3.6, abs=0.01)


def test_a_glissando_into_an_answer_silences_it_and_is_a_call() -> None:
    """Thirty keys in a second: the first of them stops the answer, and the rest are answered."""
    stage = Stage(articulation=1.0)
    stage.play(TWO)
    stage.run(2.0)
    assert len(entries(stage)) == 2
    stage.play([(on_s + 2.0, off_s + 2.0, pitch) for on_s, off_s, pitch in GLISSANDO])
    assert len(entries(stage)) == 2
    stage.run(9.0)
    assert len(entries(stage)) > 2
    assert stage.hanging == set()

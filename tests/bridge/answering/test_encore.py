"""A take that sounds again: how long a round is, and that rounds neither drift nor grow."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bridge.answering.encore import Encore, Piece
from bridge.controls import Controls
from bridge.moment import Moment, read_settings
from bridge.take import InTime, Sounded
from bridge.time.tempo_choice import Tempo
from bridge.time.tempo_map import TempoMap
from engine.notes import Note

SETTINGS = read_settings(Controls())
SOUNDS = 0.8
"""A note of a piece sounds for this share of its length."""


def piece(*beats: float, bar_beats: float = 0.0, rest_beats: float = 0.0) -> Piece:
    """Return a piece of notes of these lengths."""
    notes = tuple(
        Sounded(Note(60 + index, each, rest_beats if index else 0.0), 70, 2, SOUNDS * each)
        for index, each in enumerate(beats)
    )
    return Piece(1, notes, InTime(90.0, 0.0, bar_beats=bar_beats))


def at(now_s: float, bpm: float = 120.0, *, running: bool = False) -> Moment:
    """Return a moment in a tempo whose beat 0 is at time 0."""
    return Moment(now_s, Tempo(TempoMap(bpm, 0.0, 0.0), "clock" if running else "fixed", 1.0, running), SETTINGS)


def test_a_round_is_the_fewest_whole_bars_that_hold_the_take() -> None:
    """Known bars count; unknown ones are four beats; what is longer by a rounding fills them."""
    assert piece(1.0, 1.0).round_beats(4.0) == 4.0
    assert piece(2.0, 2.0).round_beats(4.0) == 4.0
    assert piece(2.0, 2.01).round_beats(4.0) == 4.0
    assert piece(2.0, 2.1).round_beats(4.0) == 8.0
    assert piece(1.0, 1.0, 1.0, bar_beats=3.0).round_beats(4.0) == 3.0
    assert piece(1.0, 1.0, rest_beats=1.5, bar_beats=3.0).round_beats(4.0) == 6.0


@settings(max_examples=60, deadline=None)
@example([0.25], 0.0, 220.0, True, [0.0625, 0.07301947060351212, 0.03125, 0.046875, 0.015625])
@example(
    [1 / 3], 0.0, 239.0, True, [0.078125, 0.008471895729734974, 0.005, 0.078125, 0.03387129449764037, 0.078125]
)
@given(
    st.lists(st.sampled_from([0.25, 1 / 3, 0.5, 0.75, 1.0, 1.5]), min_size=1, max_size=7),
    st.sampled_from([0.0, 2.0, 3.0, 4.0]),
    st.floats(40.0, 240.0),
    st.booleans(),
    st.lists(st.floats(0.001, 0.09), min_size=5, max_size=60),
)
def test_rounds_begin_where_whole_bars_say_however_it_is_looked_at(
    beats: list[float], bar_beats: float, bpm: float, running: bool, steps_s: list[float]
) -> None:
    """At any tempo, in any bars, looked at as seldom as it likes: no gap, no drift, no memory that grows."""
    encore, loop = Encore(), piece(*beats, bar_beats=bar_beats)
    encore.begin(at(0.0, bpm, running=running), loop, looping=True)
    beat_s = 60.0 / (bpm if running else 90.0)
    round_s = loop.round_beats(4.0) * beat_s
    shortest_s = SOUNDS * min(beats) * beat_s  # a note that is over before anyone looks is dropped
    now_s, begins = 0.0, []
    while now_s < 12 * round_s:
        for step_s in steps_s:
            now_s += min(step_s, 0.95 * shortest_s)
            begins += [due.due_s for due in encore.due(now_s) if due.is_on and due.note.pitch == 60]
            encore.proceed(at(now_s, bpm, running=running))
    assert len(begins) >= 10
    assert max(abs(at_s / round_s - round(at_s / round_s)) for at_s in begins) * round_s < 1e-6
    assert encore._voice.answer is not None
    assert len(encore._voice.answer._placed) <= 2 * len(beats) + 0.5 / round_s * len(beats) + 2


def test_a_take_sounds_as_it_sounded_in_its_own_tempo_or_the_clocks() -> None:
    """Velocity, channel, sounding length in beats, and how far a note came behind its place."""
    notes = (Sounded(Note(60, 1.0), 33, 5, 0.5), Sounded(Note(62, 1.0), 99, 5, 1.2, 0.25))
    for running, beat_s in ((False, 1.0), (True, 0.5)):
        encore = Encore()
        encore.begin(at(0.0, running=running), Piece(7, notes, InTime(60.0, 0.0)))
        assert encore.piece is not None
        sounded = []
        for step in range(200):
            sounded += [due.note for due in encore.due(step * 0.01) if due.is_on]
            encore.proceed(at(step * 0.01, running=running))
        assert [(note.pitch, note.velocity, note.channel) for note in sounded] == [(60, 33, 5), (62, 99, 5)]
        spans = [(round(note.on_s / beat_s, 6), round((note.off_s - note.on_s) / beat_s, 6)) for note in sounded]
        assert spans == [(0.0, 0.5), (1.25, 1.2)]


def test_a_take_of_a_clock_begins_in_its_place_of_the_bar() -> None:
    """With grid off it begins at once."""
    upbeat = replace(piece(1.0, 1.0), time=InTime(90.0, 0.0, clocked=True, bar_beats=4.0, clock_place_beats=3.0))
    encore = Encore()
    encore.begin(at(2.1, running=True), upbeat)
    encore.proceed(at(3.2, running=True))
    assert encore.next_deadline_s() == 3.5
    off = Controls()
    off.set("grid", "off")
    encore.end(2.2)
    encore.begin(replace(at(2.2, running=True), settings=read_settings(off)), upbeat)
    assert encore.next_deadline_s() == 2.2


def test_of_a_loop_one_round_is_heard_at_most() -> None:
    """Ended in its first round it is what sounded of it."""
    encore = Encore()
    encore.begin(at(0.0), piece(1.0, 1.0, 1.0, 1.0), looping=True)
    for step in range(1, 150):
        encore.due(step * 0.01)
        encore.proceed(at(step * 0.01))
    assert len(encore.end(1.5)[1]) == 3
    encore.begin(at(10.0), piece(1.0, 1.0, 1.0, 1.0), looping=True)
    for step in range(1, 1000):
        encore.due(10 + step * 0.01)
        encore.proceed(at(10 + step * 0.01))
    assert [note.pitch for note in encore.end(20.0)[1]] == [60, 61, 62, 63]
    assert not encore.busy

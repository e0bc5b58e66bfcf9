"""The improviser on random weights: what it may draw, what it remembers, what a note may cost."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.checkpoint import load
from engine.context import CHUNK_NOTES
from engine.decoding.seam import Playable
from engine.drawing.call_memory import CallMemory, call_memory
from engine.drawing.continuation import MOST_CALL_NOTES
from engine.drawing.row import Row
from engine.drawing.sounding import Sounding
from engine.improviser import Improviser
from engine.messages import BarEvidence, Goal, Sampling
from engine.metre_by_model import against
from engine.notes import Metre, Note
from engine.planning.pace import MOST_DRAFTS
from engine.reading import ModelReading
from engine.styles import Style
from engine.tokenizer import Step
from tests.tiny import tiny_checkpoint

KINDS = ("note", "pitch", "plain")
C_MAJOR = (0, (0, 2, 4, 5, 7, 9, 11))
CALL = [Note(60, 0.5), Note(62, 0.5), Note(64, 1.0, 0.5), Note(67, 2.0)]
FREE = Sampling(temperature=1.0, top_k=0, loop_guard=0.0)


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the list to which every forward pass adds the number of its steps."""
    steps_read: list[int] = []
    read = ModelReading._read

    def counted(self: ModelReading, steps: Sequence[Step]) -> None:
        if steps:
            steps_read.append(len(steps))
        read(self, steps)

    monkeypatch.setattr(ModelReading, "_read", counted)
    return steps_read


def melody(count: int, seed: int = 0) -> list[Note]:
    """Return notes of many pitches and lengths, some after rests, in the duration table."""
    numbers = np.random.default_rng(seed).integers(0, 10_000, (count, 3)).tolist()
    return [Note(50 + a % 30, (0.5, 1.0, 0.25)[b % 3], (0.0, 0.0, 0.5)[c % 3]) for a, b, c in numbers]


def logits(improviser: Improviser) -> Row:
    reader = improviser.context.reading
    return reader.token_logits(reader.length)


def answer(improviser: Improviser, count: int, sampling: Sampling = FREE, seed: int | None = 1) -> list[Note]:
    improviser.begin(sampling, None, seed, endless=True)
    return [improviser.draw().note for _ in range(count)]


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_draws_the_same_notes(kind: str) -> None:
    """Context, parameters and seed decide the answer, whatever was drawn before; another seed another one."""
    improviser, other = Improviser(tiny_checkpoint(kind)), Improviser(tiny_checkpoint(kind))
    improviser.sync(0, CALL)
    first = answer(improviser, 12)
    improviser.sync(len(CALL))
    assert answer(improviser, 12) == first
    other.sync(0, melody(7))
    other.sync(0, CALL)
    assert answer(other, 12) == first
    other.sync(len(CALL))
    assert answer(other, 12, seed=2) != first


def test_a_seeded_answer_does_not_depend_on_how_it_was_asked_for() -> None:
    """Asked in one request or in three, with the answer so far named in the goal, the notes are the same."""
    improviser = Improviser(tiny_checkpoint())
    improviser.sync(0, CALL)
    goal = Goal(length_beats=9.0, call_notes=len(CALL))
    improviser.begin(FREE, goal, seed=5)
    whole = [improviser.draw().note for _ in range(9)]
    improviser.sync(len(CALL))
    pieces: list[Note] = []
    for _ in range(3):
        improviser.begin(FREE, replace(goal, drawn_notes=len(pieces)), seed=5)
        pieces += [improviser.draw().note for _ in range(3)]
    assert pieces == whole


def test_without_a_seed_of_its_own_the_improvisers_seed_decides() -> None:
    """Two improvisers with the same seed draw the same sequence of answers."""
    one, two = (Improviser(tiny_checkpoint(), seed=3) for _ in range(2))
    one.warm_up()
    for improviser in (one, two):
        improviser.sync(0, CALL)
    assert answer(one, 10, seed=None) == answer(two, 10, seed=None)


@pytest.mark.parametrize("kind", KINDS)
@settings(deadline=None, max_examples=15)
@given(data=st.data())
def test_any_history_of_syncs_equals_a_fresh_reading(kind: str, data: st.DataObject) -> None:
    """However notes came, were drawn and were cut off again, the logits are those of a fresh reading."""
    improviser, fresh = Improviser(tiny_checkpoint(kind), 0), Improviser(tiny_checkpoint(kind), 0)
    metre = data.draw(st.sampled_from([None, Metre(3.0, 1.0)]))
    heard: list[Note] = []
    for _ in range(data.draw(st.integers(1, 5))):
        keep = data.draw(st.integers(0, len(heard)))
        more = melody(data.draw(st.integers(0, 6)), data.draw(st.integers(0, 50)))
        heard = heard[:keep] + more
        improviser.sync(keep, more, metre)
        drawn = answer(improviser, data.draw(st.integers(0, 2)))
        heard += drawn
        if len(heard) > 20:
            break
    improviser.sync(len(heard), (), metre)
    fresh.sync(0, heard, metre)
    np.testing.assert_allclose(logits(improviser), logits(fresh), atol=1e-3, rtol=1e-4)
    assert improviser.phrase_end() == pytest.approx(fresh.phrase_end(), abs=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_drawing_again_with_other_parameters_costs_no_reading(kind: str, readings: list[int]) -> None:
    """An unchanged front, and a front that is cut back, are free: the hidden states are kept."""
    improviser = Improviser(tiny_checkpoint(kind))
    improviser.sync(0, CALL)
    answer(improviser, 3)
    readings.clear()
    improviser.sync(len(CALL))
    improviser.phrase_end()
    improviser.begin(replace(FREE, temperature=0.5), endless=True)
    assert readings == []
    improviser.draw()
    assert all(steps == 1 for steps in readings)


@pytest.mark.parametrize("kind", KINDS)
def test_a_session_longer_than_the_context_never_reads_more_than_a_chunk(kind: str, readings: list[int]) -> None:
    """Heard and drawn notes beyond the context cost one chunk each at most, and outputs stay finite."""
    improviser = Improviser(tiny_checkpoint(kind, context=64), 0)
    for turn in range(16):
        held = improviser.sync(len(improviser.context.notes), melody(1, turn))
        answer(improviser, 5, replace(FREE, loop_guard=1.0), seed=turn)
        assert np.isfinite(logits(improviser)).all()
        assert held == 6 * turn + 1
    assert improviser.context._base > 32
    assert max(readings) <= 2 * CHUNK_NOTES


def test_a_call_of_five_hundred_notes_is_read_from_its_end() -> None:
    """More than the context holds in one go is no error."""
    improviser = Improviser(tiny_checkpoint(context=64), 0)
    assert improviser.sync(0, melody(500)) == 500
    assert len(answer(improviser, 40)) == 40


@pytest.mark.parametrize("octave", [-3, -2, 0, 2, 3])
@pytest.mark.parametrize("kind", ["note", "pitch"])
def test_calls_outside_the_vocabulary_are_answered_in_their_own_octave(kind: str, octave: int) -> None:
    """A call octaves away is read inside the vocabulary, and its answer is moved back by as much."""
    improviser = Improviser(tiny_checkpoint(kind))
    tokenizer = improviser.tokenizer
    call = [replace(note, pitch=note.pitch + 12 * octave) for note in CALL]
    improviser.sync(0, call)
    moved = improviser.context.octaves
    assert all(tokenizer.low <= note.pitch + 12 * moved <= tokenizer.high for note in call)
    first_pitch_token = improviser.context.reading._tracker.steps[1].token
    assert Sounding(tokenizer, moved).pitches[first_pitch_token] == call[0].pitch
    improviser.begin(replace(FREE, range_low=call[0].pitch, range_high=call[0].pitch + 12), endless=True)
    for _ in range(10):
        assert call[0].pitch <= improviser.draw().note.pitch <= call[0].pitch + 12


@pytest.mark.parametrize("kind", KINDS)
@settings(deadline=None, max_examples=25)
@given(
    tonic=st.integers(0, 11),
    low=st.integers(0, 127),
    span=st.integers(0, 40),
    temperature=st.sampled_from([0.0, 0.7, 2.0]),
    top_k=st.sampled_from([0, 1, 7]),
    seed=st.integers(0, 1000),
)
def test_at_full_lock_nothing_outside_the_key_is_drawn(
    kind: str, tonic: int, low: int, span: int, temperature: float, top_k: int, seed: int
) -> None:
    """Whatever the range and the sampling, a lock of 1 holds and the support is never empty."""
    improviser = Improviser(tiny_checkpoint(kind), seed)
    improviser.sync(0, CALL)
    scale = tuple((tonic + step) % 12 for step in C_MAJOR[1])
    sampling = Sampling(
        temperature=temperature,
        top_k=top_k,
        key=(tonic, scale),
        key_lock=1.0,
        range_low=low,
        range_high=min(low + span, 127),
    )
    improviser.begin(sampling, Goal(length_beats=4.0, call_notes=4))
    for _ in range(6):
        drawn = improviser.draw().note
        assert drawn.pitch % 12 in scale
        assert 0 <= drawn.pitch <= 127


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10_000), closeness=st.sampled_from([0.0, 0.5, 1.0]))
def test_rests_stand_only_between_notes_of_an_answer(seed: int, closeness: float) -> None:
    """No answer begins with a rest; every rest is one step, so its length is one of the table's."""
    improviser = Improviser(tiny_checkpoint(seed=seed % 5), seed)
    improviser.sync(0, CALL)
    notes = answer(improviser, 12, replace(FREE, temperature=2.0, closeness=closeness), seed)
    assert notes[0].rest_beats == 0.0
    table = improviser.tokenizer.durations
    assert all(note.rest_beats in (0.0, *table) and note.duration_beats in table for note in notes)


@pytest.mark.parametrize("kind", KINDS)
def test_the_silence_before_an_answer_is_read_and_told(kind: str) -> None:
    """The goal's rest stands before the first note, in the context too, and does not count as answer."""
    improviser, fresh = (Improviser(tiny_checkpoint(kind), 0) for _ in range(2))
    improviser.sync(0, CALL)
    goal = Goal(length_beats=2.0, lead_rest_beats=1.5, call_notes=4, rhythm=((1.0, 0.5),))
    improviser.begin(FREE, goal, seed=2)
    first = improviser.draw().note
    assert first.rest_beats == 1.5
    fresh.sync(0, [*CALL, first])
    np.testing.assert_allclose(logits(improviser), logits(fresh), atol=1e-3, rtol=1e-4)
    second = improviser.draw().note
    assert second.rest_beats < 1.5


def test_rests_are_drawn_and_read_as_steps_of_their_own() -> None:
    """Hot sampling draws some rests, and the context counts a step for each."""
    improviser = Improviser(tiny_checkpoint(), 0)
    improviser.sync(0, CALL[:2])
    begin = improviser.context.reading.length
    notes = answer(improviser, 15, replace(FREE, temperature=2.0))
    rests = sum(1 for note in notes if note.rest_beats)
    assert rests
    assert improviser.context.reading.length == begin + len(notes) + rests


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("length_beats", [1.0, 4.0, 9.0, None])
def test_an_answer_with_a_goal_ends(kind: str, length_beats: float | None) -> None:
    """An answer ends by itself, near its goal when it has one."""
    improviser = Improviser(tiny_checkpoint(kind), 0)
    improviser.sync(0, CALL)
    rhythm = tuple((note.duration_beats, note.rest_beats) for note in CALL)
    goal = Goal(length_beats=length_beats, call_notes=4, rhythm=rhythm)
    improviser.begin(Sampling(key=C_MAJOR, key_lock=0.3), goal, seed=1)
    notes = []
    for _ in range(200):
        drawn = improviser.draw()
        notes.append(drawn.note)
        if drawn.last:
            break
    assert drawn.last
    beats = sum(note.duration_beats + note.rest_beats for note in notes)
    if length_beats:
        assert beats <= length_beats * 1.25 + 0.125 + 1e-6
    assert len(improviser.context.notes) == 4 + len(notes)


RHYTHM = tuple((note.duration_beats, note.rest_beats) for note in CALL)


def until_last(improviser: Improviser, goal: Goal, seed: int, sampling: Sampling = FREE) -> list[Note]:
    """Return the answer to the call with this goal."""
    improviser.sync(0, CALL)
    improviser.begin(sampling, replace(goal, call_notes=len(CALL), rhythm=RHYTHM), seed=seed)
    notes = []
    for _ in range(200):
        drawn = improviser.draw()
        notes.append(drawn.note)
        if drawn.last:
            return notes
    pytest.fail("the answer never ended")


@pytest.mark.parametrize("name", ["essen", "essen-pitch"])
@pytest.mark.parametrize("goal_beats", [3.0, 8.0])
def test_bars_that_were_asked_for_are_filled_to_the_beat(name: str, goal_beats: float) -> None:
    """Over many seeds the answer to "two bars" lasts two bars, and its last note ends on the bar line."""
    improviser = Improviser(load(name, "cpu"), 0)
    for seed in range(25):
        notes = until_last(improviser, Goal(length_beats=goal_beats, exact=True), seed, Sampling())
        assert sum(note.duration_beats + note.rest_beats for note in notes) == pytest.approx(goal_beats)


@pytest.mark.parametrize("name", ["essen", "essen-pitch"])
def test_a_held_note_gets_an_answer_of_two_notes_or_more(name: str) -> None:
    """A call of one note of six beats, three seconds long, is not answered by one."""
    improviser = Improviser(load(name, "cpu"), 0)
    for seed in range(12):
        improviser.sync(0, [Note(69, 6.0)])
        improviser.begin(Sampling(), Goal(length_beats=6.0, call_notes=1, rhythm=((6.0, 0.0),)), seed=seed)
        drawn = [improviser.draw()]
        while not drawn[-1].last:
            drawn.append(improviser.draw())
        assert len(drawn) >= 2


def test_the_call_that_is_remembered_is_bounded() -> None:
    """However long the player went on, the memory is one of the latest notes."""
    improviser = Improviser(tiny_checkpoint(), 0)
    improviser.sync(0, melody(600))
    improviser.begin(replace(FREE, closeness=0.5), Goal(length_beats=8.0, call_notes=600))
    memory = improviser._continuation._memory
    assert memory is not None
    assert memory.notes == MOST_CALL_NOTES


def test_without_durations_the_rhythm_is_the_calls() -> None:
    """Pitch-only checkpoints play the call's durations and rests, in a cycle; one beat when there are none."""
    improviser = Improviser(tiny_checkpoint("pitch"), 0)
    improviser.sync(0, CALL)
    improviser.begin(FREE, Goal(length_beats=100.0, call_notes=3, rhythm=((0.5, 0.25), (1.0, 0.0))))
    notes = [improviser.draw().note for _ in range(4)]
    assert [(note.duration_beats, note.rest_beats) for note in notes] == [
        (0.5, 0.0), (1.0, 0.0), (0.5, 0.25), (1.0, 0.0),
    ]  # fmt: skip
    assert [note.duration_beats for note in answer(improviser, 2)] == [1.0, 1.0]


def closely(improviser: Improviser, closeness: float) -> list[Note]:
    improviser.sync(0, CALL)
    goal = Goal(length_beats=100.0, call_notes=len(CALL))
    improviser.begin(replace(FREE, closeness=closeness), goal, seed=3)
    return [improviser.draw().note for _ in range(30)]


def test_closeness_brings_the_call_back() -> None:
    """At the fader's upper end the call's intervals come back."""
    improviser = Improviser(tiny_checkpoint(), 0)

    def in_call(notes: list[Note]) -> int:
        return sum(after.pitch - before.pitch in {2, 3, -7} for before, after in itertools.pairwise(notes))

    assert in_call(closely(improviser, 1.0)) > in_call(closely(improviser, 0.0)) + 5


def test_at_closeness_zero_no_memory_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fader's lower end is exactly the model, and costs nothing however long the call was."""
    improviser = Improviser(tiny_checkpoint(), 0)
    call_memory.cache_clear()  # one that is kept from another test need not be built
    monkeypatch.setattr(CallMemory, "__init__", lambda *_: pytest.fail("built"))
    closely(improviser, 0.0)


def test_the_loop_guard_leads_out_of_a_loop() -> None:
    """Behind a note that was repeated twelve times, the guard draws it hardly ever."""
    improviser = Improviser(tiny_checkpoint(), 0)
    stuck = [Note(60, 1.0)] * 12

    def stays(guard: float) -> int:
        count = 0
        for seed in range(60):
            improviser.sync(0, stuck)
            only_a_tone = replace(FREE, temperature=2.0, loop_guard=guard, range_low=60, range_high=61)
            count += answer(improviser, 1, only_a_tone, seed)[0].pitch == 60
        return count

    assert stays(0.0) > stays(1.0) + 10


@pytest.mark.parametrize("kind", KINDS)
def test_phrase_end_is_a_probability_where_the_model_has_it(kind: str) -> None:
    """None without notes or without the head, else 0..1, and the drawn note brings its own."""
    improviser = Improviser(tiny_checkpoint(kind), 0)
    assert improviser.phrase_end() is None
    improviser.sync(0, CALL)
    improviser.begin(FREE, endless=True)
    drawn = improviser.draw()
    if improviser.checkpoint.config.phrase_end:
        assert drawn.phrase_end is not None
        assert 0.0 < drawn.phrase_end < 1.0
        assert drawn.phrase_end == improviser.phrase_end()
    else:
        assert drawn.phrase_end is None
        assert improviser.phrase_end() is None


def test_warming_up_leaves_nothing_behind() -> None:
    """After warm-up the context is empty and the step time is known."""
    improviser = Improviser(tiny_checkpoint(), 0)
    assert improviser.warm_up() > 0.0
    assert improviser.context.notes == []
    assert improviser.sync(0, CALL) == 4


def test_the_rest_before_an_answer_is_given_not_drawn() -> None:
    """With a lead rest the first note stands behind it in the context; the rest is no part of the length."""
    improviser = Improviser(tiny_checkpoint())
    improviser.sync(0, CALL)
    improviser.begin(FREE, Goal(length_beats=4.0, call_notes=len(CALL), lead_rest_beats=1.5), seed=5)
    drawn = [improviser.draw()]
    while not drawn[-1].last:
        drawn.append(improviser.draw())
    assert drawn[0].note.rest_beats == 1.5
    notes = [each.note for each in drawn]
    assert 3.0 <= sum(note.duration_beats + note.rest_beats for note in notes) - 1.5 <= 5.0
    after = logits(improviser)
    fresh = Improviser(tiny_checkpoint())
    fresh.sync(0, [*CALL, *notes])
    assert np.allclose(after, logits(fresh), atol=1e-4)


OPEN = [Note(pitch, 1.0) for pitch in (60, 62, 64, 62, 60, 62)]
"""A call under which several bars are as likely."""


def weighings(improviser: Improviser, notes: Sequence[Note], monkeypatch: pytest.MonkeyPatch) -> int:
    """Return how often the model weighs the bars of a call."""
    asked: list[int] = []

    def counted(checkpoint: Playable, call: Sequence[Note], metres: Sequence[Metre], style: Style) -> list[float]:
        asked.append(len(metres))
        return against(checkpoint, call, metres, style)

    monkeypatch.setattr("engine.improviser.against", counted)
    improviser.sync(0, notes)
    goal = Goal(call_notes=len(notes))
    found = improviser.bars(goal, BarEvidence(), over=True, weighed=True)
    assert found is not None
    assert improviser.bars(goal, BarEvidence(), over=True) == found
    return len(asked)


@pytest.mark.parametrize("octave", [-4, 0, 4])
def test_bars_in_doubt_are_weighed_by_a_model_that_reads_them(
    octave: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once, in whatever octave; by a model of pitches alone never."""
    moved = [replace(note, pitch=note.pitch + 12 * octave) for note in OPEN]
    assert weighings(Improviser(tiny_checkpoint()), moved, monkeypatch) == 1
    assert weighings(Improviser(tiny_checkpoint("pitch")), moved, monkeypatch) == 0


def test_a_slow_model_does_not_weigh_bars(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a plan would wait for it too long, the bars are the net's alone, and drafts are not fewer for it."""
    quick, slow = Improviser(tiny_checkpoint()), Improviser(tiny_checkpoint())
    monkeypatch.setattr("engine.improviser._took_ms", lambda act, clock: 5.0)
    assert quick.affordable_drafts() == MOST_DRAFTS
    monkeypatch.setattr("engine.improviser._took_ms", lambda act, clock: 35.0)
    assert slow.affordable_drafts() == MOST_DRAFTS
    monkeypatch.undo()
    assert weighings(quick, OPEN, monkeypatch) == 1
    assert weighings(slow, OPEN, monkeypatch) == 0


def test_a_plan_has_the_time_that_weighing_leaves_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """What weighing takes and what a plan takes fit into the time of a plan together."""
    improviser = Improviser(tiny_checkpoint())
    monkeypatch.setattr("engine.improviser._took_ms", lambda act, clock: 25.0)
    assert improviser.affordable_drafts() == MOST_DRAFTS
    monkeypatch.setattr("engine.planning.pace.PLAN_MS", 45.0)
    assert improviser.affordable_drafts() == 1

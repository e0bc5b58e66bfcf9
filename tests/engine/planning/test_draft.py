"""One draft among others: engine/planning/draft.py, asked of a model that finds all things alike."""

from __future__ import annotations

import math

import numpy as np
import pytest

from engine.context import NOTE_STEPS
from engine.drawing.continuation import Continuation
from engine.drawing.sampler import distributions
from engine.drawing.sounding import Sounding
from engine.messages import Goal, Sampling
from engine.notes import Note
from engine.planning.draft import Draft, Place
from engine.tokenizer import NoteTokenizer
from engine.tracker import Tracker

NOTES = NoteTokenizer()
TOKENS = np.full(NOTES.vocab_size, -math.log(NOTES.vocab_size))
LENGTHS = np.full(NOTES.n_durations, -math.log(NOTES.n_durations))
CALL = [Note(60, 1.0), Note(62, 1.0), Note(64, 2.0)]
HOT = Sampling(temperature=1.0, top_k=0)


def begun(
    seed: int = 1,
    notes: int = 40,
    steps: int = 200,
    ends_told: bool = True,
    sampling: Sampling = HOT,
    beats: float = 6.0,
) -> Draft:
    """Return a draft of an answer to the call, behind half a beat of silence."""
    goal = Goal(length_beats=beats, lead_rest_beats=0.5, call_notes=len(CALL))
    answer = Continuation(sampling, goal, CALL, [], Sounding(NOTES, 0), seed=seed)
    tracker = Tracker(NOTES)
    for step in (*NOTES.start_steps(), *NOTES.encode(CALL)):
        tracker.enter(step)
    pitches = [note.pitch for note in CALL]
    return Draft(answer, tracker, pitches, Place((), TOKENS, None), notes=notes, steps=steps, ends_told=ends_told)


def drawn(draft: Draft) -> Draft:
    """Reply to the draft until it is over, each branch being as many numbers as it has steps."""
    while draft.wants:
        if draft.weigh is not None:
            draft.reply(distributions(draft.weigh.logits, draft.answer.sampling, draft.weigh.pulls))
            continue
        if draft.asks[0].token is not None:
            draft.reply([LENGTHS] * len(draft.asks))
            continue
        for ask in draft.asks:
            behind = draft.branch(ask.steps[:-1])
            draft.row(ask.steps)
            draft.read(ask.steps, Place((*behind, len(behind)), TOKENS, 0.25))
        draft.reply([TOKENS] * len(draft.asks))
    return draft


@pytest.mark.parametrize("ends_told", [True, False])
def test_a_draft_is_drawn_to_its_end(ends_told: bool) -> None:
    """It ends near its goal, complete; what was drawn is the whole answer, with a phrase end for each note."""
    draft = drawn(begun(ends_told=ends_told))
    assert draft.complete
    assert draft.notes == tuple(draft.drawn)
    beats = sum(note.duration_beats + note.rest_beats for note in draft.drawn) - draft.drawn[0].rest_beats
    assert beats == pytest.approx(6.0, rel=0.25)
    ends = [0.25] * len(draft.drawn)
    assert draft.phrase_ends == (ends if ends_told else [*ends[:-1], None])


def test_the_seed_decides_the_draft() -> None:
    """The same seed draws the same notes, another one others."""
    assert drawn(begun(3)).notes == drawn(begun(3)).notes
    assert drawn(begun(3)).notes != drawn(begun(4)).notes


def test_a_draft_ends_after_the_most_notes_that_it_may_grow_by() -> None:
    """It is not complete then."""
    draft = drawn(begun(notes=2, beats=40.0))
    assert len(draft.drawn) == 2
    assert not draft.complete


@pytest.mark.parametrize("room", [1, 2, 5, 12])
def test_a_draft_never_has_more_steps_than_room(room: int) -> None:
    """It ends where another note with its rest might not fit."""
    draft = drawn(begun(steps=room, beats=40.0))
    taken = len(draft.branch(()))
    assert room - NOTE_STEPS < taken <= room
    assert not draft.complete


@pytest.mark.parametrize("ends_told", [True, False])
def test_the_log_probability_is_that_of_the_replies(ends_told: bool) -> None:
    """Every step drawn costs its token and its length as the model had them, but for the silence that was given.

    What key, range and temperature did to the drawing is no part of it.
    """
    sampling = Sampling(temperature=0.3, key=(0, (0, 2, 4, 5, 7, 9, 11)), key_lock=1.0)
    draft = drawn(begun(ends_told=ends_told, sampling=sampling))
    steps = len(NOTES.encode(draft.drawn)) - 1
    each = math.log(NOTES.vocab_size) + math.log(NOTES.n_durations)
    assert draft.log_probability == pytest.approx(-steps * each)


def test_a_row_depends_on_its_own_steps_alone() -> None:
    """The columns of a candidate's steps are the same, whatever other candidate was looked at before."""
    draft = begun()
    while draft.weigh is not None or draft.asks[0].token is not None:
        weigh = draft.weigh
        draft.reply(distributions(weigh.logits, HOT, weigh.pulls) if weigh else [LENGTHS] * len(draft.asks))
    one, other = NOTES.encode([Note(60, 1.0, 0.5)]), NOTES.encode([Note(67, 0.5, 0.25)])
    first = draft.row(tuple(one))
    draft.row(tuple(other[:1]))
    draft.row(tuple(other))
    assert draft.row(tuple(one)) == first

"""Candidates for the next note: engine/drawing/next_note.py."""

from __future__ import annotations

import pytest
import torch

from engine.drawing.continuation import ANYTHING, Continuation
from engine.drawing.next_note import NextNote
from engine.drawing.sounding import Sounding
from engine.messages import Goal, Sampling
from engine.notes import Note
from engine.reading import ModelReading
from engine.tracker import Conditions
from tests.tiny import tiny_checkpoint

HOT = Sampling(temperature=2.0, top_k=0)


def next_note(kind: str, drawn: list[Note], generator: torch.Generator) -> NextNote:
    """Return the draw of a note behind these, of an answer that begins behind a rest of a beat and a half."""
    checkpoint = tiny_checkpoint(kind)
    reading = ModelReading(checkpoint)
    with torch.inference_mode():
        reading.start(Conditions())
        reading.read_notes([checkpoint.tokenizer.encode([note]) for note in drawn])
        goal = Goal(lead_rest_beats=1.5, rhythm=((0.5, 0.0),))
        answer = Continuation(HOT, goal, [], drawn, Sounding(checkpoint.tokenizer, 0), endless=True)
        return NextNote(reading, answer, ANYTHING, [], generator)


@pytest.mark.parametrize("kind", ["note", "pitch"])
@torch.inference_mode()
def test_all_candidates_stand_behind_the_same_place(kind: str) -> None:
    """A candidate is a function of the random numbers alone: those drawn before have left no step behind."""
    generator = torch.Generator()
    draws = next_note(kind, [Note(60, 1.0)], generator)
    alone = {}
    for seed in range(6):
        generator.manual_seed(seed)
        alone[seed] = next_note(kind, [Note(60, 1.0)], generator).candidate()
    for seed in (5, 3, 4, 0, 2, 1):
        generator.manual_seed(seed)
        assert draws.candidate() == alone[seed]
    assert len({note for _, note in alone.values()}) > 1


@torch.inference_mode()
def test_the_steps_of_a_candidate_are_its_note() -> None:
    """Rest and note decode to what is told; some have a rest, the very first note only the given one."""
    checkpoint = tiny_checkpoint()
    draws = next_note("note", [Note(60, 1.0)], torch.Generator())
    candidates = [draws.candidate() for _ in range(60)]
    assert all(checkpoint.tokenizer.decode(steps) == [note] for steps, note in candidates)
    assert any(note.rest_beats for _, note in candidates)
    opening = next_note("note", [], torch.Generator())
    assert all(opening.candidate()[1].rest_beats == 1.5 for _ in range(10))

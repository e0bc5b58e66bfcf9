"""Candidates for the next note: engine/drawing/next_note.py."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.drawing.continuation import ANYTHING, Continuation
from engine.drawing.next_note import Ask, Found, candidates, settled
from engine.drawing.row import Row
from engine.drawing.seeds import Points
from engine.drawing.sounding import Sounding
from engine.messages import Goal, Sampling
from engine.notes import Note
from engine.reading import ModelReading
from engine.tracker import Conditions
from tests.tiny import tiny_checkpoint

HOT = Sampling(temperature=2.0, top_k=0)


def next_notes(kind: str, drawn: list[Note], points: Points, count: int) -> list[Found]:
    """Return candidates behind these notes, of an answer that begins behind a rest of a beat and a half."""
    checkpoint = tiny_checkpoint(kind)
    reading = ModelReading(checkpoint)
    reading.start(Conditions())
    reading.read_notes([checkpoint.tokenizer.encode([note]) for note in drawn])
    goal = Goal(lead_rest_beats=1.5, rhythm=((0.5, 0.0),))
    answer = Continuation(HOT, goal, [], drawn, Sounding(checkpoint.tokenizer, 0), endless=True)
    base = reading.length

    def reply(ask: Ask) -> Row:
        place = base + len(ask.steps)
        if ask.steps:
            reading.put(base, ask.steps)
        return reading.token_logits(place) if ask.token is None else reading.duration_logits(place, ask.token)

    wish = replace(ANYTHING, candidates=count)
    asking = candidates(answer, wish, [], reading.token_logits(base), points.next)
    return settled(asking, HOT, lambda asks: [reply(ask) for ask in asks])


@pytest.mark.parametrize("kind", ["note", "pitch"])
def test_candidates_drawn_at_once_are_those_drawn_one_after_the_other(kind: str) -> None:
    """A candidate is a function of the random numbers alone: the others have left nothing behind."""
    for seed in range(6):
        together = next_notes(kind, [Note(60, 1.0)], Points(seed), 6)
        points = Points(seed)
        alone = [next_notes(kind, [Note(60, 1.0)], points, 1)[0] for _ in range(6)]
        assert together == alone
        assert len(set(together)) > 1


def test_the_steps_of_a_candidate_are_its_note() -> None:
    """Rest and note decode to what is told; some have a rest, the very first note only the given one."""
    checkpoint = tiny_checkpoint()
    found = next_notes("note", [Note(60, 1.0)], Points(0), 200)
    assert all(checkpoint.tokenizer.decode(steps) == [note] for steps, note in found)
    assert any(note.rest_beats for _, note in found)
    opening = next_notes("note", [], Points(0), 10)
    assert all(note.rest_beats == 1.5 for _, note in opening)

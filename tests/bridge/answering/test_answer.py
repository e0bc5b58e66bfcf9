"""One answer on its way out: beats become times, what is heard is told from what is drawn."""

from __future__ import annotations

import math

import pytest

from bridge.answering.answer import Answer, Timing
from bridge.answering.touch import Touch
from bridge.time.scheduler import Scheduler
from bridge.time.tempo_map import TempoMap
from engine.messages import Drawn
from engine.notes import Note


def answer_at(start_s: float, bpm: float = 60.0) -> tuple[Answer, Scheduler]:
    """Return an answer that begins at start_s, and its scheduler."""
    scheduler = Scheduler()
    return Answer(scheduler=scheduler, touch=Touch([])), scheduler


def timing(start_s: float = 10.0, bpm: float = 60.0, *, on_grid: bool = False) -> Timing:
    """Return a tempo whose beat 0 is at start_s."""
    return Timing(TempoMap(bpm, 0.0, start_s), on_grid)


def drawn(note: Note, last: bool = False, phrase_end: float | None = None) -> Drawn:
    """Return a note as the engine brings it."""
    return Drawn(1, 0, note, phrase_end, last, 1.0)


def play(answer: Answer, scheduler: Scheduler, until_s: float) -> list[tuple[float, int]]:
    """Let what is due sound; return (due time, pitch) of each note-on."""
    out = []
    while (deadline_s := scheduler.next_deadline_s()) is not None and deadline_s <= until_s:
        for due in scheduler.due(deadline_s):
            if due.is_on:
                answer.sent(due.note)
                out.append((due.due_s, due.note.pitch))
    return out


def test_rests_lie_between_notes_but_not_before_the_first() -> None:
    """The first note starts the answer whatever rest leads to it; later rests are waited out."""
    answer, scheduler = answer_at(10.0)
    answer.add(drawn(Note(60, 1.0, 2.0)), 10.0, timing())
    answer.add(drawn(Note(62, 1.0, 0.5), last=True), 10.0, timing())
    assert play(answer, scheduler, 11.4) == [(10.0, 60)]
    assert play(answer, scheduler, 11.5) == [(11.5, 62)]
    assert answer.end_s(timing()) == 12.5


def test_a_note_drawn_too_late_moves_the_rest_with_it() -> None:
    """After an engine's stall the answer goes on from now, with the written durations."""
    answer, scheduler = answer_at(10.0)
    answer.add(drawn(Note(60, 1.0)), 10.0, timing())
    play(answer, scheduler, 10.0)
    answer.add(drawn(Note(62, 1.0)), 11.7, timing())
    answer.add(drawn(Note(64, 1.0)), 11.7, timing())
    begun = play(answer, scheduler, 12.8)
    assert [pitch for _, pitch in begun] == [62, 64]
    assert [time_s for time_s, _ in begun] == pytest.approx([11.7, 12.7])


@pytest.mark.parametrize(("placed_s", "begins_s"), [(11.1, 11.1), (11.3, 12.0), (12.1, 13.0)])
def test_with_a_clock_a_late_note_keeps_the_beat(placed_s: float, begins_s: float) -> None:
    """A little late it sounds at once and what follows stays in its place; later, all moves on by whole beats."""
    answer, scheduler = answer_at(10.0)
    answer.add(drawn(Note(60, 1.0)), 10.0, timing(on_grid=True))
    play(answer, scheduler, 10.0)
    answer.add(drawn(Note(62, 1.0)), placed_s, timing(on_grid=True))
    answer.add(drawn(Note(64, 1.0)), placed_s, timing(on_grid=True))
    assert play(answer, scheduler, 15.0) == [(begins_s, 62), (math.floor(begins_s) + 1.0, 64)]


def test_taking_back_what_has_not_begun_leaves_what_was_heard() -> None:
    """After `forget_unsent` the next note follows the last heard one."""
    answer, scheduler = answer_at(10.0)
    for pitch in (60, 62, 64):
        answer.add(drawn(Note(pitch, 1.0)), 10.0, timing())
    play(answer, scheduler, 10.5)
    answer.forget_unsent()
    assert [note.pitch for note in answer.notes] == [60]
    answer.add(drawn(Note(72, 1.0), last=True), 10.5, timing())
    assert play(answer, scheduler, 13.0) == [(11.0, 72)]
    assert [note.pitch for note in answer.heard] == [60, 72]


def test_finishing_ends_at_the_first_phrase_end_to_come() -> None:
    """Of the notes to come those up to the next phrase end still sound, the others never do."""
    answer, scheduler = answer_at(10.0)
    for pitch, phrase_end in ((60, 0.1), (62, 0.1), (64, 0.8), (65, 0.9)):
        answer.add(drawn(Note(pitch, 1.0), phrase_end=phrase_end), 10.0, timing())
    play(answer, scheduler, 10.5)
    answer.finish_phrase(4.0)
    assert answer.complete
    assert [pitch for _, pitch in play(answer, scheduler, 11.0) + play(answer, scheduler, 12.0)] == [62, 64]
    assert play(answer, scheduler, 14.0) == []


def test_no_note_is_shorter_than_a_synthesiser_can_hear() -> None:
    """A staccato share of a short note still sounds for twenty milliseconds."""
    answer, scheduler = answer_at(10.0, bpm=400.0)
    answer.add(drawn(Note(60, 0.01), last=True), 10.0, timing())
    (note_on,) = scheduler.due(10.0)
    assert note_on.note.off_s - note_on.note.on_s >= 0.02 - 1e-9

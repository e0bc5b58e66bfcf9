"""Takes and journals for tests of what is recorded."""

from __future__ import annotations

from bridge.recording.recorder import InMemory
from bridge.take import Drawing, InTime, Model, Sounded, Take
from engine.messages import Goal, Sampling
from engine.notes import Metre, Note

CALL = (Note(60, 1.0, 0.5), Note(62, 1 / 3), Note(64, 2.0))


def a_take(number: int = 1, *, begun_s: float = 103.0, kept: bool = False, bar_beats: float = 4.0) -> Take:
    """Return a take of two notes at 120 bpm, begun three seconds after a journal that begins at 100 s."""
    notes = (Sounded(Note(67, 1.0, 0.25), 80, 3, 0.9), Sounded(Note(69, 2.0), 70, 3, 1.5, 0.125))
    melody = tuple(each.note for each in notes)
    sampling = Sampling(temperature=0.7, key=(7, (7, 9, 11)))
    goal = Goal(0, 0.25, 4.0, True, 3, ((1.0, 0.5), (1 / 3, 0.0)))
    drawing = Drawing(sampling, goal, Metre(4.0, 3.5), 16, 32, (), 0, melody, 2)
    time = InTime(120.0, begun_s, begun_s - 2.0, begun_s - 1.0, False, bar_beats, 1.0, 0.0, 3.0)
    model = Model("essen", "essen", "0123456789abcdef", "cpu")
    return Take(
        number, 2**31 - 1, model, (Note(50, 1.0), *CALL), 3, (), (drawing,), notes, time, {"top_k": 20}, kept
    )


def an_evening() -> InMemory:
    """Return what was recorded of a call, its answer, and that once more, kept."""
    recorder = InMemory(lambda: 100.0)
    recorder.on_tempo(120.0, "player", 0.8)
    recorder.on_control("temperature", 0.7, "start")
    for at_s, pitch in ((101.0, 60), (101.5, 62), (102.0, 64)):
        recorder.on_player_note(at_s, pitch, 90)
        recorder.on_player_note(at_s + 0.4, pitch, 0)
    recorder.on_player_pedal(101.2, 127)
    recorder.on_player_pedal(102.4, 0)
    for at_s, pitch in ((103.0, 67), (103.5, 69)):
        recorder.on_answer_note(at_s, pitch, 80, 3)
        recorder.on_answer_note(at_s + 0.45, pitch, 0, 3)
    take = a_take()
    recorder.on_take(take)
    recorder.on_take(a_take(kept=True))
    return recorder

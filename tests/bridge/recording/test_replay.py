"""What is asked of the engine to draw a take again, and what is made of its answers."""

from __future__ import annotations

from dataclasses import replace

from bridge.recording.replay import Replay, as_played, changes, compared, heard_figures
from bridge.take import Drawing
from engine.messages import Continue, Drawn, Goal, Ready, Sampling
from engine.notes import Metre, Note, figure
from tests.bridge.recording.takes import a_take

READY = Ready("essen", "cpu", 1, 512, True, True, (), 0.0, 1.0, 32, "0123456789abcdef", "essen")
MORE = (Note(71, 0.5), Note(72, 0.5))


def two_parts() -> Drawing:
    """Return a drawing behind the take's own two notes: the rest of a plan made at the first of them."""
    before = a_take().melody[:1]
    return Drawing(Sampling(), Goal(1, 0.0, 4.0), Metre(4.0), 8, 32, before, 1, MORE, 0)


def test_each_drawing_is_asked_for_as_it_was() -> None:
    """Context, goal, seed, what was heard before; a plan in full, single notes by their number."""
    take = a_take()
    singly = replace(take.drawings[0], drafts=1, draft=5)
    replay = Replay(replace(take, drawings=(take.drawings[0], singly)), ((60, 48),))
    first = replay.ask()
    drawing = take.drawings[0]
    assert first == Continue(
        1, 0, take.context, drawing.metre, 32, drawing.sampling, drawing.goal, take.seed, None, 16, ((60, 48),), 2
    )
    for index in range(2):
        replay.received(Drawn(1, index, take.melody[index], None, False, 1.0))
    second = replay.ask()
    assert second is not None
    assert (second.request, second.count, second.drafts, second.heard, second.draft) == (2, 2, 1, (), 5)


def test_of_a_plan_the_notes_are_taken_that_were_taken_then() -> None:
    """The first of this one stood already; what belongs to another request is not listened to."""
    replay = Replay(replace(a_take(), drawings=(two_parts(),)), ())
    asked = replay.ask()
    assert asked is not None
    assert asked.append == (*a_take().context, a_take().melody[0])
    came = [(9, Note(1, 1.0)), (1, Note(69, 1.0)), (1, MORE[0]), (1, MORE[1])]
    done = [replay.received(Drawn(request, 0, note, None, False, 1.0)) for request, note in came]
    assert done == [False, False, False, True]
    assert replay.notes == list(MORE)
    assert replay.ask() is None


def test_an_answer_that_ends_before_is_not_waited_for() -> None:
    """Other weights may end it sooner."""
    replay = Replay(a_take(), ())
    replay.ask()
    assert replay.received(Drawn(1, 0, Note(67, 1.0, 0.25), None, True, 1.0))


def test_the_first_note_that_is_another_is_found() -> None:
    """And so is one too many, or one too few."""
    take = a_take()
    assert compared(take, take.melody).same
    assert compared(take, (take.melody[0], Note(1, 1.0))).first_other == 1
    assert compared(take, take.melody[:1]).first_other == 1
    assert compared(take, (*take.melody, Note(1, 1.0))).first_other == 2


def test_what_has_changed_since_is_said() -> None:
    """Weights, device, program; nothing where all is as it was."""
    take = a_take()
    assert changes(take, READY, "0.1.0", "0.1.0") == []
    said = changes(take, replace(READY, checksum="ffff", device="cuda"), "0.0.9", "0.1.0")
    assert "checksum 0123456789abcdef then, ffff now" in said[0]
    assert "drawn on cpu and is drawn on cuda" in said[1]
    assert "0.0.9 recorded it, this is 0.1.0" in said[2]


def test_answers_heard_before_are_found_in_the_session_or_said_to_be_missing() -> None:
    """They decide which drafts may be chosen."""
    take = replace(a_take(3), heard=(1, 2))
    found, missing = heard_figures(take, {1: a_take(1)})
    assert (found, missing) == ((figure(a_take().melody),), [2])


def test_notes_that_are_the_same_are_played_as_then() -> None:
    """Others plainly."""
    take = a_take()
    played = as_played(take, (take.melody[0], Note(1, 1.0)))
    assert played[0] == take.notes[0]
    assert (played[1].note, played[1].nudge_beats) == (Note(1, 1.0), 0.0)

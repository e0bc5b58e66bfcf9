"""The mirror of the engine's context: the least work that brings it up to date."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bridge.engine.context import MEMORY_NOTES, EngineContext, trimmed
from engine.messages import Continue, Drawn, Goal, Sampling
from engine.notes import Metre, Note

A, B, C, D = (Note(pitch, 1.0) for pitch in (60, 62, 64, 65))


def ask(context: EngineContext, *wanted: Note, count: int = 0, metre: Metre | None = None) -> Continue:
    """Ask with everything else at its default."""
    return context.ask(wanted, count=count, sampling=Sampling(), goal=Goal(), metre=metre)


def test_only_what_is_new_is_sent() -> None:
    """A longer wish keeps the common front and appends the rest."""
    context = EngineContext()
    first = ask(context, A, B)
    second = ask(context, A, B, C)
    assert (first.keep, first.append) == (0, (A, B))
    assert (second.keep, second.append) == (2, (C,))


def test_barge_in_cuts_the_context_back_to_what_was_heard() -> None:
    """Drawn notes that were not heard are cut off by the next request; heard ones are kept without resending."""
    context = EngineContext()
    request = ask(context, A, count=3)
    for index, note in enumerate((B, C, D)):
        assert context.received(Drawn(request.request, index, note, None, False, 1.0))
    after = ask(context, A, B)
    assert (after.keep, after.append) == (2, ())


def test_late_answers_to_an_old_request_are_dropped() -> None:
    """A note drawn for a request that was superseded does not enter the mirror."""
    context = EngineContext()
    old = ask(context, A, count=3)
    ask(context, A, B, count=3)
    assert not context.received(Drawn(old.request, 0, D, None, False, 1.0))
    assert ask(context, A, B).keep == 2


def test_a_restarted_engine_gets_everything() -> None:
    """After the engine was lost, the whole context is sent again."""
    context = EngineContext()
    ask(context, A, B)
    context.forget()
    again = ask(context, A, B)
    assert (again.keep, again.append) == (0, (A, B))


def test_another_metre_makes_the_engine_read_all_anew() -> None:
    """Where the bars lie is part of what every note means."""
    context = EngineContext()
    ask(context, A, B)
    assert ask(context, A, B, metre=Metre(3.0)).keep == 0


def test_the_notes_owed_are_counted_down_and_end_with_the_last() -> None:
    """`awaited` falls with each note and to nothing with the answer's last."""
    context = EngineContext()
    request = ask(context, A, count=3)
    context.received(Drawn(request.request, 0, B, None, False, 1.0))
    assert context.awaited == 2
    context.received(Drawn(request.request, 1, C, None, True, 1.0))
    assert context.awaited == 0


@given(st.lists(st.lists(st.sampled_from([A, B, C, D]), max_size=8), max_size=8))
def test_an_engine_that_does_as_told_always_has_what_is_wanted(wishes: list[list[Note]]) -> None:
    """Keeping and appending as asked turns any context into any other."""
    context = EngineContext()
    engine: list[Note] = []
    for wish in wishes:
        request = ask(context, *wish)
        engine = [*engine[: request.keep], *request.append]
        assert engine == wish


def test_a_long_session_forgets_its_beginning() -> None:
    """A transcript longer than the memory is cut to its newest half; a shorter one is left alone."""
    notes = [Note(60 + i % 12, 1.0) for i in range(MEMORY_NOTES + 1)]
    assert trimmed(notes) == notes[-MEMORY_NOTES // 2 :]
    assert trimmed(notes[:MEMORY_NOTES]) == notes[:MEMORY_NOTES]

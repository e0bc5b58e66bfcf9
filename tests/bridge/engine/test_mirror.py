"""The mirror of the engine's context: the least work that brings it up to date."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bridge.engine.mirror import ContextMirror, Order
from engine.messages import Continue, Drawn, Goal, Sampling
from engine.notes import Metre, Note

A, B, C, D = (Note(pitch, 1.0) for pitch in (60, 62, 64, 65))


def ask(mirror: ContextMirror, *wanted: Note, count: int = 0, metre: Metre | None = None) -> Continue:
    """Ask with everything else at its default."""
    return mirror.request(Order(wanted, count, Goal(), Sampling(), metre))


def test_only_what_is_new_is_sent() -> None:
    """A longer wish keeps the common front and appends the rest."""
    mirror = ContextMirror()
    first = ask(mirror, A, B)
    second = ask(mirror, A, B, C)
    assert (first.keep, first.append) == (0, (A, B))
    assert (second.keep, second.append) == (2, (C,))


def test_barge_in_cuts_the_context_back_to_what_was_heard() -> None:
    """Drawn notes that were not heard are cut off by the next request; heard ones are kept without resending."""
    mirror = ContextMirror()
    request = ask(mirror, A, count=3)
    for index, note in enumerate((B, C, D)):
        assert mirror.received(Drawn(request.request, index, note, None, False, 1.0))
    after = ask(mirror, A, B)
    assert (after.keep, after.append) == (2, ())


def test_late_answers_to_an_old_request_are_dropped() -> None:
    """A note drawn for a request that was superseded does not enter the mirror."""
    mirror = ContextMirror()
    old = ask(mirror, A, count=3)
    ask(mirror, A, B, count=3)
    assert not mirror.received(Drawn(old.request, 0, D, None, False, 1.0))
    assert ask(mirror, A, B).keep == 2


def test_a_restarted_engine_gets_everything() -> None:
    """After the engine was lost, the whole context is sent again."""
    mirror = ContextMirror()
    ask(mirror, A, B)
    mirror.forget()
    again = ask(mirror, A, B)
    assert (again.keep, again.append) == (0, (A, B))


def test_another_metre_makes_the_engine_read_all_anew() -> None:
    """Where the bars lie is part of what every note means."""
    mirror = ContextMirror()
    ask(mirror, A, B)
    assert ask(mirror, A, B, metre=Metre(3.0)).keep == 0


def test_the_notes_owed_are_counted_down_and_end_with_the_last() -> None:
    """`awaited` falls with each note and to nothing with the answer's last."""
    mirror = ContextMirror()
    request = ask(mirror, A, count=3)
    mirror.received(Drawn(request.request, 0, B, None, False, 1.0))
    assert mirror.awaited == 2
    mirror.received(Drawn(request.request, 1, C, None, True, 1.0))
    assert mirror.awaited == 0


@given(st.lists(st.lists(st.sampled_from([A, B, C, D]), max_size=8), max_size=8))
def test_an_engine_that_does_as_told_always_has_what_is_wanted(wishes: list[list[Note]]) -> None:
    """Keeping and appending as asked turns any context into any other."""
    mirror = ContextMirror()
    engine: list[Note] = []
    for wish in wishes:
        request = ask(mirror, *wish)
        engine = [*engine[: request.keep], *request.append]
        assert engine == wish


def test_another_engine_is_handed_all_and_then_told_only_what_is_new() -> None:
    """What it was handed counts as known to it; what the first one owed is not waited for."""
    mirror = ContextMirror()
    assert mirror.hand_over() is None
    before = ask(mirror, A, B, count=2, metre=Metre(3.0))
    handed = mirror.hand_over()
    assert handed is not None
    assert (handed.keep, handed.append, handed.metre, handed.count) == (0, (A, B), Metre(3.0), 0)
    mirror.changed(handed)
    assert mirror.awaited == 0
    assert not mirror.received(Drawn(before.request, 0, C, None, False, 1.0))
    following = ask(mirror, A, B, C, metre=Metre(3.0))
    assert (following.keep, following.append) == (2, (C,))
    assert following.request > handed.request
    mirror.changed(None)
    assert ask(mirror, A, B, metre=Metre(3.0)).keep == 0

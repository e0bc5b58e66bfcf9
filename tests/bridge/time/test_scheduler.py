"""The scheduler and its ledger: no order of notes, cancels, stalls and panics leaves a note on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.outlook import Ahead
from bridge.time.scheduler import Due, Scheduler


def lines(dues: list[Due]) -> list[str]:
    """Write messages as a score: on60, off60."""
    return [f"{'on' if due.is_on else 'off'}{due.note.pitch}" for due in dues]


def hanging(dues: list[Due]) -> set[tuple[int, int]]:
    """Return the (channel, pitch) pairs that a receiver of these messages would still hear."""
    on: set[tuple[int, int]] = set()
    for due in dues:
        status, pitch, _ = due.message
        if due.is_on:
            assert (status & 15, pitch) not in on, "a note-on for a note that already sounds"
            on.add((status & 15, pitch))
        else:
            on.discard((status & 15, pitch))
    return on


def test_a_note_begins_and_ends_at_its_deadlines() -> None:
    """A note-on is due at its onset and its note-off at its end, not before."""
    scheduler = Scheduler()
    scheduler.add(60, 90, 0, 1.0, 1.5)
    assert scheduler.next_deadline_s() == 1.0
    assert lines(scheduler.due(0.999)) == []
    assert lines(scheduler.due(1.0)) == ["on60"]
    assert scheduler.next_deadline_s() == 1.5
    assert lines(scheduler.due(1.5)) == ["off60"]
    assert scheduler.idle


def test_what_has_not_begun_lies_ahead_in_order() -> None:
    """A note leaves the view when it begins."""
    scheduler = Scheduler()
    scheduler.add(64, 80, 0, 2.0, 2.5)
    scheduler.add(60, 90, 0, 1.0, 1.5)
    assert list(scheduler.ahead) == [Ahead(60, 90, 1.0, 1.5), Ahead(64, 80, 2.0, 2.5)]
    scheduler.due(1.2)
    assert list(scheduler.ahead) == [Ahead(64, 80, 2.0, 2.5)]


def test_a_note_off_leaves_before_a_note_on_of_the_same_time() -> None:
    """At equal times the old note ends before the new one begins."""
    scheduler = Scheduler()
    scheduler.add(60, 90, 0, 0.0, 1.0)
    scheduler.add(62, 90, 0, 1.0, 2.0)
    assert lines(scheduler.due(0.0)) == ["on60"]
    assert lines(scheduler.due(1.0)) == ["off60", "on62"]


def test_a_late_note_on_is_dropped_and_its_note_off_with_it() -> None:
    """After a stall a note that is later than a tenth of a second is not begun, so it owes no end."""
    scheduler = Scheduler()
    scheduler.add(60, 90, 0, 1.0, 9.0)
    assert lines(scheduler.due(1.11)) == []
    assert scheduler.idle


def test_a_slightly_late_note_on_is_still_played() -> None:
    """Within a tenth of a second a note is begun late rather than dropped."""
    scheduler = Scheduler()
    scheduler.add(60, 90, 0, 1.0, 2.0)
    assert lines(scheduler.due(1.09)) == ["on60"]


def test_a_late_note_off_is_always_sent() -> None:
    """A stall of minutes delays the note-off; it never swallows it."""
    scheduler = Scheduler()
    scheduler.add(60, 90, 0, 1.0, 1.5)
    scheduler.due(1.0)
    assert lines(scheduler.due(300.0)) == ["off60"]


def test_the_same_pitch_struck_again_closes_the_first() -> None:
    """A second note of the same pitch and channel is preceded by the first one's note-off, sent once."""
    scheduler = Scheduler()
    scheduler.add(60, 90, 0, 1.0, 3.0)
    scheduler.add(60, 80, 0, 2.0, 4.0)
    seen = (
        lines(scheduler.due(1.0))
        + lines(scheduler.due(2.0))
        + lines(scheduler.due(3.0))
        + lines(scheduler.due(4.0))
    )
    assert seen == ["on60", "off60", "on60", "off60"]


def test_cancel_owes_the_note_offs_of_what_sounds_and_forgets_the_rest() -> None:
    """Cancel returns one note-off a sounding note and nothing waits afterwards."""
    scheduler = Scheduler()
    scheduler.add(60, 90, 0, 1.0, 3.0)
    scheduler.add(64, 90, 1, 1.0, 3.0)
    scheduler.add(67, 90, 0, 2.0, 3.0)
    scheduler.due(1.0)
    assert sorted(lines(scheduler.cancel(1.2))) == ["off60", "off64"]
    assert scheduler.idle
    assert scheduler.next_deadline_s() is None
    assert scheduler.due(99.0) == []


def test_forget_waiting_leaves_what_sounds_to_its_end() -> None:
    """What has begun still ends at its own deadline after the rest is forgotten."""
    scheduler = Scheduler()
    scheduler.add(60, 90, 0, 1.0, 3.0)
    scheduler.add(62, 90, 0, 2.0, 3.0)
    scheduler.due(1.0)
    assert [note.pitch for note in scheduler.forget_waiting()] == [62]
    assert lines(scheduler.due(5.0)) == ["off60"]


@pytest.mark.parametrize(
    ("pitch", "velocity", "channel", "on_s", "off_s"),
    [(128, 1, 0, 0, 1), (60, 0, 0, 0, 1), (60, 128, 0, 0, 1), (60, 1, 16, 0, 1), (60, 1, 0, 1, 1)],
)
def test_what_is_no_note_is_refused(pitch: int, velocity: int, channel: int, on_s: float, off_s: float) -> None:
    """A note outside MIDI's ranges, or one that does not end after it begins, never enters the ledger."""
    with pytest.raises(ValueError, match="not a note"):
        Scheduler().add(pitch, velocity, channel, on_s, off_s)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(58, 62), st.integers(0, 1), st.floats(-0.5, 2), st.floats(0.01, 3)),
        st.tuples(st.just("wait"), st.floats(0, 1.5)),
        st.tuples(st.sampled_from(["cancel", "forget"])),
    ),
    max_size=40,
)


@given(STEPS)
def test_no_order_of_notes_cancels_and_stalls_leaves_a_note_on(steps: list[tuple[object, ...]]) -> None:
    """Whatever happens, every note-on is followed by its note-off, and a cancel silences all at once."""
    scheduler, now_s, sent = Scheduler(), 0.0, []
    for step in steps:
        if step[0] == "add":
            _, pitch, channel, ahead_s, length_s = step
            on_s = now_s + float(ahead_s)  # type: ignore[arg-type]
            scheduler.add(int(pitch), 90, int(channel), on_s, on_s + float(length_s))  # type: ignore[call-overload,arg-type]
        elif step[0] == "wait":
            now_s += float(step[1])  # type: ignore[arg-type]
            sent += scheduler.due(now_s)
        elif step[0] == "cancel":
            sent += scheduler.cancel(now_s)
            assert hanging(sent) == set()
        else:
            scheduler.forget_waiting()
    deadline_s = scheduler.next_deadline_s()
    while deadline_s is not None:
        sent += scheduler.due(deadline_s)
        deadline_s = scheduler.next_deadline_s()
    assert hanging(sent) == set()
    assert scheduler.idle

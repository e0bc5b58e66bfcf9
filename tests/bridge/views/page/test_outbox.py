"""What waits to be told: the newest of each state, so many events, and no more however long nobody takes."""

from __future__ import annotations

import threading

from bridge.views.page.outbox import Outbox, key_of


def note(number: int) -> dict[str, object]:
    return {"is": "note", "pitch": number}


def test_of_a_state_only_the_newest_waits_and_every_event_does() -> None:
    """A fader that is moved a thousand times is told once; three notes are three notes, in order."""
    outbox = Outbox()
    for value in range(1000):
        outbox.put({"is": "control", "name": "bpm", "value": value})
        outbox.put({"is": "state", "state": str(value)})
    outbox.put({"is": "control", "name": "swing", "value": 0})
    for pitch in (60, 62, 60):
        outbox.put(note(pitch))
    assert outbox.take() == [
        {"is": "control", "name": "bpm", "value": 999},
        {"is": "state", "state": "999"},
        {"is": "control", "name": "swing", "value": 0},
        *map(note, (60, 62, 60)),
    ]
    assert outbox.take() == []


def test_a_value_that_was_told_again_moves_behind_what_came_between() -> None:
    """A preset is told behind its values, as it came."""
    outbox = Outbox()
    for news in (
        {"is": "preset", "name": "echo"},
        {"is": "state", "state": "idle"},
        {"is": "preset", "name": "duet"},
    ):
        outbox.put(dict(news))
    assert [news["is"] for news in outbox.take()] == ["state", "preset"]


def test_nobody_who_takes_costs_no_more_than_so_many_events() -> None:
    """A night of notes: the last are kept, and that others were lost is known once."""
    outbox = Outbox(most=100)
    for pitch in range(10_000):
        outbox.put(note(pitch))
    assert outbox.take() == [note(pitch) for pitch in range(9_900, 10_000)]
    assert outbox.take_lost()
    assert not outbox.take_lost()


def test_each_take_and_each_control_is_a_state_of_its_own() -> None:
    """A take that is kept later takes the place of itself, not of another."""
    assert key_of({"is": "take", "number": 3}) != key_of({"is": "take", "number": 4})
    assert key_of({"is": "control", "name": "a"}) != key_of({"is": "control", "name": "b"})
    assert key_of({"is": "log", "text": "x"}) is None


def test_one_may_put_while_another_takes() -> None:
    """Nothing is lost between two threads, and neither fails."""
    outbox, taken = Outbox(most=100_000), []

    def put() -> None:
        for number in range(20_000):
            outbox.put(note(number))
            outbox.put({"is": "control", "name": str(number % 50), "value": number})

    thread = threading.Thread(target=put)
    thread.start()
    while thread.is_alive():
        taken += outbox.take()
    thread.join()
    taken += outbox.take()
    assert [news["pitch"] for news in taken if news["is"] == "note"] == list(range(20_000))
    last = {news["name"]: news["value"] for news in taken if news["is"] == "control"}
    assert sorted(last.values()) == list(range(19_950, 20_000))

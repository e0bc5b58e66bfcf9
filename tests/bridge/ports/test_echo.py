"""Our own notes coming back are told from playing."""

from __future__ import annotations

from bridge.ports.echo import SURE_AFTER, WINDOW_S, EchoGuard


def test_a_note_of_ours_that_comes_back_is_an_echo_once() -> None:
    """Pitch and velocity of a sent note within the window are an echo; a second strike is playing."""
    guard = EchoGuard()
    guard.sent(1.0, 60, 90)
    assert guard.is_echo_on(1.01, 60, 90, 0)
    assert not guard.is_echo_on(1.02, 60, 90, 0)


def test_another_velocity_pitch_or_time_is_playing() -> None:
    """The player who doubles the answer at another velocity, or later, is heard."""
    guard = EchoGuard()
    guard.sent(1.0, 60, 90)
    assert not guard.is_echo_on(1.01, 60, 70, 0)
    assert not guard.is_echo_on(1.01, 61, 90, 0)
    assert not guard.is_echo_on(1.0 + WINDOW_S + 0.01, 60, 90, 0)


def test_the_note_off_of_an_echo_is_swallowed_and_no_other() -> None:
    """One note-off is taken for the echo's, by pitch and channel, and not minutes later."""
    guard = EchoGuard()
    guard.sent(1.0, 60, 90)
    assert guard.is_echo_on(1.01, 60, 90, 2)
    assert not guard.is_echo_off(1.2, 60, 0)
    assert guard.is_echo_off(1.2, 60, 2)
    assert not guard.is_echo_off(1.2, 60, 2)


def test_a_loop_is_reported_once() -> None:
    """After a few echoes the loop is certain and told a single time; then pitch alone is enough."""
    guard = EchoGuard()
    told = []
    for i in range(6):
        guard.sent(float(i), 60 + i, 90)
        assert guard.is_echo_on(i + 0.005, 60 + i, 90 if i < SURE_AFTER else 50, 0)
        told.append(guard.should_tell())
    assert told.count(True) == 1


def test_a_lost_note_off_of_an_echo_swallows_nothing_later() -> None:
    """An echo that never ended does not cost the player a note-off a minute later."""
    guard = EchoGuard()
    guard.sent(1.0, 60, 90)
    assert guard.is_echo_on(1.01, 60, 90, 0)
    assert not guard.is_echo_off(61.0, 60, 0)


def test_coincidences_far_apart_are_no_loop() -> None:
    """Three chance unisons in an evening are not reported."""
    guard = EchoGuard()
    for minute in range(5):
        guard.sent(60.0 * minute, 60, 90)
        guard.is_echo_on(60.0 * minute + 0.05, 60, 90, 0)
        assert not guard.should_tell()

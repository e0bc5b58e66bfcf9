"""Our own notes coming back are told from playing."""

from __future__ import annotations

import heapq
import random
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from bridge.ports.echo import SURE_AFTER, WINDOW_S, EchoGuard

ON, OFF = 0x90, 0x80


def send(guard: EchoGuard, begin_s: float, pitch: int = 60, length_s: float = 0.4) -> None:
    """Send a note of ours, its end foretold."""
    guard.sent(begin_s, (ON, pitch, 90))
    guard.sent(begin_s + length_s, (OFF, pitch, 0))


def test_a_note_of_ours_that_comes_back_is_an_echo_once() -> None:
    """Pitch and velocity of a sent note within the window are an echo; a second strike is playing."""
    guard = EchoGuard()
    send(guard, 1.0)
    assert guard.take_on(1.01, 60, 90, 0)
    assert not guard.take_on(1.02, 60, 90, 0)


def test_another_velocity_pitch_or_time_is_playing() -> None:
    """The player who doubles the answer at another velocity, or later, is heard."""
    guard = EchoGuard()
    send(guard, 1.0)
    assert not guard.take_on(1.01, 60, 70, 0)
    assert not guard.take_on(1.01, 61, 90, 0)
    assert not guard.take_on(1.0 + WINDOW_S + 0.01, 60, 90, 0)


def test_the_note_off_of_an_echo_is_swallowed_and_no_other() -> None:
    """One note-off is taken for the echo's, by pitch and channel, and not minutes later."""
    guard = EchoGuard()
    send(guard, 1.0)
    assert guard.take_on(1.01, 60, 90, 2)
    assert not guard.take_off(1.2, 60, 0)
    assert guard.take_off(1.2, 60, 2)
    assert not guard.take_off(1.2, 60, 2)


def test_a_lost_note_off_of_an_echo_swallows_nothing_later() -> None:
    """An echo that never ended does not cost the player a note-off a minute later."""
    guard = EchoGuard()
    send(guard, 1.0)
    assert guard.take_on(1.01, 60, 90, 0)
    assert not guard.take_off(61.0, 60, 0)


def test_coincidences_far_apart_are_no_loop() -> None:
    """Chance unisons in an evening, notes of ours between them that nobody doubled, are not reported."""
    guard = EchoGuard()
    for minute in range(5):
        send(guard, 60.0 * minute)
        guard.take_on(60.0 * minute + 0.05, 60, 90, 0)
        guard.take_off(60.0 * minute + 0.45, 60, 0)
        send(guard, 60.0 * minute + 1.0)
        assert not guard.take_news()


def test_when_our_notes_do_not_come_back_a_late_coincidence_is_playing() -> None:
    """There is no loop where the last note did not return: only what comes at once may be one that is new."""
    guard = EchoGuard()
    send(guard, 1.0)
    send(guard, 2.0)
    assert not guard.take_on(2.06, 60, 90, 0)
    guard = EchoGuard()
    send(guard, 1.0)
    send(guard, 2.0)
    assert guard.take_on(2.006, 60, 90, 0)


def test_who_lets_go_before_us_is_no_loop() -> None:
    """A key that goes up while ours still sounds was played: the next notes are heard."""
    guard = EchoGuard()
    guard.sent(1.0, (ON, 60, 90))
    assert guard.take_on(1.02, 60, 90, 0)
    assert guard.take_off(1.2, 60, 0)
    guard.sent(1.4, (OFF, 60, 0))
    guard.sent(1.5, (ON, 62, 90))
    assert not guard.take_on(1.52, 62, 90, 0)


@dataclass
class Duo:
    """Forty notes of ours in quarters at 120 bpm, and what somebody or something makes of them."""

    chance: random.Random
    delay_s: float
    spread_s: float
    release_s: float | None = None
    notes: int = 40

    def strike_s(self, begin_s: float) -> float:
        """Return when the other strikes: a loop after a delay of some width, a player about it."""
        if self.release_s is None:
            return begin_s + self.delay_s + self.chance.random() * self.spread_s
        return begin_s + self.chance.gauss(self.delay_s, self.spread_s)

    def events(self) -> list[tuple[float, bool, int, int]]:
        """Return (time, ours, kind, pitch), in order."""
        heap: list[tuple[float, bool, int, int]] = []
        for number in range(self.notes):
            begin_s, pitch = 1.0 + number * 0.5, 60 + number % 5
            end_s = begin_s + 0.4
            strike_s = self.strike_s(begin_s)
            if self.release_s is None:
                let_go_s = end_s + self.delay_s + self.chance.random() * self.spread_s
            else:
                let_go_s = max(strike_s + 0.05, self.chance.gauss(end_s + self.delay_s, self.release_s))
            for event in (
                (begin_s, True, ON, pitch),
                (end_s, True, OFF, pitch),
                (strike_s, False, ON, pitch),
                (let_go_s, False, OFF, pitch),
            ):
                heapq.heappush(heap, event)
        return [heapq.heappop(heap) for _ in range(len(heap))]

    def swallowed(self, guard: EchoGuard) -> list[int]:
        """Play it all; return which of the other's strikes were taken for echoes."""
        strikes, taken = 0, []
        for time_s, ours, kind, pitch in self.events():
            if ours:
                guard.sent(time_s, (kind, pitch, 100))
            elif kind == ON:
                if guard.take_on(time_s, pitch, 100, 0):
                    taken.append(strikes)
                strikes += 1
            else:
                guard.take_off(time_s, pitch, 0)
        return taken


@given(st.integers(0, 2**32), st.floats(0.001, 0.09), st.floats(0.0, 0.022), st.integers(4, 60))
def test_a_loop_is_swallowed_whole_and_told_once(seed: int, delay_s: float, spread_s: float, notes: int) -> None:
    """Whatever a DAW's buffers are: no note of a true loop is taken for playing, from the first on."""
    guard = EchoGuard()
    duo = Duo(random.Random(seed), delay_s, spread_s, notes=notes)
    assert duo.swallowed(guard) == list(range(notes))
    assert guard.take_news()
    assert not guard.take_news()


@given(st.integers(0, 2**32), st.floats(-0.02, 0.08), st.floats(0.018, 0.04), st.floats(0.06, 0.15))
def test_a_player_in_unison_is_heard(seed: int, lag_s: float, spread_s: float, release_s: float) -> None:
    """Of forty notes struck with ours, at one velocity, always somewhat late or early: a few are lost at most."""
    guard = EchoGuard()
    duo = Duo(random.Random(seed), lag_s, spread_s, release_s)
    assert len(duo.swallowed(guard)) <= 6
    assert not guard.take_news()


def test_a_sure_loop_may_slip_once() -> None:
    """A hiccup of the DAW's, one note 80 ms late, does not turn its loop into a player."""
    guard = EchoGuard()
    for number in range(12):
        delay_s = 0.09 if number == 7 else 0.01
        guard.sent(1.0 + number, (ON, 60, 90))
        assert guard.take_on(1.0 + number + delay_s, 60, 90, 0)
        guard.sent(1.4 + number, (OFF, 60, 0))
        assert guard.take_off(1.41 + number, 60, 0)
        assert guard.take_news() == (number == SURE_AFTER - 1)


def test_a_loop_that_was_pulled_is_over() -> None:
    """Once a note of ours fails to come back, what comes late is playing."""
    guard = EchoGuard()
    for number in range(5):
        guard.sent(1.0 + number, (ON, 60, 90))
        assert guard.take_on(1.01 + number, 60, 90, 0)
        guard.sent(1.4 + number, (OFF, 60, 0))
        assert guard.take_off(1.41 + number, 60, 0)
    send(guard, 6.0)
    send(guard, 7.0)
    assert not guard.take_on(7.05, 60, 90, 0)

"""Ableton Link, with a session that is made up here."""

from __future__ import annotations

import sys

import pytest

from bridge.time.ableton_link import AbletonLink, open_link
from bridge.time.tempo_choice import TempoChoice
from bridge.time.tempo_map import TempoMap
from engine.errors import UserError
from tests.fakes import FakeClock


class FakeState:
    def __init__(self, bpm: float) -> None:
        self._bpm = bpm

    def tempo(self) -> float:
        return self._bpm

    def beatAtTime(self, micros: int, quantum: float) -> float:  # noqa: N802
        return micros / 1e6 * self._bpm / 60.0


class FakePeer:
    """Looks like link.Link; its own clock is 100 s ahead of ours."""

    def __init__(self, clock: FakeClock, bpm: float = 90.0) -> None:
        self.enabled, self.others, self._now, self._bpm = False, 0, clock, bpm

    def clock(self) -> FakePeer:
        return self

    def micros(self) -> int:
        return round((self._now() + 100.0) * 1e6)

    def numPeers(self) -> int:  # noqa: N802
        return self.others

    def captureSessionState(self) -> FakeState:  # noqa: N802
        return FakeState(self._bpm)


def test_alone_in_the_session_there_is_no_tempo_to_follow() -> None:
    clock = FakeClock(5.0)
    peer = FakePeer(clock)
    link = AbletonLink(peer, clock)
    assert peer.enabled
    assert link.current(clock()) is None


def test_the_sessions_beat_is_placed_on_our_clock() -> None:
    clock = FakeClock(5.0)
    peer = FakePeer(clock)
    peer.others = 1
    tempo = AbletonLink(peer, clock).current(clock())
    assert tempo == TempoMap(90.0, 157.5, 5.0)


def test_link_takes_its_place_in_the_order_of_tempos() -> None:
    clock = FakeClock(5.0)
    peer = FakePeer(clock)
    choice = TempoChoice(AbletonLink(peer, clock))
    assert choice.current(clock(), "auto", 120.0).source == "fixed"
    peer.others = 2
    choice.tick(clock(), "auto", 120.0)
    tempo = choice.current(clock(), "auto", 120.0)
    assert (tempo.source, tempo.running, tempo.map.bpm) == ("link", True, 90.0)
    assert tempo.beats is not None
    assert tempo.beats.beat_at(6.0) == pytest.approx(159.0)


def test_leaving_switches_it_off() -> None:
    clock = FakeClock()
    peer = FakePeer(clock)
    AbletonLink(peer, clock).close()
    assert not peer.enabled


def test_without_the_extra_a_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "link", None)
    with pytest.raises(UserError, match=r"melody-bridge\[link\].*GPL"):
        open_link(120.0, FakeClock())

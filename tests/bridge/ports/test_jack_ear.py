"""The ear on JACK: each event at the time of its own frame. The library is a stand-in."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest

from bridge.events import NoteOff, NoteOn
from bridge.ports.jack_ear import JackEar, can_hear
from engine.errors import UserError

RATE = 48_000


class FakeJack:
    """The module jack and its one client: `turn` has it hear these events in a period."""

    samplerate = RATE

    def __init__(self) -> None:
        self.midi_inports = SimpleNamespace(
            register=lambda name: SimpleNamespace(incoming_midi_events=self._events)
        )
        self.connected: list[object] = []
        self.events: list[tuple[int, bytes]] = []
        self.last_frame_time = 0

    @property
    def frame_time(self) -> int:
        return round(time.monotonic() * RATE)

    def Client(self, name: str, no_start_server: bool) -> FakeJack:  # noqa: N802
        assert no_start_server
        return self

    def _events(self) -> Iterator[tuple[int, bytes]]:
        yield from self.events

    def set_process_callback(self, callback: Callable[[int], None]) -> None:
        self._callback = callback

    def get_ports(self, **_: bool) -> list[SimpleNamespace]:
        return [SimpleNamespace(name="melody-bridge-01:GPT Out")]

    def connect(self, source: str, destination: object) -> None:
        self.connected.append(source)

    def activate(self) -> None: ...
    def deactivate(self) -> None: ...
    def close(self) -> None: ...

    def turn(self, begins: int, events: list[tuple[int, bytes]]) -> None:
        self.last_frame_time, self.events = begins, events
        self._callback(256)


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeJack:
    """Return the module that is imported as jack."""
    module = FakeJack()
    monkeypatch.setitem(sys.modules, "jack", module)  # type: ignore[arg-type]
    return module


def test_events_are_heard_at_the_time_of_their_frame(fake: FakeJack) -> None:
    """A hundred frames into the period is two milliseconds after its beginning, whenever it is polled."""
    ear = JackEar("GPT Out")
    assert fake.connected == ["melody-bridge-01:GPT Out"]
    begins = fake.frame_time
    fake.turn(begins, [(0, b"\x90\x3c\x50"), (96, b"\x80\x3c\x00"), (97, b"\xf0\x01")])
    on, off = ear.poll(0.0)
    assert isinstance(on, NoteOn)
    assert isinstance(off, NoteOff)
    assert abs(off.time_s - on.time_s - 0.002) < 1e-9
    assert abs(on.time_s - begins / RATE) < 1e-3
    assert ear.poll(0.0) == []
    ear.close()


def test_a_port_that_is_not_there_is_said(fake: FakeJack) -> None:
    """With those that are."""
    with pytest.raises(UserError, match="'Nowhere': no such port; there are 'melody-bridge-01:GPT Out'"):
        JackEar("Nowhere")


def test_other_systems_are_heard_by_their_own_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    """And JACK's too where the library is not installed."""
    monkeypatch.setattr("importlib.util.find_spec", lambda name: object())
    assert can_hear("jack")
    assert not can_hear("alsa")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert not can_hear("jack")

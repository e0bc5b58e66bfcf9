"""Bytes and ports: what MIDI means to the bridge, when it arrived, and which port a name means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.events import ControlChange, NoteOff, NoteOn, PortsChanged, Pulse, SongPosition, Transport
from bridge.ports import midi
from bridge.ports.loopback import LoopbackPorts, find_port
from bridge.ports.wire import all_off, arrivals_s, decode
from engine.errors import UserError
from tests.fakes import FakeClock


@pytest.mark.parametrize(
    ("message", "event"),
    [
        ((0x90, 60, 100), NoteOn(1.0, 60, 100, 0)),
        ((0x9F, 0, 1), NoteOn(1.0, 0, 1, 15)),
        ((0x93, 60, 0), NoteOff(1.0, 60, 3)),
        ((0x83, 60, 64), NoteOff(1.0, 60, 3)),
        ((0xB2, 64, 127), ControlChange(1.0, 64, 127, 2)),
        ((0xF8,), Pulse(1.0)),
        ((0xFA,), Transport(1.0, "start")),
        ((0xFB,), Transport(1.0, "continue")),
        ((0xFC,), Transport(1.0, "stop")),
        ((0xF2, 0x10, 0x01), SongPosition(1.0, 144)),
    ],
)
def test_messages_that_mean_something(message: tuple[int, ...], event: object) -> None:
    """Notes, controllers, clock, transport and song position are read; velocity 0 is a note-off."""
    assert decode(message, 1.0) == event


@pytest.mark.parametrize(
    "message",
    [
        (),
        (0x90,),
        (0x90, 60),
        (0x90, 60, 128),
        (0x90, 200, 1),
        (0x90, 60, 1, 1),
        (60, 60, 60),
        (0xE0, 0, 64),
        (0xC0, 5),
        (0xD0, 5),
        (0xA0, 60, 5),
        (0xFE,),
        (0xFF,),
        (0xF0, 0x7E, 0xF7),
        (0xF1, 5),
        (0xF3, 5),
    ],
)
def test_messages_that_mean_nothing_here(message: tuple[int, ...]) -> None:
    """Malformed bytes, sysex, active sensing, bends, pressure and programs are passed over."""
    assert decode(message, 1.0) is None


@given(st.lists(st.integers(0, 255), max_size=5))
def test_no_bytes_raise(message: list[int]) -> None:
    """Whatever arrives is an event or nothing."""
    decode(message, 0.0)


def test_arrivals_restore_the_spacing_of_one_poll() -> None:
    """The last message arrived now, those before it as much earlier as their deltas say."""
    assert arrivals_s([9.0, 0.25, 0.5], 10.0, 0.0) == [9.25, 9.5, 10.0]


@given(st.lists(st.floats(-1, 10), max_size=20), st.floats(0, 100), st.floats(0, 5))
def test_arrivals_are_in_order_and_after_the_last_poll(deltas: list[float], polled: float, gap: float) -> None:
    """No message is stamped before the poll that did not find it, nor in the future, nor out of order."""
    times = arrivals_s(deltas, polled + gap, polled)
    assert times == sorted(times)
    assert all(polled <= time <= polled + gap for time in times)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("GPT In", "GPT In 1"),
        ("gpt in", "GPT In 1"),
        ("Keystation", "Keystation Mini 32:Keystation Mini 32 MIDI 1 24:0"),
        ("Midi Through Port-0", "Midi Through:Midi Through Port-0 14:0"),
        ("Mini 32 MIDI", "Keystation Mini 32:Keystation Mini 32 MIDI 1 24:0"),
    ],
)
def test_a_port_is_found_by_its_name(wanted: str, found: str) -> None:
    """The whole name without client and number comes first, then the beginning, then any part."""
    ports = [
        "GPT In 1",
        "GPT In Two 2",
        "Midi Through:Midi Through Port-0 14:0",
        "Keystation Mini 32:Keystation Mini 32 MIDI 1 24:0",
    ]
    assert find_port(wanted, ports) == found


def test_a_tie_or_no_port_lists_the_candidates() -> None:
    """Two ports that fit are refused with both names, none with all."""
    with pytest.raises(UserError, match=r"several fit: 'Loop A', 'Loop B'"):
        find_port("Loop", ["Loop A", "Loop B", "Other"])
    with pytest.raises(UserError, match=r"no such port; there are 'Loop A', 'Other'"):
        find_port("GPT In", ["Loop A", "Other"])
    with pytest.raises(UserError, match="no ports at all"):
        find_port("GPT In", [])


def test_loopback_hears_and_sends() -> None:
    """What is played arrives once, decoded and stamped; what is sent is heard with its time."""
    clock = FakeClock(5.0)
    ports = LoopbackPorts(clock=clock)
    ports.play((0x90, 60, 1))
    ports.play((0xFE,))
    ports.play((0x80, 60, 0), time_s=4.5)
    assert ports.poll(6.0) == [NoteOn(6.0, 60, 1, 0), NoteOff(4.5, 60, 0)]
    assert ports.poll(7.0) == []
    ports.send([0x90, 62, 3])
    assert ports.heard == [(5.0, (0x90, 62, 3))]


def test_unplugged_loopback_says_so_and_drops() -> None:
    """Ports that went away say it once, send nothing, hear nothing, and say when they are back."""
    ports = LoopbackPorts(clock=FakeClock())
    assert ports.watch(0.0) is None
    ports.unplug()
    ports.send((0x90, 60, 1))
    ports.play((0x90, 60, 1))
    change = ports.watch(0.0)
    assert isinstance(change, PortsChanged)
    assert not change.up
    assert (ports.heard, ports.poll(0.0), ports.watch(0.0)) == ([], [], None)
    ports.plug()
    change = ports.watch(0.0)
    assert change is not None
    assert change.up


def test_all_off_lifts_the_pedal_on_every_channel() -> None:
    """Sixteen channels: pedal up, notes off, sound off."""
    messages = all_off()
    assert len(messages) == 48
    assert {message[0] for message in messages} == set(range(0xB0, 0xC0))
    assert {message[1:] for message in messages} == {(64, 0), (123, 0), (120, 0)}


class _Rtmidi:
    """RtMidi's module, as far as opening goes: `works` names the APIs that do."""

    API_UNIX_JACK, API_LINUX_ALSA, API_MACOSX_CORE, API_WINDOWS_MM = 1, 2, 3, 4

    class RtMidiError(OSError):
        pass

    def __init__(self, compiled: list[int], works: list[int], ports: list[str] | None = None) -> None:
        self._compiled, self._works, self.ports = compiled, works, ports or []
        self.opened: list[object] = []

    def get_compiled_api(self) -> list[int]:
        return self._compiled

    def MidiIn(self, code: int, name: str, queue_size_limit: int = 0) -> _End:  # noqa: N802
        return _End(self, code)

    MidiOut = MidiIn


class _End:
    def __init__(self, module: _Rtmidi, code: int) -> None:
        if code not in module._works:
            raise module.RtMidiError("no server")
        self._module, self.waiting = module, [([0x90, 60, 1], 0.0), ([0x80, 60, 0], 0.1)]

    def ignore_types(self, **_: bool) -> None: ...

    def get_ports(self) -> list[str]:
        return list(self._module.ports)

    def open_virtual_port(self, name: str) -> None:
        self._module.opened.append(name)
        self._module.ports.append(name)

    def open_port(self, number: int) -> None:
        self._module.opened.append(self._module.ports[number])

    def get_message(self) -> object:
        return self.waiting.pop(0) if self.waiting else None

    def close_port(self) -> None: ...

    def delete(self) -> None: ...


def with_rtmidi(monkeypatch: pytest.MonkeyPatch, module: _Rtmidi) -> _Rtmidi:
    monkeypatch.setattr(midi, "_rtmidi", lambda: module)
    return module


def test_auto_takes_the_first_api_that_works(monkeypatch: pytest.MonkeyPatch) -> None:
    """JACK first, then ALSA; the ports say whose they are."""
    with_rtmidi(monkeypatch, _Rtmidi([2, 1], [2]))
    assert midi.open_ports("GPT In", "GPT Out").api == "alsa"
    with_rtmidi(monkeypatch, _Rtmidi([2, 1], [2, 1]))
    ports = midi.open_ports("GPT In", "GPT Out")
    assert ports.api == "jack"
    assert ports.poll(9.0) == [NoteOn(8.9, 60, 1, 0), NoteOff(9.0, 60, 0)]


def test_without_any_midi_system_the_next_steps_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """No API works: what was tried, and the demo."""
    with_rtmidi(monkeypatch, _Rtmidi([2, 1], []))
    with pytest.raises(UserError, match=r"no MIDI system .*tried jack, alsa.*melody-bridge demo"):
        midi.open_ports("GPT In", "GPT Out")
    with pytest.raises(UserError, match=r"'jack' does not work here: no server"):
        midi.open_ports("GPT In", "GPT Out", "jack")
    with pytest.raises(UserError, match=r"'coremidi' is not on this system; it has jack, alsa"):
        midi.open_ports("GPT In", "GPT Out", "coremidi")


def test_on_windows_the_existing_ports_are_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    """WinMM has no virtual ports: the ones of these names are opened, or all are listed."""
    module = with_rtmidi(monkeypatch, _Rtmidi([4], [4], ["GPT In 0", "GPT Out 1"]))
    assert midi.open_ports("GPT In", "GPT Out").api == "winmm"
    assert module.opened == ["GPT In 0", "GPT Out 1"]
    with pytest.raises(UserError, match=r"'Loop': no such port; there are 'GPT In 0', 'GPT Out 1'"):
        midi.open_ports("Loop", "GPT Out")


def test_ports_that_vanish_are_told_once_and_opened_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Gone, tried again with growing pauses, back: two reports in all."""
    module = with_rtmidi(monkeypatch, _Rtmidi([1], [1]))
    ports = midi.open_ports("GPT In", "GPT Out")
    assert ports.watch(100.0) is None
    module.ports.clear()
    module._works.clear()
    reports = [ports.watch(110.0 + tick / 10) for tick in range(100)]
    assert [report.up for report in reports if report is not None] == [False]
    ports.send((0x90, 60, 1))
    assert ports.poll(120.0) == []
    module._works.append(1)
    reports = [ports.watch(120.0 + tick / 10) for tick in range(100)]
    assert [report.up for report in reports if report is not None] == [True]
    assert module.opened == ["GPT In", "GPT Out"] * 2

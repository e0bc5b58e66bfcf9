"""Ports in memory."""

from __future__ import annotations

from bridge.events import NoteOff, NoteOn, PortsChanged
from bridge.ports.loopback import LoopbackPorts
from tests.fakes import FakeClock


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

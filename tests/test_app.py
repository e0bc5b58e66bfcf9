"""The parts put together: what leaves before the first note, and what is said of the ports."""

from __future__ import annotations

import queue

from bridge.app import Bridge, FreshOutput, greeting
from bridge.config import Config
from bridge.controls import Controls
from bridge.engine_process import EngineProcess
from bridge.ports import LoopbackPorts
from bridge.wire import all_off

SILENCE = list(all_off())


def test_what_an_earlier_run_left_is_silenced_before_the_first_note() -> None:
    """Once before the first note-on, not before other messages and not again."""
    ports = LoopbackPorts()
    output = FreshOutput(ports)
    output.send((0x80, 60, 0))
    output.send((0x90, 62, 80))
    output.send((0x90, 64, 80))
    assert [message for _, message in ports.heard] == [(0x80, 60, 0), *SILENCE, (0x90, 62, 80), (0x90, 64, 80)]


def test_and_when_the_engine_is_first_ready() -> None:
    """By then a DAW has connected; a restarted engine is no reason."""
    ports = LoopbackPorts()
    output = FreshOutput(ports)
    output.on_engine("loading", False)
    output.on_engine("ready", True)
    output.on_engine("ready again", True)
    assert [message for _, message in ports.heard] == SILENCE


def test_the_greeting_routes_a_daw_in_two_lines() -> None:
    """The ports, whose they are, the two steps, and OSC only where it is open."""
    ports = LoopbackPorts("Keys In", "Keys Out")
    bridge = Bridge(Config(), Controls(), ports, EngineProcess("x", "cpu", None, print), queue.SimpleQueue())
    lines = greeting(bridge, 0.25)
    assert lines[0] == '"Keys In" and "Keys Out" are open (loopback), 0.25 s after the start.'
    assert '"Keys In"' in lines[1]
    assert '"Keys Out"' in lines[2]
    assert len(lines) == 3
    bridge.osc_port = 9000
    assert "127.0.0.1:9000" in greeting(bridge, 0.25)[3]

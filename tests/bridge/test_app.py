"""The parts put together: what is said of the ports."""

from __future__ import annotations

import queue
import socket

import pytest

from bridge.app import Bridge, greeting, opened
from bridge.config import Config
from bridge.controls import Controls
from bridge.engine.process import EngineProcess
from bridge.ports.loopback import LoopbackPorts
from tests.fakes import FakeDesk
from tests.stage import Witness


def test_the_greeting_routes_a_daw_in_two_lines() -> None:
    """The ports, whose they are, the two steps, and OSC only where it is open."""
    ports = LoopbackPorts("Keys In", "Keys Out")
    engine = EngineProcess("x", "cpu", None, print)
    bridge = Bridge(Config(), Controls(), ports, engine, queue.SimpleQueue(), FakeDesk())
    lines = greeting(bridge, 0.25)
    assert lines[0] == '"Keys In" and "Keys Out" are open (loopback), 0.25 s after the start.'
    assert '"Keys In"' in lines[1]
    assert '"Keys Out"' in lines[2]
    assert len(lines) == 3
    bridge.osc_port = 9000
    assert "127.0.0.1:9000" in greeting(bridge, 0.25)[3]


def test_who_looks_on_from_the_beginning_is_told_that_osc_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where OSC is no condition, its taken port is named and the rest goes on."""
    for name in ("start", "close"):
        monkeypatch.setattr(EngineProcess, name, lambda self: None)
    witness = Witness()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        config = Config(osc_port=taken.getsockname()[1])
        with opened(config, LoopbackPorts(), [witness], osc_required=False) as bridge:
            assert bridge.osc_port is None
    assert [line.startswith("going on without OSC: ") for line in witness.errors] == [True]

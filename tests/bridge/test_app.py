"""The parts put together: what is said of the ports."""

from __future__ import annotations

import json
import queue
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from websockets.sync.client import connect

from bridge.app import Bridge, greeting, licence_line, opened
from bridge.config import Config
from bridge.controls import Controls
from bridge.engine.pair import EnginePair
from bridge.engine.process import EngineProcess
from bridge.events import Action, PresetRecalled
from bridge.ports.loopback import LoopbackPorts
from tests.fakes import FakeDesk
from tests.paths import ROOT
from tests.stage import Witness


def test_the_greeting_routes_a_daw_in_two_lines() -> None:
    """By the names of the ports; and OSC only where it is open."""
    ports = LoopbackPorts("Keys In", "Keys Out")
    engine = EnginePair(lambda checkpoint, put: EngineProcess(checkpoint, "cpu", None, put), "x", print)
    bridge = Bridge(Config(), Controls(), ports, engine, queue.SimpleQueue(), FakeDesk())
    licence, *lines = greeting(bridge)
    assert licence == "essen: non-commercial use only"
    assert '"Keys In"' in lines[0]
    assert '"Keys Out"' in lines[1]
    assert len(lines) == 2
    bridge.osc_port = 9000
    assert "127.0.0.1:9000" in greeting(bridge)[3]


def test_the_first_line_says_what_a_model_of_ones_own_may_be_used_for(tmp_path: Path) -> None:
    """By the name of its folder; where its config says nothing, that it says nothing."""
    own = tmp_path / "mine"
    own.mkdir()
    (own / "config.json").write_text('{"format": 1, "licence": "any use permitted"}')
    assert licence_line(f"{own}/") == "mine: any use permitted"
    (own / "config.json").write_text('{"format": 1}')
    assert licence_line(str(own)) == "mine: licence not stated"


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


@pytest.fixture
def no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("start", "close"):
        monkeypatch.setattr(EngineProcess, name, lambda self: None)


def free(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@pytest.mark.usefixtures("no_engine")
def test_addresses_can_be_asked_for_by_http_where_that_is_wanted() -> None:
    """With --oscquery: the host says where OSC is, a control its value; without it no port is open."""
    config = Config(osc_port=free(socket.SOCK_DGRAM), oscquery=free(socket.SOCK_STREAM), controls={"top_k": 7})
    with opened(config, LoopbackPorts()) as bridge:
        host = f"http://127.0.0.1:{config.oscquery}"
        with urllib.request.urlopen(f"{host}/?HOST_INFO") as told:
            assert json.load(told)["OSC_PORT"] == config.osc_port
        with urllib.request.urlopen(f"{host}/melody/top_k?VALUE") as told:
            assert json.load(told) == {"VALUE": [7]}
        with urllib.request.urlopen(f"{host}/melody/preset") as told:
            assert "echo" in json.load(told)["RANGE"][0]["VALS"]
        assert any(host in line for line in greeting(bridge))
    with opened(Config(osc_port=free(socket.SOCK_DGRAM)), LoopbackPorts()) as bridge:
        assert bridge.oscquery_port is None


@pytest.mark.usefixtures("no_engine")
def test_a_taken_oscquery_port_is_said_and_the_rest_goes_on() -> None:
    """It is no condition for playing."""
    witness = Witness()
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        config = Config(osc_port=free(socket.SOCK_DGRAM), oscquery=taken.getsockname()[1])
        with opened(config, LoopbackPorts(), [witness]) as bridge:
            assert bridge.oscquery_port is None
            assert bridge.osc_port == config.osc_port
    assert any("going on without OSCQuery" in text and "--oscquery PORT" in text for text in witness.errors)


@pytest.mark.usefixtures("no_engine")
def test_the_page_is_served_where_that_is_wanted_and_shows_the_tables_values() -> None:
    """On loopback without a token; what it asks for arrives in the inbox; without --web nothing is imported."""
    config = Config(osc_port=free(socket.SOCK_DGRAM), web=str(free(socket.SOCK_STREAM)), controls={"top_k": 7})
    with opened(config, LoopbackPorts()) as bridge:
        assert bridge.page_link == f"http://127.0.0.1:{config.web}/"
        assert bridge.page_token == ""
        assert any(bridge.page_link in line for line in greeting(bridge))
        with urllib.request.urlopen(bridge.page_link) as page:
            assert b"<title>melody-bridge</title>" in page.read()
        with connect(f"ws://127.0.0.1:{config.web}/live", proxy=None) as live:
            live.send('{"do": "panic"}')
            assert isinstance(bridge.inbox.get(timeout=20.0), Action)
    code = "import bridge.app, bridge.session, bridge.views.terminal, sys; print('websockets' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True).strip() == "False"


@pytest.mark.usefixtures("no_engine")
def test_from_the_network_the_page_wants_a_token_and_its_link_has_it() -> None:
    """The same at the next start."""
    config = Config(osc_port=free(socket.SOCK_DGRAM), web=f"0.0.0.0:{free(socket.SOCK_STREAM)}")
    with opened(config, LoopbackPorts()) as bridge:
        token, port = bridge.page_token, config.web.rpartition(":")[2]
        assert len(token) == 22
        assert bridge.page_link.endswith(f":{port}/?token={token}")
        assert "0.0.0.0" not in bridge.page_link
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/?token={token}") as page:
            assert page.status == 200
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/?token={token[:-1]}")
    with opened(config, LoopbackPorts()) as bridge:
        assert bridge.page_token == token


@pytest.mark.usefixtures("no_engine")
def test_a_preset_that_is_asked_for_arrives_in_the_inbox() -> None:
    """The desk stands between the session and the disk."""
    with opened(Config(osc_port=free(socket.SOCK_DGRAM)), LoopbackPorts()) as bridge:
        bridge.presets.recall("echo")
        event = bridge.inbox.get(timeout=20.0)
        assert isinstance(event, PresetRecalled)
        assert event.name == "echo"


def test_a_controllers_own_port_is_open_until_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """`--cc-feedback PORT` opens that port by the API of the others; `on` and `off` open none."""
    asked: list[object] = []

    class Output:
        def __init__(self, name: str, api: str) -> None:
            asked.append((name, api))

        def close(self) -> None:
            asked.append("closed")

    for name in ("start", "close"):
        monkeypatch.setattr(EngineProcess, name, lambda self: None)
    monkeypatch.setattr("bridge.ports.midi_output.open_output", Output)
    for where, opens in (("off", False), ("on", False), ("X-Touch", True)):
        config = Config(osc_port=free(socket.SOCK_DGRAM), cc_feedback=where)
        with opened(config, LoopbackPorts()) as bridge:
            assert (bridge.controller is not None) == opens
    assert asked == [("X-Touch", "loopback"), "closed"]

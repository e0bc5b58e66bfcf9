"""The command `melody-bridge latency`: what it refuses; and, on a JACK server, what it measures and leaves."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.cli import main
from tests.jackrig import Jack, missing
from tests.paths import ROOT


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Return the one line with which it ends, exit code 2."""
    assert main(["latency", *arguments]) == 2
    said = capsys.readouterr().err
    assert said.startswith("melody-bridge: ")
    assert said.count("\n") == 1
    return said


def test_ports_in_memory_are_not_measured(capsys: pytest.CaptureFixture[str]) -> None:
    """Their latency is nobody's."""
    assert "real ports" in refused(capsys, "--midi-api", "loopback")


def test_where_nothing_can_be_written_nothing_is_measured(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """It is said before twenty seconds are spent."""
    for option in ("--json", "--picture"):
        assert "cannot be written" in refused(capsys, option, str(tmp_path / "none" / "file"))
        assert "cannot be written" in refused(capsys, option, str(tmp_path))


def test_a_picture_without_matplotlib_is_refused_in_words(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What is missing, what brings it, and that the rest goes without."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    said = refused(capsys, "--picture", str(tmp_path / "latency.png"))
    assert "pip install matplotlib" in said
    assert "leave --picture out" in said


def test_without_midi_it_ends_in_a_sentence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the bridge itself does."""
    from bridge.ports import midi
    from bridge.ports.midi_apis import NotHereError

    def none_works(name_in: str, name_out: str, api: str) -> None:
        raise NotHereError("no server")

    monkeypatch.setattr(midi, "RtMidiPorts", none_works)
    assert "no MIDI system on this machine" in refused(capsys)


@pytest.fixture
def jack() -> Iterator[Jack]:
    server = Jack(period=256)
    yield server
    server.end()


SHORT = """
import sys
from bridge.presets.settings import make_config
from bridge.latency.run import run_latency
sys.exit(run_latency(make_config(None, port="Latency In", midi_api="jack", seed=1), "-", sys.argv[1], turns=3))
"""


@pytest.mark.skipif(bool(missing()), reason=missing())
def test_on_real_ports_everything_is_measured_and_the_ports_are_as_before(jack: Jack, tmp_path: Path) -> None:
    """Notes, turns, messages, OSC; JSON alone on standard output, a picture; no port or connection is left."""

    def ports() -> str:
        return subprocess.run(["jack_lsp", "-c"], capture_output=True, text=True, timeout=30, check=True).stdout

    pytest.importorskip("matplotlib")
    before = ports()
    picture = tmp_path / "latency.png"
    ended = subprocess.run(
        [sys.executable, "-c", SHORT, str(picture)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stdout)
    assert told["turns"] == 3
    assert told["answered"] > 0
    assert all(span["values_ms"] for span in told["spans"].values()), ended.stderr
    assert "turn passes" in ended.stderr
    assert picture.stat().st_size > 0
    assert ports() == before

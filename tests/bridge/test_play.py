"""The main command as it begins: what keeps it from playing is said at once."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bridge.commands import free_port, refused, run
from tests.paths import ROOT


def test_a_taken_osc_port_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """Before anything is loaded, the port and the way out are named."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = str(taken.getsockname()[1])
        assert "choose another with --osc-port" in refused(
            capsys, "--midi-api", "loopback", "--osc-port", port, "--log-level", "debug"
        )


def test_a_taken_port_of_the_page_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever asks for a page is told at once that there is none, and how to have one."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        web = f"127.0.0.1:{taken.getsockname()[1]}"
        assert "choose another with --web HOST:PORT" in refused(
            capsys, "--midi-api", "loopback", "--osc-port", free_port(), "--web", web, "--log-level", "debug"
        )


def test_a_checkpoint_that_is_not_there_ends_the_start(tmp_path: Path) -> None:
    """The engine's own sentence, exit code 2, no traceback."""
    ended = run("--midi-api", "loopback", "--osc-port", free_port(), "--checkpoint", str(tmp_path / "none"))
    assert ended.returncode == 2
    assert "none" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_log_on_a_full_disk_does_not_keep_it_from_playing() -> None:
    """What can't be told is dropped; the bridge starts, and ends when it is asked to."""
    command = [
        sys.executable,
        "-m",
        "bridge.cli",
        "--midi-api",
        "loopback",
        "--osc-port",
        free_port(),
        "--no-view",
    ]
    with open("/dev/full", "w") as full:
        bridge = subprocess.Popen(
            [*command, "--record", "off"], cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True
        )
    with pytest.raises(subprocess.TimeoutExpired):
        bridge.wait(8.0)  # on a busy machine it takes seconds until it heeds a signal
    bridge.terminate()
    _, said = bridge.communicate(timeout=30)
    assert bridge.returncode == 0
    assert "Traceback" not in said

"""The command as the tests give it: what it shows, what it refuses, its settings."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys

import pytest

from bridge.cli import main, play_parser
from bridge.config import Config
from bridge.options import read_config
from tests.paths import ROOT


def config(*arguments: str) -> Config:
    return read_config(play_parser().parse_args(arguments))


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Return what the command says when it refuses with exit code 2, one line, no traceback."""
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert said.err.startswith("melody-bridge: ")
    assert said.err.count("\n") == 1
    return said.err


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    with contextlib.suppress(SystemExit):
        assert main(arguments) == 0
    return capsys.readouterr().out.splitlines()


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bridge.cli", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def free_port() -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        return str(sock.getsockname()[1])

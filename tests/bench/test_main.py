"""All benches in a row: one that cannot run is told in a sentence, and the others run."""

from __future__ import annotations

import subprocess
import sys

import pytest

import bench.__main__ as benches


def run(monkeypatch: pytest.MonkeyPatch, *names: str) -> tuple[int, list[str]]:
    """Run the benches of these names; return the exit code and the modules that were started."""
    started: list[str] = []

    def start(command: list[str], check: bool) -> subprocess.CompletedProcess[str]:
        started.append(command[2])
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(benches, "machine", lambda: "a machine")
    monkeypatch.setattr(benches, "prepare", lambda: None)
    monkeypatch.setattr(subprocess, "run", start)
    monkeypatch.setattr(sys, "argv", ["bench", *names])
    return benches.main(), started


def test_a_bench_whose_package_is_missing_is_told_and_the_others_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No traceback: what is missing, what brings it; the exit code tells that not all was measured."""
    monkeypatch.setitem(sys.modules, "psutil", None)
    assert run(monkeypatch, "live", "decode", "keys") == (1, ["bench.decode", "bench.keys"])
    captured = capsys.readouterr()
    assert "live left out: psutil is not installed" in captured.out
    assert ".[dev]" in captured.out
    assert "failed: live" in captured.err


def test_all_run_where_nothing_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without names every bench is started once."""
    code, started = run(monkeypatch)
    assert code == 0
    assert len(started) == len(benches.BENCHES)

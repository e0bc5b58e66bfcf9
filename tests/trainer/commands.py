"""`melody-train` as the tests give it."""

from __future__ import annotations

import pytest

from trainer.cli import main


def fails(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    """Run a command that must fail as a user's mistake; return its one line."""
    assert main(argv) == 2
    err = capsys.readouterr().err.strip().splitlines()
    assert err[-1].startswith("melody-train: ")
    assert "Traceback" not in "".join(err)
    return err[-1]

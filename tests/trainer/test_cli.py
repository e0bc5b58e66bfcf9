"""`melody-train` as it is called: every command explains itself, at once."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.paths import ROOT
from trainer.cli import main

COMMANDS = ("prepare", "fit", "metre", "evaluate", "continuations", "sample", "judge", "plot")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main([command, "--help"])
    assert stop.value.code == 0
    assert command in capsys.readouterr().out


def test_nothing_heavy_is_imported_to_answer_help_and_mistakes() -> None:
    code = (
        "import sys; from trainer.cli import main; main(['judge', 'x.mid']); "
        "print(sorted({'torch', 'numpy', 'matplotlib'} & set(sys.modules)))"
    )
    root = ROOT
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={"PATH": ""}, cwd=root)
    assert done.stdout.strip() == "[]"

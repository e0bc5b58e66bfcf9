"""Children run our modules, from wherever they are started."""

from __future__ import annotations

import subprocess
from pathlib import Path

from bridge.children import child_environment, python_module


def test_a_child_runs_our_module_whatever_lies_in_its_folder(tmp_path: Path) -> None:
    """A folder that has a package of the same name does not take its place."""
    (tmp_path / "bridge").mkdir()
    (tmp_path / "bridge" / "__init__.py").write_text("raise SystemExit('not ours')\n", encoding="utf-8")
    command = [*python_module("bridge.cli"), "--version"]
    said = subprocess.check_output(command, cwd=tmp_path, env=child_environment(), text=True)
    assert said.startswith("melody-bridge ")

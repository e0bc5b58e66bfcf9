"""The rooms' rule: imports run one way, and the bridge never needs torch to start."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.paths import ROOT

ALLOWED = {
    "engine": {"engine"},
    "bridge": {"bridge", "engine.notes", "engine.messages", "engine.errors"},
    "trainer": {"trainer", "engine"},
}
OURS = ("bridge", "engine", "trainer", "presets", "bench", "tests")
RIM = {"rtmidi": {"bridge/ports/midi.py"}, "pythonosc": {"bridge/ports/osc_messages.py"}}


def imports(path: Path) -> set[str]:
    """Return the modules that a file imports, by their dotted names."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


FILES = sorted(path for package in ALLOWED for path in (ROOT / package).rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_run_one_way(path: Path) -> None:
    """The engine knows nothing of ours but itself; the bridge only the engine's notes, messages and errors."""
    package = path.relative_to(ROOT).parts[0]
    for module in imports(path):
        if module.split(".")[0] in OURS:
            assert any(module == name or module.startswith(name + ".") for name in ALLOWED[package]), (
                f"{path.name} imports {module}"
            )


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_ports_and_osc_stay_at_the_rim(path: Path) -> None:
    """Only the files at the rim import rtmidi and pythonosc."""
    name = str(path.relative_to(ROOT))
    for module in imports(path):
        assert name in RIM.get(module.split(".")[0], {name}), f"{name} imports {module}"


def test_the_bridge_starts_without_torch() -> None:
    """Composing the whole bridge imports neither torch nor numpy nor transformers."""
    code = "import bridge.cli, bridge.session, sys; print([m for m in ('torch', 'numpy') if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"

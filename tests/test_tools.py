"""The suite on other Pythons: what is not at hand is said not to have been run; what fails, fails."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.paths import ROOT

INTERPRETER = """#!/bin/sh
case "$1" in -c) echo {version};; -m) echo "ran $*"; exit {code};; esac
"""
INSTALLS = """#!/bin/sh
mkdir -p "$1/bin"; cp "$(command -v "$PYTHON")" "$1/bin/python"; touch "$3"; echo "$1" >> made
"""
REFUSES = "#!/bin/sh\necho 'ERROR: No matching distribution found for torch' >&2\nexit 1\n"


def script(path: Path, text: str) -> Path:
    """Write an executable script."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
    return path


def run(checkout: Path, *options: str) -> tuple[int, str]:
    """Run the tool in a checkout whose own Python is a 3.11; return its exit code and what it says."""
    own = script(checkout / "own", INTERPRETER.format(version="3.11", code=0))
    path = f"{checkout / 'bin'}:/usr/bin:/bin"
    result = subprocess.run(
        [str(ROOT / "tools" / "test_on_other_pythons"), str(own), *options],
        cwd=checkout,
        env={"PATH": path, "HOME": str(checkout)},
        capture_output=True,
        text=True,
        check=False,
    )
    return result.returncode, result.stdout


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a checkout with a Python 3.12 beside its own, whose packages can be had."""
    for name in ("pyproject.toml", "constraints.txt"):
        (tmp_path / name).touch()
    script(tmp_path / "tools" / "make_venv", INSTALLS)
    script(tmp_path / "bin" / "python3.12", INTERPRETER.format(version="3.12", code=0))
    return tmp_path


def test_the_suite_runs_on_the_other_python_that_is_at_hand(checkout: Path) -> None:
    """All but the real ports, with the options given; the second time nothing is installed."""
    for _ in range(2):
        code, said = run(checkout, "-q", "-x")
        assert code == 0
        assert "--- pytest on Python 3.12\nran -m pytest --ignore tests/test_real_ports.py -q -x" in said
    assert (checkout / "made").read_text(encoding="utf-8").splitlines() == [".venv-3.12"]


def test_new_pins_are_installed_before_the_next_run(checkout: Path) -> None:
    """An environment older than the pins is brought up to date."""
    run(checkout)
    stamp = (checkout / ".venv-3.12" / ".installed-dev").stat().st_mtime
    os.utime(checkout / "constraints.txt", (stamp + 10, stamp + 10))
    run(checkout)
    assert len((checkout / "made").read_text(encoding="utf-8").splitlines()) == 2


@pytest.mark.skipif(Path("/usr/bin/python3.12").exists(), reason="a Python 3.12 is at hand")
def test_a_python_that_is_not_there_is_no_failure(checkout: Path) -> None:
    """It is said that nothing was run, also where the name is only a signpost to something else."""
    script(
        checkout / "bin" / "python3.12", "#!/bin/sh\necho 'pyenv: python3.12: command not found' >&2\nexit 127\n"
    )
    assert run(checkout) == (0, "--- tests on Python 3.12 not run: there is no such Python here\n")


def test_a_python_of_pyenv_is_found(checkout: Path) -> None:
    """Also where pyenv keeps it off the path."""
    (checkout / "bin" / "python3.12").rename(checkout / "kept")
    kept = checkout / ".pyenv" / "versions" / "3.12.1" / "bin" / "python"
    kept.parent.mkdir(parents=True)
    (checkout / "kept").rename(kept)
    assert "--- pytest on Python 3.12" in run(checkout)[1]


def test_packages_that_cannot_be_had_are_no_failure(checkout: Path) -> None:
    """The installer's last words are the reason that is given."""
    script(checkout / "tools" / "make_venv", REFUSES)
    code, said = run(checkout)
    assert code == 0
    assert said.endswith(
        "--- tests on Python 3.12 not run: its packages could not be installed: "
        "ERROR: No matching distribution found for torch\n"
    )


def test_a_failing_test_is_a_failure(checkout: Path) -> None:
    """What was run counts."""
    script(checkout / "bin" / "python3.12", INTERPRETER.format(version="3.12", code=1))
    assert run(checkout)[0] == 1

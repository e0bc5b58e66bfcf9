"""The commands about takes, as a user gives them; the real engine draws an evening's takes again."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from bridge.cli import main
from engine.midi_file import read_midi_file
from tests.bridge.recording.takes import an_evening


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a session of one take."""
    (tmp_path / "2026-11-05-203112.jsonl").write_bytes(an_evening().journal("2026-11-05T20:31:12+0100", "0.1.0"))
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    """Return exit code, output and errors of a command."""
    code = main([str(each) for each in arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_takes_are_listed_for_people_and_for_programs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An empty folder is no mistake."""
    code, out, _ = run(capsys, "takes", "--folder", folder)
    assert code == 0
    assert "★ 1" in out
    code, out, _ = run(capsys, "takes", "--json", "--folder", folder)
    assert json.loads(out)[0]["takes"][0]["number"] == 1
    code, out, _ = run(capsys, "takes", "--folder", folder / "none")
    assert (code, "No sessions in" in out) == (0, True)


def test_older_sessions_are_counted_unless_all_are_asked_for(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The last three fit a screen."""
    for day in (1, 2, 3):
        shutil.copy(folder / "2026-11-05-203112.jsonl", folder / f"2026-11-0{day}-200000.jsonl")
    _, out, _ = run(capsys, "takes", "--folder", folder)
    assert "1 older: --all" in out
    assert "2026-11-01" not in out
    _, out, _ = run(capsys, "takes", "--all", "--folder", folder)
    assert "2026-11-01" in out


def test_a_take_is_written_as_a_midi_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By its number, or by session and number."""
    for name in ("1", "2026-11-05-203112/1"):
        code, out, _ = run(capsys, "takes", "export", name, "--out", folder / "x.mid", "--folder", folder)
        assert (code, "take 1 of 2026-11-05-203112" in out) == (0, True)
        assert len(read_midi_file(folder / "x.mid").notes) == 5


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["takes", "export", "7", "--out", "x.mid"], "has take 1 alone"),
        (["takes", "export", "1", "--out", "x.wav"], "end its name in .mid"),
        (["takes", "export", "1", "--out", "none/x.mid"], "does not exist; make it first"),
        (["takes", "export", "1"], "--out"),
        (["takes", "play", "x"], "it takes a number"),
        (["takes", "dance"], "unrecognized arguments: dance"),
        (["replay", "../1"], "no session in"),
        (["takes", "--folder", "off"], "it takes a folder"),
    ],
)
def test_what_is_refused_is_said_in_one_line(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    """With exit code 2 and no traceback."""
    where = [] if "off" in arguments else ["--folder", str(folder)]
    code, _, err = run(capsys, *arguments, *where)
    assert code == 2
    assert said in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("arguments", [["takes"], ["takes", "play"], ["takes", "export"], ["replay"], ["render"]])
def test_help_fits_into_eighty_columns(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    """As every help here does."""
    with pytest.raises(SystemExit):
        main([*arguments, "--help"])
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 80

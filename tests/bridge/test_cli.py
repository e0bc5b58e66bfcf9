"""The command line: what it refuses and how, what its help names, and that it answers without torch."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bridge.cli import main, play_parser, version
from tests.bridge.commands import refused, shown
from tests.paths import ROOT


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--temperature", "9"], "temperature: '9' refused; it takes a number from 0 to 2"),
        (["--temperature", "nan"], "temperature: 'nan' refused"),
        (["--set", "temprature=1"], "did you mean 'temperature'"),
        (["--set", "temperature"], "it takes NAME=VALUE"),
        (["--cc", "temprature=1"], "did you mean 'temperature'"),
        (["--cc", "temperature"], "it takes NAME=NUMBER"),
        (["--cc", "temperature=200"], "cc of temperature: 200 refused"),
        (["--cc", "temperature=x"], "cc of temperature: 'x' refused"),
        (["--channel", "17"], "channel: 17 refused; it takes a whole number from 0 to 16"),
        (["--midi-api", "oss"], "--midi-api"),
        (["--osc-port", "0"], "osc_port: 0 refused"),
        (["--osc-port", "many"], "--osc-port"),
        (["--osc-feedback", "here"], "it takes HOST:PORT"),
        (["--preset", "dute"], "did you mean 'duet'"),
        (["--port", ""], "give the input port a name"),
        (["--tempo", "1"], "--tempo"),
        (["plya"], "plya"),
        (["demo", "--input", "/no/such.mid"], "no such file"),
        (["demo", "--out", "/no/such/take.mid"], "does not exist"),
        (["demo", "--out", "take.txt"], "a name that ends in .mid"),
        (["demo", "--out", "/dev/full/"], "ends in .mid"),
        (["demo", "--input", "/"], "directory"),
        (["demo", "--turn", "ask"], "no end of its own"),
        (["--preset", "/"], "unknown preset '/'"),
        (["ports", "--chek"], "melody-bridge ports --help"),
        (["calibrate", "now"], "now"),
        (["--oscquery", "70000"], "oscquery: 70000 refused; it takes a whole number from 0 to 65535"),
        (["surfaces"], "--out"),
        (["surfaces", "--out", "/dev/null/x"], "--out /dev/null/x: it cannot be written"),
        (["surfaces", "--out", "x", "--surface-port", "9000"], "another than --osc-port"),
        (["surfaces", "--out", "x", "--osc-port", "0"], "osc_port: 0 refused"),
    ],
)
def test_a_mistake_is_answered_with_one_sentence(
    capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    """What, the value, the allowed set; exit code 2; no traceback."""
    assert said in refused(capsys, *arguments)


@pytest.mark.parametrize(
    "arguments", [["--version"], ["--help"], ["--help-all"], ["ports"], ["controls"], ["calibrate"], ["presets"]]
)
def test_quick_questions_load_nothing_heavy(arguments: list[str]) -> None:
    """Neither torch nor numpy, nor what only a running bridge needs, is imported to answer."""
    program = (
        "import sys, json\nfrom bridge.cli import main\n"
        "try:\n    code = main(sys.argv[1:])\nexcept SystemExit as end:\n    code = end.code\n"
        "names = ['torch', 'numpy', 'rich', 'mido', 'asyncio', 'bridge.session']\n"
        "print(json.dumps([code or 0, [name for name in names if name in sys.modules]]))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, *arguments], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert json.loads(ended.stdout.splitlines()[-1]) == [0, []]


@pytest.mark.parametrize(
    "arguments",
    [
        *(["--help"], ["ports", "--help"], ["controls", "--help"], ["calibrate", "--help"], ["demo", "--help"]),
        *(["presets", "--help"], ["surfaces", "--help"], ["latency", "--help"]),
    ],
)
def test_help_fits_the_smallest_screen(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    """24 lines of 80 columns, the shell's prompt among them."""
    lines = shown(capsys, *arguments)
    assert len(lines) <= 23
    assert max(map(len, lines)) <= 80


def test_help_names_what_a_new_player_needs_and_where_the_rest_is(capsys: pytest.CaptureFixture[str]) -> None:
    """The usual options, every other command, and --help-all."""
    text = "\n".join(shown(capsys, "--help"))
    for named in (
        *("--port", "--midi-api", "--preset", "--checkpoint", "--osc-port", "--no-view", "--cc", "--help-all"),
        *("ports", "controls", "presets", "surfaces", "calibrate", "demo", "latency", "generate"),
    ):
        assert named in text, named


def test_help_all_names_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    """Each that is taken, a flag for every control among them, within 80 columns."""
    lines = shown(capsys, "--help-all")
    text = "\n".join(lines)
    assert max(map(len, lines)) <= 80
    for option in play_parser()._option_string_actions:
        assert option in text, option


@pytest.mark.parametrize("arguments", [["calibrate"], ["calibrate", "--help"]])
def test_calibrating_is_explained(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    """What it measures, the way there, and the next step."""
    text = "\n".join(shown(capsys, *arguments))
    for said in ("GPT Out", "Press c", "/melody/calibrate", "--offset="):
        assert said in text, said


def test_the_version_is_the_projects(capsys: pytest.CaptureFixture[str]) -> None:
    """One number, from one place."""
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"melody-bridge {version()}\n"


def test_surfaces_are_written_for_the_ports_and_presets_that_are_told(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Each file is named, and speaks to the port and prefix."""
    lines = shown(capsys, "surfaces", "--out", str(tmp_path), "--osc-port", "9100", "--osc-prefix", "band")
    assert sorted(lines) == sorted(str(path) for path in tmp_path.iterdir())
    assert "device port 9100" in (tmp_path / "melody-bridge.ReaperOSC").read_text()
    assert "/band/temperature" in (tmp_path / "melody-bridge.stage-control.json").read_text()

"""The command line: what its flags set, what it refuses and how, and that it answers without torch."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from bridge.cli import main, play_parser, read_config, version
from bridge.config import Config
from bridge.controls import TABLE, Controls
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


def test_flags_become_settings_and_controls() -> None:
    """Every option of the command lands in its place."""
    read = config(
        *("--port", "Keys In", "--midi-api", "jack", "--checkpoint", "dir", "--device", "cpu", "--seed", "7"),
        *("--osc-port", "9100", "--osc-host", "0.0.0.0", "--osc-feedback", "10.0.0.5:9001", "--channel", "3"),
        *("--temperature", "1.2", "--top-k", "7", "--bpm", "96", "--log-level", "debug"),
    )
    assert (read.port, read.output_name, read.midi_api, read.checkpoint) == ("Keys In", "Keys Out", "jack", "dir")
    assert (read.device, read.seed, read.osc_port, read.osc_host) == ("cpu", 7, 9100, "0.0.0.0")
    assert (read.osc_feedback, read.channel, read.log_level) == ("10.0.0.5:9001", 3, "debug")
    controls = Controls()
    controls.update(read.controls)
    assert [controls[name] for name in ("temperature", "top_k", "bpm")] == [1.2, 7, 96.0]


@pytest.mark.parametrize("control", TABLE, ids=lambda control: control.name)
def test_every_control_has_a_flag_and_can_be_set(control: object) -> None:
    """The flags come from the table: --name and --set name=value mean the same."""
    name, default = control.name, str(control.default)  # type: ignore[attr-defined]
    assert config("--" + name.replace("_", "-"), default).controls == {name: default}
    assert config("--set", f"{name}={default}").controls == {name: default}


def test_flags_win_over_the_preset(tmp_path: Path) -> None:
    """A preset's values stand unless a flag says otherwise."""
    preset = tmp_path / "mine.yaml"
    preset.write_text("port: Stage In\ntemperature: 1.5\ntop_k: 5\n")
    read = config("--preset", str(preset), "--temperature", "0.5")
    assert (read.port, dict(read.controls)) == ("Stage In", {"temperature": "0.5", "top_k": 5})


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


@pytest.mark.parametrize(("given", "kept"), [([], ""), (["--web"], "9020"), (["--web", "0.0.0.0"], "0.0.0.0")])
def test_the_page_is_served_where_it_is_asked_for(given: list[str], kept: str) -> None:
    """Without an address on the usual port; without the option nowhere."""
    assert read_config(play_parser().parse_args(given)).web == kept


def test_a_checkpoint_that_is_not_there_ends_the_start(tmp_path: Path) -> None:
    """The engine's own sentence, exit code 2, no traceback."""
    ended = run("--midi-api", "loopback", "--osc-port", free_port(), "--checkpoint", str(tmp_path / "none"))
    assert ended.returncode == 2
    assert "none" in ended.stderr
    assert "Traceback" not in ended.stderr


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


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    with contextlib.suppress(SystemExit):
        assert main(arguments) == 0
    return capsys.readouterr().out.splitlines()


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


def test_any_control_can_be_given_a_controller() -> None:
    """--cc, as often as one likes."""
    assert config("--cc", "turn=14", "--cc", "key-lock=off").cc == {"turn": 14, "key_lock": "off"}


def test_the_version_is_the_projects(capsys: pytest.CaptureFixture[str]) -> None:
    """One number, from one place."""
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"melody-bridge {version()}\n"


def test_the_controls_are_listed_with_range_default_and_meaning(capsys: pytest.CaptureFixture[str]) -> None:
    """All of the table, for people."""
    assert main(["controls"]) == 0
    text = capsys.readouterr().out
    assert all(control.sentence in text and control.allowed() in text for control in TABLE)


def test_presets_are_listed_by_name_with_number_and_sentence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The player's own among them, a broken one with what is wrong in it; and where they stand."""
    monkeypatch.setattr("bridge.presets.shelf.config_folder", lambda: tmp_path)
    (tmp_path / "presets").mkdir()
    (tmp_path / "presets" / "late.yaml").write_text("about: Late.\nnumber: 13\n")
    (tmp_path / "presets" / "odd.yaml").write_text("temprature: 1\n")
    lines = shown(capsys, "presets")
    assert any(line.split()[:2] == ["1", "duet"] for line in lines)
    assert any(line.split() == ["13", "late", "Late."] for line in lines)
    assert any("odd" in line and "did you mean 'temperature'" in line for line in lines)
    assert lines[-1] == f"Your own: {tmp_path / 'presets'}"


def test_surfaces_are_written_for_the_ports_and_presets_that_are_told(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Each file is named, and speaks to the port and prefix."""
    lines = shown(capsys, "surfaces", "--out", str(tmp_path), "--osc-port", "9100", "--osc-prefix", "band")
    assert sorted(lines) == sorted(str(path) for path in tmp_path.iterdir())
    assert "device port 9100" in (tmp_path / "melody-bridge.ReaperOSC").read_text()
    assert "/band/temperature" in (tmp_path / "melody-bridge.stage-control.json").read_text()

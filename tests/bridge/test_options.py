"""The options: what their flags set, and the settings that they make."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.cli import play_parser
from bridge.controls import TABLE, Controls
from bridge.options import read_config
from tests.bridge.commands import config


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


@pytest.mark.parametrize(("given", "kept"), [([], ""), (["--web"], "9020"), (["--web", "0.0.0.0"], "0.0.0.0")])
def test_the_page_is_served_where_it_is_asked_for(given: list[str], kept: str) -> None:
    """Without an address on the usual port; without the option nowhere."""
    assert read_config(play_parser().parse_args(given)).web == kept


def test_any_control_can_be_given_a_controller() -> None:
    """--cc, as often as one likes."""
    assert config("--cc", "turn=14", "--cc", "key-lock=off").cc == {"turn": 14, "key_lock": "off"}

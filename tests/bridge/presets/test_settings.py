"""The settings of a session: which of default, preset and flag holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.presets.settings import load_preset, make_config
from bridge.presets.shelf import bundled_names
from engine.errors import UserError


@pytest.mark.parametrize("name", bundled_names())
def test_every_bundled_preset_is_valid(name: str) -> None:
    """A preset that travels with the program can be started with."""
    assert make_config(name).preset == name


def test_flags_win_over_the_preset_and_the_preset_over_defaults(tmp_path: Path) -> None:
    """A later, more deliberate choice wins, control by control."""
    preset = tmp_path / "mine.yaml"
    preset.write_text("osc_port: 9100\ntemperature: 1.5\ntop_k: 7\ngrid: off\n")
    config = make_config(str(preset), controls={"top_k": 9}, port=None)
    assert (config.osc_port, dict(config.controls)) == (9100, {"temperature": 1.5, "top_k": 9, "grid": "off"})


def test_a_number_or_one_of_the_players_own_will_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """--preset takes what a program change takes; a file is found by its path."""
    monkeypatch.setattr("bridge.presets.shelf.config_folder", lambda: tmp_path)
    (tmp_path / "presets").mkdir()
    (tmp_path / "presets" / "mine.yaml").write_text("top_k: 3\n")
    assert load_preset("2").name == "echo"
    assert load_preset("mine").controls == {"top_k": 3}


def test_a_missing_preset_names_those_there_are(tmp_path: Path) -> None:
    """An unknown name is answered with the list; a missing file with its path."""
    with pytest.raises(UserError, match=r"known are.*duet"):
        load_preset("zzz")
    with pytest.raises(UserError, match="no such file"):
        load_preset(str(tmp_path / "none.yaml"))


def test_any_control_can_be_moved_by_any_controller(tmp_path: Path) -> None:
    """The preset's map, then the flags'; a control has one controller, and a number moves one control."""
    preset = tmp_path / "mine.yaml"
    preset.write_text("cc:\n  key_lock: 21\n  turn: 14\n  patience: off\n")
    bindings = make_config(str(preset), cc={"turn": 15}).bindings
    controllers = {each.number: name for name, each in bindings.items()}
    assert {controllers[number] for number in (20, 21, 15)} == {"temperature", "key_lock", "turn"}
    assert not {28, 14, 23} & set(controllers)
    assert "top_k" not in controllers.values()


def test_a_bar_may_be_told_as_a_time_signature(tmp_path: Path) -> None:
    """In a preset and as a flag; a signature in a flag replaces the pulse of the preset's, too."""
    preset = tmp_path / "jig.yaml"
    preset.write_text("bar: 6/8\n")
    assert make_config(str(preset)).controls == {"bar": 3.0, "pulse": 1.5}
    assert make_config(str(preset), controls={"bar": "3/4"}).controls == {"bar": 3.0, "pulse": 1.0}
    preset.write_text("bar: 6/7\n")
    with pytest.raises(UserError, match=r"jig.yaml:1: bar: '6/7' refused"):
        make_config(str(preset))

"""Settings and presets: what stands where, and what is refused with which words."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.config import Config, load_preset, make_config, preset_names
from bridge.controls import cc_map
from engine.errors import UserError


@pytest.mark.parametrize(
    ("port", "out"),
    [
        ("GPT In", "GPT Out"),
        ("in", "out"),
        ("Line IN 2", "Line OUT 2"),
        ("Piano", "Piano Out"),
        ("Inlet", "Inlet Out"),
    ],
)
def test_the_output_is_named_after_the_input(port: str, out: str) -> None:
    """In becomes Out as a word; any other name gets ' Out' behind it."""
    assert Config(port=port).output_name == out


@pytest.mark.parametrize("name", preset_names())
def test_every_bundled_preset_is_valid(name: str) -> None:
    """A preset that travels with the program loads."""
    make_config(name)


def test_flags_win_over_the_preset_and_the_preset_over_defaults(tmp_path: Path) -> None:
    """A later, more deliberate choice wins, control by control."""
    preset = tmp_path / "mine.yaml"
    preset.write_text("osc_port: 9100\ntemperature: 1.5\ntop_k: 7\ngrid: off\n")
    config = make_config(str(preset), controls={"top_k": 9}, port=None)
    assert (config.osc_port, dict(config.controls)) == (9100, {"temperature": 1.5, "top_k": 9, "grid": "off"})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("temprature: 1", "unknown key 'temprature'; did you mean 'temperature'"),
        ("temperature: hot", "temperature: 'hot' refused"),
        ("osc_port: 0", "osc_port: 0 refused"),
        ("osc_port: many", "osc_port: 'many' refused"),
        ("midi_api: bluetooth", "one of auto, alsa"),
        ("osc_feedback: nowhere", "HOST:PORT"),
        ("- a list", "a preset is a list of"),
        ("a: [", "not YAML"),
    ],
)
def test_a_bad_preset_is_refused_with_its_reason(tmp_path: Path, text: str, words: str) -> None:
    """What is wrong, and what is allowed, stand in the sentence."""
    preset = tmp_path / "bad.yaml"
    preset.write_text(text)
    with pytest.raises(UserError, match=words.replace("[", r"\[")):
        make_config(str(preset))


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
    controllers = make_config(str(preset), cc={"turn": 15}).controllers
    assert {controllers[number] for number in (20, 21, 15)} == {"temperature", "key_lock", "turn"}
    assert not {28, 14, 23} & set(controllers)
    assert "top_k" not in controllers.values()


def test_without_a_map_the_tables_own_controllers_hold() -> None:
    """Ten of them; a footswitch on one of their numbers is the footswitch."""
    assert Config().controllers == cc_map()
    assert 20 not in Config(footswitch_cc=20).controllers


@pytest.mark.parametrize(
    ("cc", "words"),
    [
        ({"temprature": 21}, "did you mean 'temperature'"),
        ({"temperature": 120}, "cc of temperature: 120 refused; it takes a whole number from 0 to 119"),
        ({"temperature": "many"}, "'many' refused"),
        ({"temperature": True}, "True refused"),
        ({"temperature": 66}, "it is the footswitch"),
        ({"temperature": 64}, "it is the sustain pedal"),
        ({"temperature": 30, "top_k": 30}, "it is the controller of temperature"),
        (5, "lines of 'control: number'"),
    ],
)
def test_a_controller_that_cannot_be_is_refused(cc: object, words: str) -> None:
    """Which control, which number, and why."""
    with pytest.raises(UserError, match=words):
        Config(cc=cc)  # type: ignore[arg-type]


def test_a_bar_may_be_told_as_a_time_signature(tmp_path: Path) -> None:
    """In a preset and as a flag; a signature in a flag replaces the pulse of the preset's, too."""
    preset = tmp_path / "jig.yaml"
    preset.write_text("bar: 6/8\n")
    assert make_config(str(preset)).controls == {"bar": 3.0, "pulse": 1.5}
    assert make_config(str(preset), controls={"bar": "3/4"}).controls == {"bar": 3.0, "pulse": 1.0}
    preset.write_text("bar: 6/7\n")
    with pytest.raises(UserError, match=r"jig.yaml: bar: '6/7' refused"):
        make_config(str(preset))

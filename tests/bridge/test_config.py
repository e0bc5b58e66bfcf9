"""Settings and presets: what stands where, and what is refused with which words."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.config import Config, load_preset, make_config, preset_names
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

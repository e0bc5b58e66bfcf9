"""A preset's text: what it says, and file, line, allowed set and nearest key of what is wrong in it."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.controls import TABLE, Controls, Value
from bridge.presets.file import OF_THE_PLACE, Preset, format_preset, kept_values, parse_preset, whole_state
from engine.errors import UserError


def parse(text: str) -> Preset:
    return parse_preset("mine", "mine.yaml", text)


def test_a_preset_holds_a_sentence_a_number_settings_and_controls() -> None:
    """Each key lands where it belongs; values are those of the controls."""
    preset = parse("about: Mine.\nnumber: 14\nport: Piano\ntop_k: 7\ngrid: off\ncc:\n  turn: 14\n  top_k: off\n")
    assert preset == Preset(
        "mine", "Mine.", 14, {"port": "Piano", "cc": {"turn": 14, "top_k": "off"}}, {"top_k": 7, "grid": "off"}
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("top_k: 7\ntemprature: 1", "mine.yaml:2: unknown key 'temprature'; did you mean 'temperature'"),
        ("# mine\n\ntemperature: hot", "mine.yaml:3: temperature: 'hot' refused; it takes a number from 0 to 2"),
        ("temperature: 3", "mine.yaml:1: temperature: 3 refused; it takes a number from 0 to 2"),
        ("temperature: true", "mine.yaml:1: temperature: True refused"),
        ("temperature: .nan", "mine.yaml:1: temperature: nan refused"),
        ("temperature: [1]", "mine.yaml:1: temperature: [1] refused"),
        ("turn: sometimes", "mine.yaml:1: turn: 'sometimes' refused; it takes one of adaptive, fixed, ask"),
        ("top_k: 1\nport: 5", "mine.yaml:2: port: 5 refused; it takes a text"),
        ("osc_port: 0", "mine.yaml:1: osc_port: 0 refused; it takes a whole number from 1 to 65535"),
        ("osc_port: many", "mine.yaml:1: osc_port: 'many' refused; it takes a whole number"),
        ("midi_api: bluetooth", "mine.yaml:1: midi_api: 'bluetooth' refused; it takes one of auto, alsa"),
        (
            "cc:\n  turn: 14\n  temprature: 15",
            "mine.yaml:3: unknown control or action 'temprature'; did you mean 'temperature'",
        ),
        ("cc:\n  turn: 200", "mine.yaml:2: cc of turn: 200 refused; it takes a whole number from 0 to 119"),
        ("cc: 5", "mine.yaml:1: cc: 5 refused; it takes lines of 'control: number'"),
        ("about: 7", "mine.yaml:1: about: 7 refused; it takes one sentence"),
        ("number: 129", "mine.yaml:1: number: 129 refused; it takes a whole number from 1 to 128"),
        ("top_k: 7\ntop_k: 8", "mine.yaml:2: 'top_k' stands here a second time"),
        ("preset: duet", "mine.yaml:1: unknown key 'preset'"),
        ("- a list", "mine.yaml:1: a preset is a list of 'key: value' lines, not a list"),
        ("top_k: 7\na: [", "mine.yaml:2: not YAML: "),
        ("a: \x00", "mine.yaml: not YAML: "),
        ("? [1, 2]\n: 3", "mine.yaml:1: unknown key '[1, 2]'"),
        ("[" * 3000, "mine.yaml"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(text: str, said: str) -> None:
    """File, line, the value, the allowed set or the nearest key stand in the sentence."""
    with pytest.raises(UserError) as refused:
        parse(text)
    assert said in str(refused.value)


@given(st.text(max_size=200))
def test_no_text_raises_anything_but_a_user_error(text: str) -> None:
    """Whatever stands in the file: a preset, or a sentence."""
    with contextlib.suppress(UserError):
        parse(text)


def live_states() -> st.SearchStrategy[dict[str, Value]]:
    """Return live states: a position of the travel of each control that can be set."""
    return st.fixed_dictionaries(
        {control.name: st.floats(0.0, 1.0).map(control.scale) for control in TABLE if not control.open}
    )


@given(live_states())
def test_what_is_saved_comes_back_as_it_was(state: dict[str, Value]) -> None:
    """Written and read again a live state is the same, but for what belongs to the machine."""
    kept = kept_values(Controls().values() | state, TABLE)
    preset = Preset("mine", "What I set: late at night.", 13, {}, kept)
    back = parse_preset("mine", "mine.yaml", format_preset(preset))
    assert back == preset
    whole = whole_state(back.controls, TABLE)
    for name, value in state.items():
        if name not in OF_THE_PLACE:
            assert whole[name] == value


def test_a_recalled_preset_resets_how_is_played_and_leaves_the_place() -> None:
    """What it does not name takes its default, but for the offset that was measured, the key that was told."""
    whole = whole_state({"temperature": 1.5}, TABLE)
    assert whole["temperature"] == 1.5
    assert whole["top_k"] == 20
    assert set(OF_THE_PLACE).isdisjoint(whole)
    assert whole_state({"bar": 3.0}, TABLE)["bar"] == 3.0


def test_an_offset_is_not_kept_and_a_key_only_where_it_was_set() -> None:
    """A preset goes to other machines and other pieces."""
    values = Controls().values()
    assert set(OF_THE_PLACE).isdisjoint(kept_values(values, TABLE))
    kept = kept_values(values | {"offset": -12.5, "key": "G"}, TABLE)
    assert "offset" not in kept
    assert kept["key"] == "G"


def test_a_bare_on_or_off_is_taken_as_written() -> None:
    """YAML 1.1 reads them as true and false."""
    for written in ("on", "off", "X-Touch"):
        assert parse(f"cc_feedback: {written}\n").settings == {"cc_feedback": written}

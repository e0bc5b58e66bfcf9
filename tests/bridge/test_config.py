"""Settings: what stands where, and what is refused with which words."""

from __future__ import annotations

import pytest

from bridge.bindings import Binding
from bridge.config import Config
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


@pytest.mark.parametrize(
    ("setting", "value"), [("port", 5), ("osc_port", "9000"), ("channel", True), ("seed", 1.5), ("preset", None)]
)
def test_a_setting_of_another_kind_is_refused(setting: str, value: object) -> None:
    """Texts are texts and numbers numbers, whoever asks."""
    with pytest.raises(UserError, match=f"{setting}: .* refused; it takes a (text|whole number)"):
        Config(**{setting: value})  # type: ignore[arg-type]


def test_without_a_map_the_tables_own_controllers_hold() -> None:
    """Ten of them; a footswitch on one of their numbers is the footswitch."""
    assert Config().bindings == {name: Binding(number) for number, name in cc_map().items()}
    assert "temperature" not in Config(footswitch_cc=20).bindings


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
        ({"temperature": "14bit:20", "turn": 52}, "cc of turn: 52 refused; it is the controller of temperature"),
        ({"temperature": "rel:66"}, "it is the footswitch"),
        (5, "lines of 'control: number'"),
    ],
)
def test_a_controller_that_cannot_be_is_refused(cc: object, words: str) -> None:
    """Which control, which number, and why."""
    with pytest.raises(UserError, match=words):
        Config(cc=cc)  # type: ignore[arg-type]


def test_a_pair_takes_two_numbers_from_the_table() -> None:
    """Both halves; the other controls keep theirs."""
    bindings = Config(cc={"turn": "14bit:20", "style": "rel:21"}).bindings
    assert bindings["turn"].numbers == (20, 52)
    assert not {"temperature", "top_k"} & set(bindings)
    assert len(bindings) == 10

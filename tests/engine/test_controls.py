"""The controls that draw: engine/controls.py. A new one is one row there and one place that reads it."""

from __future__ import annotations

import ast
from dataclasses import fields, replace
from pathlib import Path

import pytest
import torch

from bridge.controls import TABLE, Controls
from bridge.events import SetControl
from bridge.moment import read_settings
from bridge.ports.osc_messages import route
from bridge.presets.settings import make_config
from engine import generate
from engine.checkpoint import Checkpoint
from engine.controls import DRAWING, Control, Sampling, Value, sampling_of
from engine.errors import UserError
from engine.improviser import Improviser
from engine.messages import Goal
from engine.notes import Note
from engine.styles import asked_style
from engine.tokenizer import NoteTokenizer
from tests.paths import ROOT
from tests.tiny import tiny_model

CALL = [Note(60 + step, 1.0) for step in (0, 4, 0, 4, 0, 4, 0, 4, 0, 4, 0, 4)]
C_MAJOR = (0, (0, 2, 4, 5, 7, 9, 11))
by_name = pytest.mark.parametrize("row", DRAWING, ids=lambda row: row.name)


def styled_checkpoint() -> Checkpoint:
    """Return a tiny checkpoint that knows two styles."""
    tokenizer = NoteTokenizer(styles=("China", "Irland"))
    return Checkpoint(tiny_model(tokenizer), tokenizer, {}, Path("tiny"), torch.device("cpu"))


def other_value(row: Control) -> Value:
    """Return an allowed value that is not the default."""
    if row.kind == "choice":
        return "Irland"
    return row.parse(row.high if row.default != row.high else row.low)


def named_in(name: str) -> set[str]:
    """Return the files of engine and bridge whose code names a control: as a text, a field, an argument."""
    found = set()
    for package in ("engine", "bridge"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                names = (getattr(node, "attr", None), getattr(node, "arg", None), getattr(node, "id", None))
                if name in (*names, getattr(node, "value", None)):
                    found.add(str(path.relative_to(ROOT)))
    return found


@by_name
def test_a_drawing_control_reaches_preset_surface_and_sampler(row: Control, tmp_path: Path) -> None:
    """Set in a preset or by OSC, a row of the table arrives in what the engine is asked to draw with."""
    assert row in TABLE
    value = other_value(row)
    preset = tmp_path / "one.yaml"
    preset.write_text(f"{row.name}: {value}\n", encoding="utf-8")
    assert dict(make_config(str(preset)).controls) == {row.name: value}
    event = route(f"/melody/{row.name}", [value], "/melody", 0.0)
    assert isinstance(event, SetControl)
    controls = Controls()
    controls.set(event.name, event.value)
    assert read_settings(controls).sampling == replace(sampling_of({}), **{row.name: value})  # type: ignore[arg-type]


@pytest.mark.parametrize("row", generate.ROWS, ids=lambda row: row.name)
def test_a_drawing_control_is_an_option_of_generate(row: Control) -> None:
    """Range and default of the option are the row's."""
    flag, value = "--" + row.name.replace("_", "-"), other_value(row)
    arguments = generate._parser().parse_args(["C4", flag, str(value)])
    assert generate._sampling(arguments) == replace(Sampling(), **{row.name: value})  # type: ignore[arg-type]
    if row.kind != "choice":
        with pytest.raises(UserError, match=f"{flag}: .* refused"):
            generate._sampling(generate._parser().parse_args(["C4", flag, str(row.high + 1)]))


@by_name
def test_a_drawing_control_changes_what_is_drawn(row: Control) -> None:
    """Turned to another value, each row draws other notes from the same seed: none is without effect."""

    improviser = Improviser(styled_checkpoint(), 0)

    def drawn(sampling: Sampling) -> list[Note]:
        notes: list[Note] = []
        for seed in range(12):
            improviser.sync(0, CALL, None, asked_style(sampling))
            improviser.begin(sampling, Goal(call_notes=len(CALL)), seed=seed, endless=True)
            notes += [improviser.draw().note for _ in range(6)]
        return notes

    usual = Sampling(
        temperature=1.7, top_k=12, key=C_MAJOR, range_low=58, range_high=66, style_b="China", style_mix=0.5
    )
    assert drawn(replace(usual, **{row.name: other_value(row)})) != drawn(usual)  # type: ignore[arg-type]


def test_every_field_of_the_record_but_the_key_is_a_row() -> None:
    """Nothing draws that cannot be set; the key is heard, or set by two controls of its own."""
    assert [row.name for row in DRAWING] == [each.name for each in fields(Sampling) if each.name != "key"]


@pytest.mark.parametrize("name", ["top_p", "min_p", "loop_guard"])
def test_a_drawing_control_is_named_where_it_draws_alone(name: str) -> None:
    """Where the row stands, and where it is checked and reckoned with: no other list has to know of it."""
    rooms = {file.rpartition("/")[0] for file in named_in(name) - {"engine/controls.py"}}
    assert "engine/controls.py" in named_in(name)
    assert rooms == {"engine/drawing"}
    assert len(named_in(name)) <= 3

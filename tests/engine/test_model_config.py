"""What a model is made of: engine/model_config.py."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch

from engine.columns import DURATION_POINTERS, POINTERS
from engine.errors import UserError
from engine.model import GPT
from engine.model_config import GPTConfig, parameter_count, tensor_shapes
from tests.engine.test_model import CONFIG
from tests.tiny import tiny_checkpoint


def test_configuration_survives_json() -> None:
    """What config.json holds gives the same form again; an unknown entry is named."""
    assert GPTConfig.from_json(CONFIG.to_json()) == CONFIG
    with pytest.raises(UserError, match="wings"):
        GPTConfig.from_json(CONFIG.to_json() | {"wings": 2})


@pytest.mark.parametrize(
    ("changes", "named"),
    [({"n_head": 3}, "n_embd 16"), ({"context": 0}, "context"), ({"pointers": ("nose",)}, "nose")],
)
def test_impossible_forms_are_refused(changes: dict[str, object], named: str) -> None:
    """A form that cannot be is refused with what is wrong in it."""
    with pytest.raises(UserError, match=named):
        GPTConfig.from_json(CONFIG.to_json() | changes)


def test_what_the_heads_see_besides_the_hidden_state_is_all_pointers() -> None:
    """Those of tokens stand before those of durations, as the model's rows carry them."""
    assert CONFIG.carried == (*POINTERS, *DURATION_POINTERS)


@pytest.mark.parametrize("kind", ["note", "pitch", "plain"])
@pytest.mark.parametrize("changes", [{}, {"tied": True}, {"pointers": ()}, {"duration_pointers": ()}])
def test_the_shapes_are_those_of_the_model(kind: str, changes: dict[str, Any]) -> None:
    """Every weight by its name and in the model's order, whatever heads the model has; so is their number."""
    config = replace(CONFIG if kind == "note" else tiny_checkpoint(kind).config, **changes)
    with torch.device("meta"):
        model = GPT(config)
    shapes = {name: tuple(weight.shape) for name, weight in model.named_parameters()}
    assert tensor_shapes(config) == shapes
    assert parameter_count(config) == model.parameter_count()

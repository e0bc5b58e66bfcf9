"""A recipe is found by path or name, and read over as YAML."""

from __future__ import annotations

import pytest

from engine.errors import UserError
from tests.trainer.commands import fails
from trainer.recipe import find_config, overrides_from


def test_a_config_that_is_not_there_names_the_shipped(capsys: pytest.CaptureFixture[str]) -> None:
    assert "no such file" in fails(capsys, "fit", "train-nothing.yaml")
    with pytest.raises(UserError):
        find_config("nothing")


def test_set_reads_values_as_yaml_does() -> None:
    assert overrides_from(["epochs=3", "learning_rate=1e-3", "data=a=b"]) == {
        "epochs": 3, "learning_rate": "1e-3", "data": "a=b",
    }  # fmt: skip
    with pytest.raises(UserError, match="KEY=VALUE"):
        overrides_from(["epochs"])

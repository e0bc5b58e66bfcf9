"""In what a checkpoint is computed by PyTorch."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import engine.decoding.precision as precision
from engine.decoding.int8 import Int8Linear
from engine.errors import UserError
from tests.tiny import write_tiny


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of a tiny checkpoint."""
    return write_tiny(tmp_path / "tiny")


def in_int8(folder: Path, asked: str) -> bool:
    loaded = precision.load_in(folder, "cpu", asked)
    there = any(isinstance(module, Int8Linear) for module in loaded.model.modules())
    assert loaded.way == ("weights in int8" if there else "")
    assert loaded.device_name == "cpu"
    return there


def test_what_is_asked_for_is_what_is_computed_in(folder: Path) -> None:
    """Each precision by its name; the number of weights does not change with it."""
    for name, dtype in (("fp32", torch.float32), ("bf16", torch.bfloat16), ("auto", torch.float32)):
        assert precision.load_in(folder, "cpu", name).model.wpe.weight.dtype == dtype
    assert [in_int8(folder, name) for name in ("fp32", "bf16", "auto", "int8")] == [False, False, False, True]
    counts = {precision.load_in(folder, "cpu", name).parameters for name in ("fp32", "int8")}
    assert len(counts) == 1


def test_large_models_are_in_int8_on_the_cpu_unless_told_otherwise(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a token costs its bytes, and unless this PyTorch cannot: then in 32 bits, and a line says so."""
    monkeypatch.setattr(precision, "LARGE", 1000)
    assert in_int8(folder, "auto")
    assert not in_int8(folder, "fp32")

    def refuse(_: object) -> None:
        raise UserError("int8: no kernels")

    monkeypatch.setattr(precision, "quantise", refuse)
    assert precision.load_in(folder, "cpu", "auto").way == "in fp32: int8: no kernels"
    with pytest.raises(UserError, match="no kernels"):
        precision.load_in(folder, "cpu", "int8")


def test_what_there_is_not_is_refused(folder: Path) -> None:
    """A precision that is none is refused with those there are."""
    with pytest.raises(UserError, match=r"'int4' is none of auto, fp32, bf16, int8"):
        precision.load_in(folder, "cpu", "int4")

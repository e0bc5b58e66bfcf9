"""The bench of decoding: what is not installed is left out, and the rest is measured."""

from __future__ import annotations

import sys

import pytest
import torch
from rich.console import Console

import bench.decode as decode
from tests.tiny import tiny_checkpoint


def test_without_transformers_the_other_ways_are_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A sentence says what is missing and what brings it; the columns beside it hold a dash."""
    monkeypatch.setitem(sys.modules, "transformers", None)
    checkpoint = tiny_checkpoint(context=192)
    monkeypatch.setattr(decode, "load", lambda *_: checkpoint)
    monkeypatch.setattr(decode, "SIZES", ())
    monkeypatch.setattr(sys, "argv", ["bench.decode", "--device", "cpu", "--quick", "tiny"])
    monkeypatch.setattr(decode, "QUICK_S", 0.0)
    decode.main()
    out = capsys.readouterr().out
    assert "transformers is not installed" in out
    assert ".[dev]" in out
    for way in (decode.PAPER, decode.OURS, decode.NOTE):
        assert way in out


def test_a_way_that_was_left_out_has_no_ratio() -> None:
    """Nothing is divided by a time that was not measured."""
    console = Console(record=True, width=120)
    ways = [decode.Way(decode.PAPER, lambda: None, [2.0]), decode.Way(decode.OURS, lambda: None, [1.0])]
    console.print(decode.table("a size", ways))
    text = console.export_text()
    assert "2.0 x" in text
    assert text.count("│ -") == 2


def test_with_transformers_all_ways_decode_a_token() -> None:
    """Every way can be measured, in the order in which the table shows them."""
    pytest.importorskip("transformers")
    checkpoint = tiny_checkpoint(context=192)
    ways = decode.measured(checkpoint.model, torch.device("cpu"), checkpoint, 0.0)
    assert [way.name for way in ways] == [decode.PAPER, decode.TRANSFORMERS, decode.OURS, decode.NOTE]
    assert all(len(way.times_ms) >= 5 for way in ways)

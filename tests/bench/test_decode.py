"""The bench of decoding: what is not installed is left out, and the rest is measured."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
import torch
from rich.console import Console

import bench.decode as decode
import bench.decode_ways as decode_ways
from bench.machine import missing, one_thread
from bench.ways import LEAST_TURNS, Way, in_turns
from engine.decoding.int8 import Int8Linear
from engine.decoding.static import as_it_is
from engine.start import ONE_THREAD
from tests.tiny import tiny_checkpoint


def tiny(kind: str = "note") -> decode_ways.Model:
    """Return a tiny model that can be played."""
    checkpoint = tiny_checkpoint(kind, context=192)
    return decode_ways.Model("tiny", checkpoint.model, torch.device("cpu"), checkpoint)


@pytest.fixture
def begun_with_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the process be one that began with one thread."""
    for name in ONE_THREAD:
        monkeypatch.setenv(name, "1")


@pytest.mark.usefixtures("begun_with_one_thread")
def test_without_transformers_the_other_ways_are_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A sentence says what is missing and what brings it; the figures are written, the pictures drawn."""
    monkeypatch.setitem(sys.modules, "transformers", None)
    monkeypatch.setattr(decode, "models_of", lambda *_: [tiny()])
    for module in (decode, decode_ways):
        monkeypatch.setattr(module, "in_turns", lambda ways, _, clock: in_turns(ways, 0.0, clock))
    monkeypatch.setattr(sys, "argv", ["bench.decode", "--device", "cpu", "--quick", "--out", str(tmp_path)])
    decode.main()
    out = capsys.readouterr().out
    assert "transformers is not installed" in out
    assert ".[dev]" in out
    found = json.loads((tmp_path / "decode.json").read_text())
    ways = [decode_ways.PAPER, decode_ways.EAGER, decode_ways.NUMPY, decode_ways.NOTE, decode_ways.FLOOR]
    assert list(found["ways"]["tiny"]) == ["parameters", "bytes", *ways]
    assert list(found["context"]["tiny"][decode_ways.NUMPY]) == ["16", "64", "128"]
    assert list(found["batch"]["tiny"][decode_ways.NUMPY]) == ["1", "2", "4", "8", "16", "32"]
    if not missing("matplotlib"):
        assert sorted(path.name for path in tmp_path.glob("*.png")) == ["batch.png", "context.png", "size.png"]


def test_a_way_that_was_left_out_has_no_ratio() -> None:
    """Nothing is divided by a time that was not measured."""
    console = Console(record=True, width=160)
    ways = [Way(decode_ways.PAPER, int, [2.0], [2.0], [2.0]), Way(decode_ways.EAGER, int, [1.0], [1.5], [1.0])]
    console.print(decode.ways_table("a size", ways))
    assert console.export_text().count("│ -") == 4


def test_large_models_are_measured_in_int8_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """On the CPU, with a floor of a quarter of the bytes; the model itself stays as it is."""
    monkeypatch.setattr(decode_ways, "is_compact", lambda _: False)
    model = tiny("plain")
    assert list(model.decoders) == [decode_ways.EAGER, decode_ways.INT8]
    assert not any(isinstance(module, Int8Linear) for module in model.gpt.modules())
    assert [way.name for way in decode_ways.ways_of(model)][-2:] == [decode_ways.FLOOR, decode_ways.FLOOR_INT8]


def test_a_free_run_begins_anew_before_its_context_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long it is measured, each token is drawn behind CONTEXT to twice as many."""
    monkeypatch.setattr(decode_ways, "Capture", lambda _: as_it_is)
    checkpoint = tiny_checkpoint("plain", context=2 * decode_ways.CONTEXT)
    way = decode_ways.free_way(decode_ways.Model("tiny", checkpoint.model, torch.device("cpu")))
    assert all(isinstance(way.token(), int) for _ in range(2 * decode_ways.CONTEXT + 10))


def test_numpy_is_measured_with_the_threads_that_it_has_live(monkeypatch: pytest.MonkeyPatch) -> None:
    """BLAS reads their number when it is imported, so the bench begins anew when it was not set before."""
    begun: list[list[str]] = []
    monkeypatch.setattr(os, "execv", lambda _, arguments: begun.append(arguments[1:]))
    for name in ONE_THREAD:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.setitem(os.environ, "KEEP", "1")
    one_thread("bench.decode", ["--quick"])
    assert begun == [["-m", "bench.decode", "--quick"]]
    one_thread("bench.decode", ["--quick"])
    assert len(begun) == 1
    for name in ONE_THREAD:
        monkeypatch.delenv(name)


def test_with_transformers_all_ways_decode_a_token() -> None:
    """Every way can be measured, in the order in which the table shows them."""
    pytest.importorskip("transformers")
    ways = in_turns(decode_ways.ways_of(tiny()), 0.0)
    names = [
        decode_ways.PAPER,
        decode_ways.TRANSFORMERS,
        decode_ways.EAGER,
        decode_ways.NUMPY,
        decode_ways.NOTE,
        decode_ways.FLOOR,
    ]
    assert [way.name for way in ways] == names
    assert all(len(way.usual_ms) >= LEAST_TURNS for way in ways)

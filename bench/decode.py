"""Milliseconds a token: ours by every way that this machine has, beside transformers and the paper's way.

    python -m bench.decode [--quick] [--device cpu] [--out FOLDER] [CHECKPOINT ...]

One token is decoded again and again at the same context: the forward pass, the logits, a draw. All ways of a
table take turns (bench/ways.py), and a ratio is of two of them in the same turn. One thread on the CPU is measured
by its own time, so that whatever else the machine does hardly counts; else, and "by the wall", it is the clock's.
"first" is the first token of a turn, whose weights the other ways have driven out of the caches.

paper's way   the whole context through our model for every token
transformers  GPT-2 of the same layers, heads and channels with its dynamic cache, in a loop by hand; left out
              where that package is not installed
eager         the reference: PyTorch's own operations over our cache
numpy         compact models on the CPU, as live play decodes them
int8          large models on the CPU, as live play decodes them: weights of eight bits
graphs        on CUDA, as live play decodes there; "free run": the draw on the device as well
live note     a whole note of live play: features, step, pitch and duration drawn, P(phrase end)
floor         reading as many bytes as the weights have, once

Then: what a step costs with the context, with N continuations of one context, and with the size of the model.
Weights are random but for the checkpoints': they make no difference to time. --out writes decode.json and three
pictures (matplotlib) into a folder.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from rich.table import Column, Table

from bench.decode_ways import (
    COMPACT_SIZES,
    CONTEXT,
    EAGER,
    FLOOR,
    FLOOR_INT8,
    INT8,
    LARGE_SIZES,
    TRANSFORMERS,
    Model,
    by_batch,
    by_context,
    of_checkpoint,
    plain_model,
    title_of,
    ways_of,
)
from bench.machine import loads, machine, missing, one_thread, quantile, quiet_line
from bench.ways import (
    Way,
    clock_of,
    in_turns,
    ratios,
)
from engine.checkpoint import resolve_device
from engine.checkpoint_folder import known
from engine.errors import UserError
from engine.start import threads


def ways_table(title: str, ways: Sequence[Way]) -> Table:
    """Return the times, and how many times as long others take, with the spread of both."""
    named = {way.name: way for way in ways}
    heads = (
        "way",
        "ms a token",
        "p10 .. p90",
        "first",
        "by the wall",
        "transformers / it",
        "eager / it",
        "it / floor",
    )
    result = Table(*(Column(head, no_wrap=True) for head in heads), title=title)
    for way in ways:
        low, high = quantile(way.usual_ms, 0.1), quantile(way.usual_ms, 0.9)
        floor = named.get(FLOOR_INT8 if way.name == INT8 else FLOOR)
        cells = [_ratio(named.get(TRANSFORMERS), way), _ratio(named.get(EAGER), way), _ratio(way, floor)]
        result.add_row(
            way.name,
            f"{way.ms:.3f}",
            f"{low:.3f} .. {high:.3f}",
            f"{quantile(way.first_ms, 0.5):.3f}",
            f"{quantile(way.wall_ms, 0.5):.3f}",
            *cells,
        )
    return result


def _ratio(above: Way | None, below: Way | None) -> str:
    if above is None or below is None:
        return "-"
    middle, low, high = ratios(above, below)
    return f"{middle:.3g} ({low:.3g} .. {high:.3g})"


def row_table(title: str, head: str, rows: dict[str, Sequence[Way]]) -> Table:
    """Return a line a way: ms at each of some numbers, and how many times as long the others take as the first."""
    first = next(iter(rows.values()))
    result = Table(head, *(way.name for way in first), title=title)
    for name, ways in rows.items():
        result.add_row(name, *(f"{way.ms:.3f}" for way in ways))
        result.add_row("  / the first", *(f"{ratios(way, ways[0])[0]:.2f}" for way in ways))
    return result


def as_json(ways: Iterable[Way]) -> dict[str, dict[str, float]]:
    """Return what was measured of each way, as plain values."""
    return {
        way.name: {
            "ms": way.ms,
            "p10_ms": quantile(way.usual_ms, 0.1),
            "p90_ms": quantile(way.usual_ms, 0.9),
            "first_ms": quantile(way.first_ms, 0.5),
            "wall_ms": quantile(way.wall_ms, 0.5),
            "turns": len(way.usual_ms),
        }
        for way in ways
    }


def measure(models: Iterable[Model], console: Console, budget_s: float) -> dict[str, Any]:
    """Measure models one after the other; return all figures, as plain values."""
    found: dict[str, Any] = {"ways": {}, "context": {}, "batch": {}}
    for model in models:
        count = model.gpt.parameter_count()
        torch.set_num_threads(threads(count))
        title = title_of(model)
        ways = in_turns(ways_of(model), budget_s, clock_of(model.device))
        floor = next(way for way in ways if way.name == FLOOR)
        title += f", {model.nbytes / 1e6:.1f} MB read at {model.nbytes / floor.ms / 1e6:.0f} GB/s at the floor"
        console.print(ways_table(title, ways))
        found["ways"][model.name] = {"parameters": count, "bytes": model.nbytes, **as_json(ways)}
        del ways
        if model.playable is None and model.name not in LARGE_SIZES[: 2 if model.device.type == "cuda" else 1]:
            continue
        contexts = by_context(model, budget_s / 2)
        console.print(row_table(f"{model.name}: ms a token at context", "way", {**contexts}))
        found["context"][model.name] = {name: as_json(ways) for name, ways in contexts.items()}
        batch = by_batch(model, budget_s / 2)
        console.print(row_table(f"{model.name}: ms a step of N continuations", "way", {model.live: batch}))
        found["batch"][model.name] = {model.live: as_json(batch)}
    return found


def models_of(options: argparse.Namespace, device: torch.device, console: Console) -> Iterable[Model]:
    """Yield what is to be measured, one at a time, so that one is in memory."""
    for name in options.checkpoints or list(known()):
        try:
            yield of_checkpoint(name, device)
        except UserError as error:
            console.print(f"left out: {error}")
    for layers, channels in COMPACT_SIZES[1:2] if options.quick else COMPACT_SIZES:
        yield plain_model(f"{layers} x {channels}", device, layers, channels)
    for name in LARGE_SIZES[:1] if options.quick else LARGE_SIZES:
        yield plain_model(name, device)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoints", nargs="*", help="names or folders; the shipped ones by default")
    parser.add_argument("--quick", action="store_true", help="a few seconds a model, and no GPT-2 Medium")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--out", type=Path, help="write decode.json and pictures into this folder")
    options = parser.parse_args()
    one_thread("bench.decode", sys.argv[1:])
    device = resolve_device(options.device)
    console = Console(width=max(160, Console().width))
    console.print(f"{machine()}; torch {torch.__version__} on {device}, context {CONTEXT}")
    console.print(quiet_line(), markup=False)
    before = loads()
    if reason := missing("transformers"):
        console.print(f"{TRANSFORMERS} left out: {reason}", markup=False)
    found = measure(models_of(options, device, console), console, 3.0 if options.quick else 16.0)
    console.print(quiet_line(), markup=False)
    found |= {"machine": machine(), "torch": torch.__version__, "device": str(device), "load": [before, loads()]}
    if options.out is not None:
        options.out.mkdir(parents=True, exist_ok=True)
        (options.out / "decode.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        if reason := missing("matplotlib"):
            console.print(f"no pictures: {reason}", markup=False)
        else:
            from bench.decode_picture import draw

            draw(found, options.out)


if __name__ == "__main__":
    main()

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
import copy
import json
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from rich.table import Column, Table

from bench.machine import loads, machine, missing, quantile, quiet_line
from bench.ways import (
    Way,
    clock_of,
    decoder_way,
    floor_way,
    in_turns,
    paper_way,
    random_rows,
    ratios,
    transformers_way,
)
from engine.checkpoint import LARGE, Checkpoint, load, resolve_device
from engine.checkpoint_folder import is_compact, known
from engine.decoding.arrays import ArrayDecoder
from engine.decoding.compact import CompactCheckpoint
from engine.decoding.eager import EagerDecoder
from engine.decoding.folded import folded
from engine.decoding.free_run import FreeRun
from engine.decoding.graphs import Capture, GraphDecoder, Shelf, with_graphs
from engine.decoding.int8 import quantise
from engine.decoding.seam import Decoder, Playable
from engine.decoding.static import StaticSteps
from engine.errors import UserError
from engine.improviser import Improviser
from engine.messages import Sampling
from engine.model import GPT
from engine.model_config import GPTConfig
from engine.notes import Note
from engine.start import ONE_THREAD, threads
from engine.tokenizer import PitchTokenizer

CONTEXT = 128
CONTEXTS = (16, 64, 128, 256, 500, 1000)
BATCHES = (1, 2, 4, 8, 16, 32)
LARGE_SIZES = ("gpt2", "gpt2-medium")
COMPACT_SIZES = ((2, 64), (4, 128), (6, 256), (8, 384))
"""Layers and channels; heads have 32 channels."""
VOCABULARY = PitchTokenizer().vocab_size
PAPER, TRANSFORMERS, EAGER, NUMPY, INT8 = "paper's way", "transformers", "eager", "numpy", "int8"
GRAPHS, FREE_RUN, NOTE, FLOOR, FLOOR_INT8 = "graphs", "graphs, free run", "live note", "floor", "floor, int8"


@dataclass
class Model:
    """A model to measure, with what decodes it here; playable: where a whole live note can be drawn."""

    name: str
    gpt: GPT
    device: torch.device
    playable: Playable | None = None
    decoders: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.decoders[EAGER] = lambda: EagerDecoder(self.gpt)
        if self.device.type == "cuda":
            shelf = Shelf(self.gpt, lambda: Capture(self.device))
            self.decoders[GRAPHS] = lambda: GraphDecoder(shelf)
        elif self.device.type == "cpu" and is_compact(self.gpt.config):
            state = {name: tensor.numpy() for name, tensor in self.gpt.state_dict().items()}
            weights = folded(self.gpt.config, state)
            self.decoders[NUMPY] = lambda: ArrayDecoder(weights)
        elif self.device.type == "cpu":
            rounded = copy.deepcopy(self.gpt)
            try:
                quantise(rounded)
                self.decoders[INT8] = lambda: EagerDecoder(rounded)
            except UserError as error:
                print(f"int8 left out: {error}")

    @property
    def nbytes(self) -> int:
        """Return the bytes of its weights but the embeddings, of which a step reads a row."""
        return sum(weight.nbytes for weight in self.gpt.h.parameters())

    @property
    def live(self) -> str:
        """Return the name of the way by which live play decodes it."""
        return list(self.decoders)[-1]

    def decoder(self, name: str) -> Decoder:
        """Return a decoder of one of its ways."""
        made: Decoder = self.decoders[name]()
        return made


def ways_of(model: Model) -> list[Way]:
    """Return all ways of a model at CONTEXT."""
    config, rows = model.gpt.config, random_rows(model.gpt.config, CONTEXT)
    found = [paper_way(PAPER, model.gpt, rows, CONTEXT)]
    if not missing("transformers"):
        found.append(transformers_way(TRANSFORMERS, config, CONTEXT, model.device, model.gpt.wpe.weight.dtype))
    found += [decoder_way(name, model.decoder(name), rows, CONTEXT) for name in model.decoders]
    if model.device.type == "cuda" and config.feature_names == ("token",):
        found.append(free_way(model))
    if model.playable is not None:
        found.append(live_way(model.playable))
    found.append(floor_way(FLOOR, model.nbytes, model.device))
    if INT8 in model.decoders:
        found.append(floor_way(FLOOR_INT8, model.nbytes // 4, model.device))
    return found


def live_way(playable: Playable) -> Way:
    """Return a whole note of live play, the context going to and fro about the others'."""
    improviser = Improviser(playable, 0)
    improviser.sync(0, [Note(55 + index * 7 % 24, 0.5) for index in range(CONTEXT)])
    improviser.begin(Sampling(), endless=True)

    def note() -> object:
        if len(improviser.context.notes) > CONTEXT + 16:
            improviser.sync(CONTEXT - 16)
        return improviser.draw()

    return Way(NOTE, note)


def free_way(model: Model) -> Way:
    """Return tokens drawn on the device, each waited for; behind 2 * CONTEXT of them it begins anew."""
    capture = Capture(model.device)
    run = FreeRun(StaticSteps(model.gpt, model.gpt.config.context, capture), capture)

    def token() -> int:
        if not CONTEXT - 2 < run.length < 2 * CONTEXT:
            run.begin([0] * CONTEXT, Sampling(), [0.5] * (CONTEXT + 1))
        run.go()
        return run.token()

    return Way(FREE_RUN, token)


def by_context(model: Model, budget_s: float) -> dict[str, list[Way]]:
    """Return by way what a token takes at each context, all contexts in turns."""
    capacity = model.gpt.config.context
    contexts = [context for context in CONTEXTS if context <= capacity]
    rows = random_rows(model.gpt.config, capacity)
    found = {
        name: [decoder_way(str(context), model.decoder(name), rows, context) for context in contexts]
        for name in dict.fromkeys((EAGER, model.live))
    }
    in_turns([way for ways in found.values() for way in ways], budget_s, clock_of(model.device))
    return found


def by_batch(model: Model, budget_s: float) -> list[Way]:
    """Return what a step of N continuations takes behind one context, by the live way: pass and logits."""
    rows = random_rows(model.gpt.config, CONTEXT)
    decoder = model.decoder(model.live)
    decoder.append(rows)

    def step(count: int) -> Way:
        new, behind = random_rows(model.gpt.config, count), [()] * count

        def go() -> object:
            branches = decoder.branches()
            return branches.token_logits(branches.grow(behind, new))

        return Way(str(count), go)

    return in_turns([step(count) for count in BATCHES], budget_s, clock_of(model.device))


def plain_model(name: str, device: torch.device, layers: int = 0, channels: int = 0) -> Model:
    """Return a model of GPT-2's form with random weights: a GPT-2 by name, or so many layers and channels."""
    config = GPTConfig.gpt2(name if not layers else "gpt2", VOCABULARY)
    if layers:
        config = replace(config, n_layer=layers, n_embd=channels, n_head=channels // 32)
    gpt = GPT(config).eval()
    large = gpt.parameter_count() > LARGE and device.type == "cuda"
    gpt.to(device, torch.bfloat16 if large else torch.float32)
    return Model(name, gpt, device)


def of_checkpoint(name: str, device: torch.device) -> Model:
    """Return a checkpoint to measure, played as live play would on that device."""
    loaded: Checkpoint = load(name, str(device), torch.float32)
    played: Playable = with_graphs(loaded) if device.type == "cuda" else loaded
    if device.type == "cpu" and is_compact(loaded.config):
        state = {key: tensor.numpy() for key, tensor in loaded.model.state_dict().items()}
        played = CompactCheckpoint(folded(loaded.config, state), loaded.tokenizer, loaded.path)
    return Model(loaded.name, loaded.model, device, played)


def title_of(model: Model) -> str:
    """Return name, size and threads of a model."""
    count = model.gpt.parameter_count()
    dtype = str(model.gpt.wpe.weight.dtype).removeprefix("torch.")
    return f"{model.name}: {count / 1e6:.2f}M parameters, {dtype}, {threads(count)} thread(s)"


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


def one_thread(arguments: Sequence[str]) -> None:
    """Begin anew with one thread for numpy's BLAS, as the engine has, where that is not so already."""
    if all(name in os.environ for name in ONE_THREAD):
        return
    os.environ.update({name: os.environ.get(name, "1") for name in ONE_THREAD})
    os.execv(sys.executable, [sys.executable, "-m", "bench.decode", *arguments])


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
    one_thread(sys.argv[1:])
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

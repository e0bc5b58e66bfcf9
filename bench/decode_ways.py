"""The models whose decoding is measured, and the ways in which each is decoded: what bench/decode.py times."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field, replace
from typing import Any

import torch

from bench.machine import missing
from bench.ways import (
    Way,
    clock_of,
    decoder_way,
    floor_way,
    in_turns,
    paper_way,
    random_rows,
    transformers_way,
)
from engine.checkpoint import LARGE, Checkpoint, load
from engine.checkpoint_folder import is_compact
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
from engine.start import threads
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

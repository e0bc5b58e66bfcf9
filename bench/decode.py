"""Milliseconds a token: ours with its cache, beside transformers with its cache and the paper's way.

    python -m bench.decode [--quick] [--device cpu] [CHECKPOINT ...]

For each size of model one token is decoded again and again at the same context, all ways in turns, so that a
busy machine is busy for all of them; each token is the forward pass, the logits and the same draw.

paper's way      the whole context through our model for every token
transformers     GPT-2 of the same layers, heads and channels with its dynamic cache, in a loop by hand; left out
                 where that package is not installed
ours             one step through our cache
ours, live note  a note of live play: features, step, pitch and duration drawn, P(phrase end)

Weights are random but for the checkpoints': they make no difference to time.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from rich.console import Console
from rich.table import Table

from bench.machine import machine, missing, quantile
from engine.checkpoint import Checkpoint, load, resolve_device
from engine.checkpoint_folder import known
from engine.decoding.eager import EagerDecoder
from engine.drawing.sampler import draw, probabilities
from engine.drawing.seeds import Points
from engine.errors import UserError
from engine.improviser import Improviser
from engine.messages import Sampling
from engine.model import GPT
from engine.model_config import GPTConfig
from engine.notes import Note
from engine.start import threads
from engine.tokenizer import PitchTokenizer

CONTEXT = 128
SIZES = ("gpt2", "gpt2-medium")
QUICK_S = 4.0
VOCABULARY = PitchTokenizer().vocab_size
PAPER, TRANSFORMERS, OURS, NOTE = "paper's way", "transformers", "ours", "ours, live note"
POINTS = Points(0)


@dataclass
class Way:
    """One way to decode a token at the context, and the times it took, in milliseconds."""

    name: str
    token: Callable[[], object]
    times_ms: list[float] = field(default_factory=list)

    def measure(self, device: torch.device) -> None:
        """Decode one token and note the time."""
        begin = time.perf_counter()
        self.token()
        if device.type == "cuda":
            torch.cuda.synchronize()
        self.times_ms.append((time.perf_counter() - begin) * 1e3)


def drawn(logits: torch.Tensor) -> int:
    """Draw as the live default does."""
    return draw(probabilities(logits.cpu().double().numpy(), Sampling()), POINTS)


def paper_way(model: GPT, rows: torch.Tensor) -> Way:
    """Return the way that runs the whole context for every token."""
    return Way(PAPER, lambda: drawn(model.token_logits(model(rows)[:, -1:])[0, 0]))


def cached_way(model: GPT, rows: torch.Tensor) -> Way:
    """Return our way: one step through the cache."""
    decoder, steps = EagerDecoder(model), rows[0].tolist()
    decoder.append(steps[:-1])

    def token() -> int:
        decoder.rewind(CONTEXT - 1)
        decoder.append(steps[-1:])
        return draw(probabilities(decoder.token_logits(CONTEXT), Sampling()), POINTS)

    return Way(OURS, token)


def transformers_way(config: GPTConfig, device: torch.device) -> Way:
    """Return transformers' GPT-2 of the same size with its dynamic cache, in a loop by hand."""
    from transformers import DynamicCache, GPT2Config, GPT2LMHeadModel

    model = GPT2LMHeadModel(
        GPT2Config(
            vocab_size=VOCABULARY,
            n_positions=config.context,
            n_embd=config.n_embd,
            n_layer=config.n_layer,
            n_head=config.n_head,
            bos_token_id=0,
            eos_token_id=0,
        )
    )
    model.requires_grad_(False).train(False)
    torch.nn.Module.to(model, device)
    tokens = torch.randint(VOCABULARY, (1, CONTEXT), device=device)
    past = DynamicCache()
    model(tokens[:, :-1], past_key_values=past, use_cache=True)

    def token() -> int:
        index = drawn(model(tokens[:, -1:], past_key_values=past, use_cache=True).logits[0, -1])
        past.crop(-1)
        return index

    return Way(TRANSFORMERS, token)


def live_way(checkpoint: Checkpoint) -> Way:
    """Return a whole note of live play, the context going to and fro about the others'."""
    improviser = Improviser(checkpoint, 0)
    notes = [Note(55 + index * 7 % 24, 0.5) for index in range(CONTEXT)]
    improviser.sync(0, notes)
    improviser.begin(Sampling(), endless=True)

    def note() -> object:
        if len(improviser.context.notes) > CONTEXT + 16:
            improviser.sync(CONTEXT - 16)
        return improviser.draw()

    return Way(NOTE, note)


def ways(model: GPT, device: torch.device, checkpoint: Checkpoint | None) -> list[Way]:
    """Return all ways that can be had here; transformers' is GPT-2 of the same layers, heads and channels."""
    sizes = [size for _, size in model.config.features]
    rows = torch.stack([torch.randint(size, (1, CONTEXT)) for size in sizes], dim=-1).to(device)
    found = [paper_way(model, rows)]
    if not missing("transformers"):
        found.append(transformers_way(model.config, device))
    found.append(cached_way(model, rows))
    return [*found, live_way(checkpoint)] if checkpoint else found


def measured(model: GPT, device: torch.device, checkpoint: Checkpoint | None, budget_s: float) -> list[Way]:
    """Measure all ways in turns for about `budget_s` seconds, five rounds at least."""
    torch.set_num_threads(threads(model.parameter_count()))
    with torch.inference_mode():
        candidates = ways(model, device, checkpoint)
        for way in candidates:
            way.measure(device)
            way.times_ms.clear()
        end = time.perf_counter() + budget_s
        while time.perf_counter() < end or len(candidates[0].times_ms) < 5:
            for way in candidates:
                way.measure(device)
    return candidates


def table(title: str, ways: list[Way]) -> Table:
    """Return the figures with their spread, and how many times faster than transformers and the paper's way."""
    medians = {way.name: quantile(way.times_ms, 0.5) for way in ways}
    result = Table("way", "ms a token", "p10", "p90", "transformers / it", "paper's / it", title=title)
    for way in ways:
        low, high = quantile(way.times_ms, 0.1), quantile(way.times_ms, 0.9)
        median = medians[way.name]
        result.add_row(
            way.name,
            f"{median:.2f}",
            f"{low:.2f}",
            f"{high:.2f}",
            f"{medians[TRANSFORMERS] / median:.1f} x" if TRANSFORMERS in medians else "-",
            f"{medians[PAPER] / median:.1f} x",
        )
    return result


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoints", nargs="*", help="names or folders; the shipped ones by default")
    parser.add_argument("--quick", action="store_true", help="a few seconds a model, and no GPT-2 Medium")
    parser.add_argument("--device", default="auto")
    options = parser.parse_args()
    device = resolve_device(options.device)
    console = Console()
    console.print(f"{machine()}; torch {torch.__version__} on {device}, float32, context {CONTEXT}")
    if reason := missing("transformers"):
        console.print(f"{TRANSFORMERS} left out: {reason}", markup=False)
    budget_s = QUICK_S if options.quick else 20.0
    for name in options.checkpoints or list(known()):
        try:
            checkpoint = load(name, str(device), torch.float32)
        except UserError as error:
            console.print(f"left out: {error}")
            continue
        title = f"{checkpoint.name}: {checkpoint.parameters / 1e6:.2f}M parameters"
        console.print(table(title, measured(checkpoint.model, device, checkpoint, budget_s)))
    for name in SIZES[:1] if options.quick else SIZES:
        model = GPT(GPTConfig.gpt2(name, VOCABULARY)).to(device).eval()
        count = model.parameter_count()
        title = f"{name}: {count / 1e6:.0f}M parameters, {threads(count)} threads"
        console.print(table(title, measured(model, device, None, budget_s)))
        del model


if __name__ == "__main__":
    main()

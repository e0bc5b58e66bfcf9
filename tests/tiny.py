"""Small models with random weights, so that the engine's rules can be tested without trained ones."""

from __future__ import annotations

from pathlib import Path

import torch

from engine.checkpoint import Checkpoint, load, save
from engine.columns import NOTE_COLUMNS, PITCH_COLUMNS, POINTERS, columns
from engine.model import GPT
from engine.model_config import GPTConfig
from engine.tokenizer import NoteTokenizer, PitchTokenizer, Tokenizer

torch.set_num_threads(1)  # on work this small, threads only wait for each other


def tiny_model(tokenizer: Tokenizer, *, plain: bool = False, context: int = 64, seed: int = 0) -> GPT:
    """Return a model of 2 layers and 32 channels whose logits are far from flat.

    plain: GPT-2's form, with the token as the only column; else the compact form with all columns.
    """
    timed = tokenizer.n_durations > 0
    names = ("token",) if plain else NOTE_COLUMNS if timed else PITCH_COLUMNS
    config = GPTConfig(
        vocab_size=tokenizer.vocab_size,
        features=columns(tokenizer, names),
        n_layer=2,
        n_head=2,
        n_embd=32,
        context=context,
        n_durations=tokenizer.n_durations,
        phrase_end=timed,
        pointers=tuple(name for name in POINTERS if name in names) if timed else (),
        n_shift=tokenizer.n_pitches if timed else 0,
    )
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = GPT(config).eval()
        with torch.no_grad():
            for weight in model.parameters():
                if weight.dim() > 1:
                    weight.mul_(6.0)
    return model


def tiny_checkpoint(kind: str = "note", *, context: int = 64, seed: int = 0) -> Checkpoint:
    """Return a loaded checkpoint: "note" (pitch and duration), "pitch" (paper's vocabulary) or "plain"."""
    tokenizer: Tokenizer = NoteTokenizer() if kind == "note" else PitchTokenizer()
    model = tiny_model(tokenizer, plain=kind == "plain", context=context, seed=seed)
    return Checkpoint(model, tokenizer, {}, Path(f"tiny-{kind}"), torch.device("cpu"))


def write_tiny(folder: Path, kind: str = "note", *, context: int = 64, seed: int = 0) -> Path:
    """Write a tiny checkpoint and return its folder."""
    checkpoint = tiny_checkpoint(kind, context=context, seed=seed)
    return save(folder, checkpoint.model, checkpoint.tokenizer, {"made": "for a test"}, torch.float32)


def load_tiny(folder: Path, kind: str = "note", *, context: int = 64) -> Checkpoint:
    """Write a tiny checkpoint and load it on the CPU."""
    return load(write_tiny(folder, kind, context=context), "cpu")


def uneven(model: GPT) -> GPT:
    """Return the model with biases and norms that are neither 0 nor 1, so that none can be left out unnoticed."""
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if name.endswith(("bias", "ln_1.weight", "ln_2.weight", "ln_f.weight")):
                weight.uniform_(0.5, 1.5, generator=torch.Generator().manual_seed(1))
    return model

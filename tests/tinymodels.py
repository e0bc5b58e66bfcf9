"""Small random checkpoints for the tests."""

from __future__ import annotations

from pathlib import Path

import torch

from engine.checkpoint import Checkpoint, load, save
from engine.columns import POINTERS, columns
from engine.model import GPT, GPTConfig
from engine.tokenizer import NoteTokenizer, PitchTokenizer, Tokenizer


def tiny_checkpoint(folder: Path, kind: str = "note", context: int = 64, seed: int = 0) -> Path:
    """Write an untrained checkpoint and return its folder.

    kind: "note" (durations, phrase ends, pointers), "pitch" (features, no durations) or "plain" (GPT-2's
    form, the token alone).
    """
    torch.manual_seed(seed)
    tokenizer: Tokenizer = NoteTokenizer() if kind == "note" else PitchTokenizer()
    features = columns(tokenizer, ("token",) if kind == "plain" else None)
    names = [name for name, _ in features]
    pointers = () if kind == "plain" else tuple(name for name in POINTERS if name in names)
    config = GPTConfig(
        vocab_size=tokenizer.vocab_size,
        features=features,
        n_layer=1,
        n_head=2,
        n_embd=16,
        context=context,
        n_durations=tokenizer.n_durations,
        phrase_end=kind == "note",
        pointers=pointers,
        n_shift=tokenizer.n_pitches if pointers else 0,
    )
    model = GPT(config)
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(torch.randn_like(weight) * 0.1)
    return save(folder, model, tokenizer, {"made": "for a test"}, torch.float32)


def load_tiny(folder: Path, kind: str = "note", context: int = 64) -> Checkpoint:
    """Write and load an untrained checkpoint on the CPU."""
    return load(tiny_checkpoint(folder, kind, context), "cpu")

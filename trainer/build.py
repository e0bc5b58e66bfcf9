"""What a run starts from: the model, new or from what was learned before, its vocabulary and its data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch
from rich.console import Console

from engine import checkpoint, checkpoint_folder, companions, gpt2
from engine.columns import DURATION_POINTERS, POINTERS, TABLE, columns
from engine.errors import UserError
from engine.installed import UNSTATED, licence_of
from engine.model import GPT
from engine.model_config import GPTConfig
from engine.notes import Song
from engine.tokenizer import NoteTokenizer, Tokenizer
from trainer.data import SongData
from trainer.grow import grow, with_words_of, words_beside
from trainer.long_songs import with_rests
from trainer.medley import medleys
from trainer.progress import Advance
from trainer.settings import TrainSettings
from trainer.stream import StreamData
from trainer.vocabulary import make_tokenizer, note_tokenizer

_GROWING = (
    "wte.weight",
    "pointer_head.weight",
    "pointer_head.bias",
    "duration_match.weight",
    "duration_pointer_head.weight",
    "duration_pointer_head.bias",
)
"""Weights that have a row or a column more for each column that joins."""


def build(settings: TrainSettings, songs: Sequence[Song], console: Console) -> tuple[GPT, Tokenizer]:
    """Return the model and vocabulary to begin with, and say what of it was loaded.

    Raises UserError when `init` is nothing that can be loaded into this form.
    """
    check_init(settings.init)
    if is_ours(settings.init):
        return _from_ours(settings, songs, console)
    tokenizer = make_tokenizer(settings.tokenizer, songs, settings.styles)
    model = GPT(model_config(settings, tokenizer))
    if settings.init:
        console.print(str(gpt2.load_pretrained(model, settings.init)), markup=False, highlight=False)
    else:
        console.print(f"new model: {model.parameter_count():,} weights", highlight=False)
    return model, tokenizer


def model_config(settings: TrainSettings, tokenizer: Tokenizer) -> GPTConfig:
    """Return the form of a new model."""
    if settings.size != "compact":
        return GPTConfig.gpt2(settings.size, tokenizer.vocab_size, settings.context, settings.dropout)
    stream = settings.batches == "windows"
    features = columns(tokenizer, ("token",) if stream else None)
    names = [name for name, _ in features]
    pointers = tuple(name for name in POINTERS if name in names) if settings.pointers else ()
    timed = tuple(name for name in DURATION_POINTERS if name in names) if settings.pointers else ()
    return GPTConfig(
        tokenizer.vocab_size,
        features,
        settings.n_layer,
        settings.n_head,
        settings.n_embd,
        settings.context,
        settings.dropout,
        n_durations=tokenizer.n_durations,
        phrase_end=tokenizer.n_durations > 0,
        pointers=pointers,
        n_shift=tokenizer.n_pitches if pointers else 0,
        duration_pointers=timed,
    )


def make_data(
    settings: TrainSettings,
    songs: Sequence[Song],
    tokenizer: Tokenizer,
    config: GPTConfig,
    progress: Advance | None = None,
    training: bool = True,
) -> SongData | StreamData:
    """Return the songs as the settings want them: one by one, or as windows over a stream."""
    if settings.batches == "windows":
        return StreamData(songs, tokenizer, config.context, settings.stride, settings.batch_windows, settings.seed)
    data = SongData(
        with_rests(songs, tokenizer, config.context) if training else songs,
        tokenizer,
        config.feature_names,
        config.context,
        settings.batch_tokens,
        settings.seed,
        settings.transposed,
        settings.hidden_metre,
        settings.late_start,
        settings.found_metre if training else 0.0,
        settings.hidden_style,
        progress,
        companions.metre_net(checkpoint_folder.resolve(settings.metre_net)) if settings.metre_net else None,
    )
    if training and settings.medleys:
        count = round(settings.medleys * len(songs))
        data.add(medleys(songs, count, tokenizer, config.feature_names, config.context, settings.seed))
    return data


def _missing_columns(config: GPTConfig, tokenizer: Tokenizer) -> tuple[tuple[str, int], ...]:
    """Return today's columns that a model does not read; without heads for pointers only those that are none."""
    heads = {None: True, "token": bool(config.pointers), "duration": bool(config.duration_pointers)}
    known = config.feature_names
    return tuple(one for one in columns(tokenizer) if one[0] not in known and heads[TABLE[one[0]].points_at])


def is_ours(init: str) -> bool:
    """Say whether `init` names a checkpoint of ours, by name or folder."""
    return bool(init) and (
        init in checkpoint_folder.known()
        or ((Path(init) / checkpoint_folder.CONFIG).is_file() and _has_format(init))
    )


def licence(settings: TrainSettings) -> str:
    """Return what the weights may be used for: as told, else as those that they begin from; "" if unknown."""
    if settings.licence or not is_ours(settings.init):
        return settings.licence
    words = licence_of(settings.init)
    return "" if words == UNSTATED else words


def check_init(init: str) -> None:
    """Raise UserError, naming what there is, when `init` is neither ours, nor something here, nor on the Hub."""
    if not init or init.startswith("hf:") or is_ours(init) or Path(init).expanduser().exists():
        return
    names = ", ".join(checkpoint_folder.known()) or "none"
    raise UserError(
        f"init '{init}': there is no such checkpoint, folder or file; shipped are {names}; else give the folder "
        "of a run, a safetensors file of GPT-2, or hf:gpt2-medium"
    )


def _has_format(folder: str) -> bool:
    """Tell a checkpoint of ours from a folder that transformers saved, which has a config.json too."""
    return '"tokenizer"' in (Path(folder) / checkpoint_folder.CONFIG).read_text(encoding="utf-8")


def _from_ours(settings: TrainSettings, songs: Sequence[Song], console: Console) -> tuple[GPT, Tokenizer]:
    path = checkpoint_folder.resolve(settings.init)
    config, tokenizer, _ = checkpoint_folder.read_config(path)
    kind = "note" if tokenizer.n_durations else "pitch"
    if kind != settings.tokenizer:
        raise UserError(
            f"init: '{settings.init}' has the vocabulary '{kind}', the settings say tokenizer: "
            f"{settings.tokenizer}; set tokenizer: {kind}"
        )
    windows = config.feature_names == ("token",)
    if windows != (settings.batches == "windows"):
        raise UserError(f"init: '{settings.init}' reads {'windows' if windows else 'songs'}; set batches to that")
    tensors = {
        name: t.to(torch.float32) for name, t in checkpoint.read_tensors(path / checkpoint_folder.WEIGHTS).items()
    }
    checkpoint_folder.check_fit(config, {name: tuple(t.shape) for name, t in tensors.items()}, str(path))
    words = ""
    if settings.new_words and isinstance(tokenizer, NoteTokenizer):
        known = tokenizer
        tokenizer = with_words_of(known, note_tokenizer(songs, settings.styles))
        tensors = grow(tensors, config.feature_names, known, tokenizer)
        features = columns(tokenizer, config.feature_names)
        config = replace(config, features=features, n_durations=tokenizer.n_durations)
        words = f"{words_beside(tokenizer, known)} new, "
    joined = () if windows else _missing_columns(config, tokenizer)
    at_tokens, at_durations = (
        tuple(name for name, _ in joined if TABLE[name].points_at == what) for what in ("token", "duration")
    )
    model = GPT(
        replace(
            config,
            dropout=settings.dropout,
            features=(*config.features, *joined),
            pointers=(*config.pointers, *at_tokens),
            duration_pointers=(*config.duration_pointers, *at_durations),
        )
    )
    # A column that the checkpoint did not read yet says nothing at first, so the model begins as it was.
    own = dict(model.named_parameters())
    for name in _GROWING:
        if name in tensors and name in own:
            grown = torch.zeros(own[name].shape)
            grown[tuple(slice(size) for size in tensors[name].shape)] = tensors[name]
            tensors[name] = grown
    checkpoint.fit(model, tensors, str(path))
    new = f"the columns {', '.join(name for name, _ in joined)} new" if joined else "none new"
    console.print(f"{path}: {len(tensors)} tensors loaded, {words}{new}, none left out", highlight=False)
    return model, tokenizer

"""What a run starts from: nothing, weights that are named, or a checkpoint of ours."""

from __future__ import annotations

import io
import json
import random
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from rich.console import Console
from safetensors.torch import load_file, save_file

from engine import companions
from engine.checkpoint import load, save
from engine.checkpoint_folder import WEIGHTS, resolve
from engine.columns import DURATION_POINTERS, NOTE_COLUMNS, POINTERS, PULSE_COLUMNS, columns
from engine.errors import UserError
from engine.metre_net import Net
from engine.model import GPT
from engine.notes import Song
from tests.tiny import tiny_model, uneven, write_tiny
from tests.trainer.songs import SONGS, TINY
from trainer.build import build, check_init, is_ours, licence, make_data, model_config
from trainer.found import Finding


def test_a_checkpoint_of_ours_is_told_from_other_weights_by_name_or_folder(tmp_path: Path) -> None:
    """transformers saves a config.json too, without a vocabulary of notes in it."""
    foreign = tmp_path / "gpt2"
    foreign.mkdir()
    (foreign / "config.json").write_text(json.dumps({"n_layer": 12}))
    ours = write_tiny(tmp_path / "ours")
    assert [is_ours(init) for init in ("essen", str(ours), str(foreign), "hf:gpt2", "")] == [True, True] + [
        False
    ] * 3


@pytest.mark.parametrize("init", ["", "essen", "hf:gpt2-medium"])
def test_what_may_be_there_is_not_refused(init: str) -> None:
    """Whether the Hub has it shows when it is fetched."""
    check_init(init)


def test_what_is_not_there_names_what_is() -> None:
    """The shipped checkpoints, and the other kinds of weights."""
    with pytest.raises(UserError, match=r"'nosuch'.*shipped are essen, essen-pitch, songbook.*safetensors.*hf:"):
        check_init("nosuch")


def test_a_new_model_has_the_form_of_its_settings_and_the_vocabulary_of_its_songs() -> None:
    """Regions with enough songs are styles; the heads fit the vocabulary."""
    model, tokenizer = build(TINY, SONGS, Console(quiet=True))
    assert model.config == model_config(TINY, tokenizer)
    assert (model.config.n_layer, model.config.n_embd) == (TINY.n_layer, TINY.n_embd)
    assert model.config.vocab_size == tokenizer.vocab_size
    assert tokenizer.to_json()["styles"] == ["here", "there"]


def test_columns_that_a_checkpoint_lacks_join_and_change_nothing_at_first(tmp_path: Path) -> None:
    """A model goes on learning with the columns of today, and begins as it was."""
    _, tokenizer = build(TINY, SONGS, Console(quiet=True))
    names = [name for name in NOTE_COLUMNS if name not in PULSE_COLUMNS]
    whole = tiny_model(tokenizer)
    model = GPT(replace(whole.config, features=columns(tokenizer, names))).eval()
    folder = save(tmp_path / "older", model, tokenizer, dtype=torch.float32)
    said = io.StringIO()
    grown, _ = build(replace(TINY, init=str(folder)), SONGS, Console(file=said, width=300))
    assert grown.config.feature_names == (*names, *PULSE_COLUMNS)
    assert "the columns pulse, in_pulse new" in said.getvalue()
    rows = torch.stack([torch.randint(size, (2, 9)) for _, size in grown.config.features], dim=-1)
    with torch.no_grad():
        before = load(folder, "cpu").model(rows[..., : len(names)])
        assert torch.equal(grown.eval()(rows)[..., : TINY.n_embd], before[..., : TINY.n_embd])


def test_columns_that_point_join_with_their_heads(tmp_path: Path) -> None:
    """What a new column points at gets no bonus before it is learned: logits are as they were."""
    _, tokenizer = build(TINY, SONGS, Console(quiet=True))
    late = ("motif_match", "motif_match_duration", "bar_1", "bar_1_duration")
    names = [name for name in NOTE_COLUMNS if name not in late]
    pointers, timed = ([name for name in every if name not in late] for every in (POINTERS, DURATION_POINTERS))
    whole = replace(tiny_model(tokenizer).config, duration_pointers=tuple(timed))
    torch.manual_seed(1)
    model = uneven(GPT(replace(whole, features=columns(tokenizer, names), pointers=tuple(pointers)))).eval()
    folder = save(tmp_path / "older", model, tokenizer, dtype=torch.float32)
    grown, _ = build(replace(TINY, init=str(folder)), SONGS, Console(quiet=True))
    assert grown.config.pointers == (*pointers, "motif_match", "bar_1")
    assert grown.config.duration_pointers == (*timed, "motif_match_duration", "bar_1_duration")
    rows = torch.stack([torch.randint(size, (2, 9)) for _, size in grown.config.features], dim=-1)
    with torch.no_grad():
        now, then = grown.eval()(rows), model(rows[..., : len(names)])
        tokens = rows[..., 0]
        assert torch.allclose(grown.token_logits(now), model.token_logits(then), atol=1e-5)
        assert torch.allclose(grown.duration_logits(now, tokens), model.duration_logits(then, tokens), atol=1e-5)


@pytest.mark.parametrize("name", ["wte.weight", "pointer_head.weight"])
def test_weights_that_do_not_fit_their_own_columns_are_refused(tmp_path: Path, name: str) -> None:
    """Only what joins is filled up: a file cut short belongs to another model."""
    folder = write_tiny(tmp_path / "cut")
    tensors = load_file(folder / WEIGHTS)
    save_file(tensors | {name: tensors[name][:-1].contiguous()}, folder / WEIGHTS)
    with pytest.raises(UserError, match=f"'{name}' has shape"):
        build(replace(TINY, init=str(folder)), SONGS, Console(quiet=True))


def test_what_goes_on_from_a_checkpoint_may_be_used_as_that(tmp_path: Path) -> None:
    """Weights keep the terms of those they come from, unless the settings say others."""
    assert licence(replace(TINY, init="essen")) == "non-commercial use only"
    assert licence(replace(TINY, init="essen", licence="any use permitted")) == "any use permitted"
    assert licence(TINY) == ""


@pytest.mark.parametrize("name", ["", "songbook"])
def test_bars_are_found_by_the_net_of_the_checkpoint_that_is_named(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a licence permits is true of weights only where the net that read their songs permits it too."""
    asked: list[bool] = []

    def taken(song: Song, count: int, net: Net, rng: random.Random) -> list[Finding]:
        named = companions.metre_net(resolve(name)) if name else Net.shipped()
        asked.append(bool((net.start == named.start).all()))
        return []

    monkeypatch.setattr("trainer.data.findings", taken)
    settings = replace(TINY, found_metre=0.5, metre_net=name)
    model, tokenizer = build(settings, SONGS, Console(quiet=True))
    make_data(settings, SONGS[:2], tokenizer, model.config)
    assert asked == [True, True]

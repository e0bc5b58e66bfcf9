"""A vocabulary that grows by new songs' durations and styles: what was known is said as before."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from engine.checkpoint import save
from engine.notes import Note, Song
from engine.styles import Style
from engine.tokenizer import NoteTokenizer
from engine.tracker import Conditions, song_rows
from tests.tiny import tiny_model, uneven
from tests.trainer.songs import TINY
from trainer.build import build
from trainer.grow import UNLIKELY_NATS, grow, with_words_of

KNOWN = NoteTokenizer(60, 72, ("here",), (0.5, 1.0, 2.0))
THIRD = 1.0 / 3.0
NOTES = [Note(60 + place % 7, beats, 0.0) for place, beats in enumerate((0.5, 1.0, 2.0, 1.0) * 3)]


@given(st.sets(st.sampled_from([0.25, THIRD, 0.5, 1.0, 1.5, 4.0])), st.lists(st.sampled_from("abh"), unique=True))
def test_a_grown_vocabulary_has_the_words_of_both_and_keeps_the_numbers_of_its_styles(
    beats: set[float], styles: list[str]
) -> None:
    """Durations rise, as a table must; a style is a number in the rows, so the known ones come first."""
    new = replace(KNOWN, styles=tuple(styles), duration_table=tuple(sorted({0.5, *beats})))
    grown = with_words_of(KNOWN, new)
    assert set(grown.duration_table) == {*KNOWN.duration_table, *new.duration_table}
    assert grown.styles[:1] == KNOWN.styles
    assert set(grown.styles) == {"here", *styles}
    assert with_words_of(grown, new) == grown


@pytest.fixture(scope="module")
def older(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a checkpoint that knows three durations and one style."""
    torch.manual_seed(3)
    return save(tmp_path_factory.mktemp("known"), uneven(tiny_model(KNOWN)), KNOWN, dtype=torch.float32)


def test_of_a_known_song_a_grown_model_says_what_it_said(older: Path) -> None:
    """Tokens, phrase ends and known durations as before; a new duration e^-5 as likely as the nearest one."""
    songs = [Song("", (Note(60, THIRD, 0.0), Note(64, 0.5, 0.0)) * 8, None, None, "there") for _ in range(60)]
    said = io.StringIO()
    settings = replace(TINY, init=str(older), new_words=True, styles=60)
    model, tokenizer = build(settings, songs, Console(file=said, width=300))
    assert isinstance(tokenizer, NoteTokenizer)
    assert "1 durations and 1 styles new" in said.getvalue()
    assert tokenizer.duration_table == (THIRD, 0.5, 1.0, 2.0)
    assert tokenizer.styles == ("here", "there")
    before, _ = build(replace(TINY, init=str(older)), songs, Console(quiet=True))
    told = Conditions(None, False, Style("here"))
    with torch.no_grad():
        then, now = (
            (
                model.eval()(rows := _rows(vocabulary, model.config.feature_names, told)),
                rows[..., 0],
            )
            for model, vocabulary in ((before, KNOWN), (model, tokenizer))
        )
        assert torch.allclose(model.token_logits(now[0]), before.token_logits(then[0]), atol=1e-5)
        assert torch.allclose(model.phrase_end_logits(now[0]), before.phrase_end_logits(then[0]), atol=1e-5)
        grown, known = model.duration_logits(*now), before.duration_logits(*then)
        assert torch.allclose(grown[..., 1:], known, atol=1e-5)
        assert torch.allclose(grown[..., 0], known[..., 0] - UNLIKELY_NATS, atol=1e-5)


def test_a_new_style_begins_as_any(older: Path) -> None:
    """Songs of it show what it is; until then nothing is known of it."""
    tensors = {name: weight.detach() for name, weight in tiny_model(KNOWN).named_parameters()}
    names = tiny_model(KNOWN).config.feature_names
    vocabulary = with_words_of(KNOWN, replace(KNOWN, styles=("there",), duration_table=(0.25, 3.0)))
    grown = grow(tensors, names, KNOWN, vocabulary)
    begin = sum(size for name, size in tiny_model(vocabulary).config.features[: names.index("style")])
    assert torch.equal(grown["wte.weight"][begin + 2], grown["wte.weight"][begin])
    assert torch.allclose(
        grown["duration_head.bias"][[0, -1]], tensors["duration_head.bias"][[0, -1]] - UNLIKELY_NATS
    )


def test_without_being_told_the_vocabulary_stays(older: Path) -> None:
    """What goes on learning keeps its words, and new durations go to the nearest of them."""
    songs = [Song("", (Note(60, THIRD, 0.0),) * 9, None, None, "there")]
    _, tokenizer = build(replace(TINY, init=str(older)), songs, Console(quiet=True))
    assert tokenizer == KNOWN


def _rows(tokenizer: NoteTokenizer, names: tuple[str, ...], told: Conditions) -> torch.Tensor:
    return torch.from_numpy(song_rows(tokenizer, tokenizer.encode(NOTES), told, names)).long()[None]

"""The n-gram's nats a note can be held against a checkpoint's."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from bench import ngram_model
from bench.ngram import halves_of, measure, report_of, table_of
from tests.tiny import tiny_checkpoint
from tests.trainer.songs import SONGS, made_songs
from trainer.evaluate import figures
from trainer.score import encode_songs, score_songs

PARTS = {"train": SONGS[:20], "validation": SONGS[20:], "test": made_songs(5, seed=9)}


@pytest.mark.parametrize("kind", ["note", "pitch"])
@pytest.mark.parametrize("metre_known", [True, False])
def test_who_knows_nothing_costs_the_same_by_both_counts(
    kind: str, metre_known: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model whose weights are 0, as it is evaluated, and an n-gram that finds everything as likely."""
    checkpoint = tiny_checkpoint(kind)
    with torch.no_grad():
        for weight in checkpoint.model.parameters():
            weight.zero_()
    songs, tokenizer = PARTS["test"], checkpoint.tokenizer
    theirs = score_songs(checkpoint, songs, encode_songs(checkpoint, songs), metre_known)
    monkeypatch.setattr(
        ngram_model._Side,
        "probabilities",
        lambda side, lines, cache: [
            np.full((len(side._symbols(line)), side._size), 1.0 / side._size) for line in lines
        ],
    )
    for ours in measure(PARTS, tokenizer, metre_known).values():
        for one, other in zip(ours, theirs, strict=True):
            assert (one.notes, one.tokens, one.unknown_pitches) == (
                other.notes,
                other.tokens,
                other.unknown_pitches,
            )
            assert one.token_nats == pytest.approx(other.token_nats)
            assert one.token_nats == pytest.approx(one.tokens * math.log(tokenizer.vocab_size))
            assert one.duration_nats == pytest.approx(other.duration_nats, abs=1e-6)
        assert figures(ours)["nats_per_note"] == pytest.approx(figures(theirs)["nats_per_note"])


def test_a_table_has_a_row_a_corpus_that_is_large_enough() -> None:
    """And one of all; of a corpus of few songs a mean says nothing."""
    songs = made_songs(15, seed=4)
    checkpoint = tiny_checkpoint()
    scores = score_songs(checkpoint, songs, encode_songs(checkpoint, songs))
    few = {"it": report_of(songs, scores)}
    assert table_of(few).row_count == 1
    songs = made_songs(20, seed=4)
    scores = score_songs(checkpoint, songs, encode_songs(checkpoint, songs))
    many = {"it": report_of(songs, scores)}
    assert table_of(many).row_count == 3
    assert halves_of(many).row_count == 1

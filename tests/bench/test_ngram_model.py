"""An n-gram of all views says what comes next, and costs what it says."""

from __future__ import annotations

import numpy as np
import pytest

from bench.ngram_model import NGram
from bench.ngram_views import Line
from engine.notes import Metre, Note, Song
from engine.tokenizer import NoteTokenizer, PitchTokenizer, Tokenizer
from tests.trainer.songs import SONGS, made_songs

LATER = made_songs(6, seed=5)


@pytest.mark.parametrize("tokenizer", [NoteTokenizer(), PitchTokenizer()])
def test_all_that_can_come_sums_to_one_at_each_place(tokenizer: Tokenizer) -> None:
    """Tokens with the end and the rest among them, and durations; a song costs the sum of what came."""
    lines = [Line.of(song, tokenizer, True) for song in SONGS]
    model = NGram(lines[:30], lines[30:], tokenizer)
    for song in LATER:
        line = Line.of(song, tokenizer, True)
        told = model.probabilities(line)
        assert len(told) == (2 if tokenizer.n_durations else 1)
        for each, symbols, size in zip(
            told, (line.tokens, line.durations), (tokenizer.vocab_size, tokenizer.n_durations), strict=False
        ):
            assert each.shape == (len(symbols), size)
            assert (each > 0.0).all()
            assert each.sum(1) == pytest.approx(1.0)
        costs = model.costs([line])
        assert costs.tokens[0] == pytest.approx(-np.log(told[0][np.arange(len(line.tokens)), line.tokens]).sum())
        assert (costs.durations[0] > 0.0) == (tokenizer.n_durations > 0)


def tune(seed: int) -> Song:
    """Return a song that says one phrase of chance four times."""
    random = np.random.default_rng(seed)
    phrase = [Note(int(random.integers(55, 75)), float(random.choice([0.5, 1.0, 2.0]))) for _ in range(8)]
    return Song("", tuple(phrase * 4), Metre(4.0))


def test_a_song_that_repeats_itself_costs_less_with_the_cache_than_without() -> None:
    """What no corpus can know its own past says."""
    tokenizer = NoteTokenizer()
    lines = [Line.of(tune(seed), tokenizer, True) for seed in range(30)]
    model = NGram(lines[:15], lines[15:25], tokenizer)
    with_cache, without = (model.costs(lines[25:], cache) for cache in (True, False))
    assert with_cache.tokens.sum() < 0.6 * without.tokens.sum()
    assert with_cache.durations.sum() < 0.6 * without.durations.sum()

"""Two decoders of one model, walked through the same reading, going back and branching: they say the same."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from engine.decoding.seam import Branch, Branches, Decoder
from engine.model_config import GPTConfig

TOLERANCE = 1e-4
MOST_STEPS, MOST_DOINGS = 12, 8

actions = st.lists(
    st.one_of(
        st.tuples(st.just("read"), st.integers(1, MOST_STEPS)),
        st.tuples(st.just("back"), st.integers(0, MOST_STEPS)),
        st.tuples(st.just("branch"), st.lists(st.integers(0, 99), min_size=1, max_size=5)),
    ),
    max_size=MOST_DOINGS,
)
"""Steps to read; steps to go back; numbers of the branches to grow on, of all those there are by then."""


def random_rows(config: GPTConfig, count: int, seed: int) -> list[list[int]]:
    """Return rows within the columns' bounds."""
    generator = np.random.default_rng(seed)
    rows: list[list[int]] = np.stack(
        [generator.integers(size, size=count) for _, size in config.features], axis=1
    ).tolist()
    return rows


def assert_alike(config: GPTConfig, one: Decoder, other: Decoder, doings: list[tuple[str, object]]) -> None:
    """Hold that both say the same of every place and every branch, whatever is done to both."""
    forks: list[Branches] = []
    grown: list[Branch] = [()]
    for number, (doing, what) in enumerate([("read", 1), *doings]):
        if doing == "branch":
            assert isinstance(what, list)
            if not forks:
                forks, grown = [one.branches(), other.branches()], [()]
            behind = [grown[index % len(grown)] for index in what]
            rows = random_rows(config, len(behind), number)
            new = [fork.grow(behind, rows) for fork in forks]
            assert new[0] == new[1]
            grown += new[0]
            _assert_same_branches(config, forks, new[0])
        else:
            assert isinstance(what, int)
            forks = []
            if doing == "read":
                rows = random_rows(config, min(what, config.context - MOST_DOINGS - one.length), number)
                for decoder in (one, other):
                    if rows:
                        decoder.append(rows)
            else:
                for decoder in (one, other):
                    decoder.rewind(max(1, decoder.length - what))
        _assert_same_places(config, one, other)


def _assert_same_places(config: GPTConfig, one: Decoder, other: Decoder) -> None:
    assert one.length == other.length
    for length in range(1, one.length + 1):
        _assert_close(one.token_logits(length), other.token_logits(length))
    if config.n_durations:
        for token in (0, config.vocab_size // 2, config.vocab_size - 1):
            _assert_close(one.duration_logits(length, token), other.duration_logits(length, token))
    if config.phrase_end:
        _assert_close(np.array(one.phrase_end(length)), np.array(other.phrase_end(length)))


def _assert_same_branches(config: GPTConfig, forks: list[Branches], branches: list[Branch]) -> None:
    one, other = forks
    _assert_close(one.token_logits(branches), other.token_logits(branches))
    if config.n_durations:
        tokens = [place * 7 % config.vocab_size for place in range(len(branches))]
        _assert_close(one.duration_logits(branches, tokens), other.duration_logits(branches, tokens))
    if config.phrase_end:
        _assert_close(one.phrase_ends(branches), other.phrase_ends(branches))


def _assert_close(one: np.ndarray, other: np.ndarray) -> None:
    np.testing.assert_allclose(one, other, atol=TOLERANCE, rtol=TOLERANCE)

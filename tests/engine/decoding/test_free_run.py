"""Tokens drawn on the device: those that the sampler draws of the reference's logits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.decoding.eager import EagerDecoder
from engine.decoding.free_run import FreeRun
from engine.decoding.static import StaticSteps
from engine.drawing.sampler import draw, probabilities
from engine.drawing.seeds import Points
from engine.messages import Sampling
from tests.engine.decoding.test_arrays import model_of

MODEL = model_of("plain", context=64)
samplings = st.builds(
    Sampling,
    temperature=st.sampled_from([0.0, 0.5, 0.9, 1.7]),
    top_k=st.sampled_from([0, 1, 5, 20, 99]),
    top_p=st.sampled_from([1.0, 0.8, 0.1]),
    min_p=st.sampled_from([0.0, 0.05, 1.0]),
)


@settings(deadline=None, max_examples=25)
@given(before=samplings, after=samplings, seed=st.integers(0, 99), prompt=st.integers(1, 20))
def test_it_draws_what_the_sampler_draws(before: Sampling, after: Sampling, seed: int, prompt: int) -> None:
    """Token for token, of the same points, also behind a control that was moved; and no pass is recorded anew."""
    recorded: list[int] = []

    def record(body: Callable[[], None]) -> Callable[[], None]:
        recorded.append(1)
        for _ in range(3):  # as a capture does: twice to warm up, once to record
            body()
        return body

    tokens = np.random.default_rng(seed).integers(MODEL.config.vocab_size, size=prompt).tolist()
    points = Points(seed)
    run, reference = FreeRun(StaticSteps(MODEL, 64), record), EagerDecoder(MODEL)
    run.begin(tokens, before, [points.next() for _ in range(16)])
    made = len(recorded)
    points.seed(seed)
    reference.append([[token] for token in tokens])
    for index in range(16):
        sampling = before if index < 8 else after
        if index == 8:
            run.set(after)
        expected = draw(probabilities(reference.token_logits(reference.length), sampling), points)
        run.go()
        assert run.token() == expected
        reference.append([[expected]])
    assert len(recorded) == made


def test_more_than_the_context_is_refused() -> None:
    """The numbers of both are said."""
    run = FreeRun(StaticSteps(MODEL, 64))
    with pytest.raises(ValueError, match="60 tokens and 6 draws; the context holds 64"):
        run.begin([1] * 60, Sampling(), [0.5] * 6)
    run.begin([1] * 60, replace(Sampling(), temperature=0.0), [0.5] * 5)
    for _ in range(5):
        run.go()
    assert run.length == 64

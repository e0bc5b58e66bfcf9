"""The arithmetic of a draw, the same for arrays and for tensors."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.drawing.shares import Limits, acting, index_at, limits, shares
from engine.messages import Sampling

rows = st.lists(st.sampled_from([-np.inf, -2.0, 0.0, 0.5, 3.0]), max_size=30).map(
    lambda row: np.array(sorted([1.0, *row], reverse=True))
)
samplings = st.builds(
    Sampling,
    temperature=st.sampled_from([0.0, 0.3, 1.0, 2.0]),
    top_k=st.integers(0, 40),
    top_p=st.floats(0.01, 1.0),
    min_p=st.floats(0.0, 1.0),
)


@given(rows, samplings, st.floats(0.0, 1.0, exclude_max=True))
def test_tensors_come_to_what_arrays_come_to(row: np.ndarray, sampling: Sampling, at: float) -> None:
    """With the limits as numbers or tensors, by a count or cut before: the same shares, and the same index."""
    bounds = limits(sampling, row.size)
    expected = shares(row, bounds, np.exp, np.arange(row.size))
    first = shares(row[: bounds.count], acting(bounds), np.exp)
    np.testing.assert_allclose(expected, np.pad(first, (0, row.size - first.size)), atol=1e-15)
    tensors = Limits(*(torch.tensor([[float(bound)]], dtype=torch.float64) for bound in bounds))
    found = shares(torch.from_numpy(row)[None], tensors, torch.exp, torch.arange(row.size))
    np.testing.assert_allclose(found[0], expected, atol=1e-12)
    index = index_at(torch.from_numpy(expected)[None], torch.tensor([[at]], dtype=torch.float64))
    assert int(index) == index_at(expected, at)
    assert expected[int(index)] > 0.0


def test_the_very_end_is_the_last_that_has_a_share() -> None:
    """A point that rounding puts on the end draws nothing of share 0."""
    assert index_at(np.array([0.0, 0.5, 0.5, 0.0]), 1.0) == 2
    assert index_at(np.array([0.0, 0.5, 0.5, 0.0]), 0.0) == 1

"""The sampler: what can be drawn, and what cannot."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.drawing.sampler import draw, loop_bias, looping_pitches, probabilities

# Few distinct values, so that ties are common.
rows = st.lists(st.sampled_from([-2.0, -1.0, 0.0, 0.5, 3.0]), min_size=1, max_size=70).map(np.array)
temperatures = st.floats(0.05, 3.0)


@given(rows, st.integers(1, 130), temperatures)
def test_support_is_exactly_k(row: np.ndarray, k: int, temperature: float) -> None:
    """Top-k keeps exactly min(k, V) entries, ties or not, and the largest ones."""
    result = probabilities(row, temperature=temperature, top_k=k)
    assert np.count_nonzero(result) == min(k, row.size)
    assert math.isclose(result.sum(), 1.0, abs_tol=1e-9)
    if k < row.size:
        assert row[result > 0].min() >= row[result == 0].max()


@given(rows, st.integers(1, 20))
def test_ties_go_to_the_lower_index(row: np.ndarray, k: int) -> None:
    """Among equal logits the lower index stays in."""
    kept = probabilities(row, top_k=k) > 0
    for value in set(row.tolist()):
        among = kept[row == value]
        assert not np.any(np.diff(among.astype(int)) > 0)


@given(rows, st.lists(st.booleans(), min_size=70, max_size=70), st.integers(0, 10), temperatures)
def test_masked_entries_are_never_in_the_support(
    row: np.ndarray, mask: list[bool], k: int, temperature: float
) -> None:
    """A bias of minus infinity removes an entry, and top-k counts only what is left."""
    bias = np.where(np.array(mask[: row.size]), -math.inf, 0.0)
    free = int(np.count_nonzero(bias == 0.0))
    if free == 0:
        with pytest.raises(ValueError, match="every entry is masked"):
            probabilities(row, bias=bias)
        return
    result = probabilities(row, temperature=temperature, top_k=k, bias=bias)
    assert not result[bias < 0].any()
    assert np.count_nonzero(result) == (min(k, free) if k else free)


@given(rows)
def test_zero_temperature_is_argmax(row: np.ndarray) -> None:
    """Temperature 0 puts everything on the first of the largest logits."""
    result = probabilities(row, temperature=0.0)
    assert result[int(np.argmax(row))] == 1.0
    assert result.sum() == 1.0


@given(rows, temperatures)
def test_plain_is_the_softmax(row: np.ndarray, temperature: float) -> None:
    """With every filter off the result is softmax(logits / temperature)."""
    expected = torch.softmax(torch.tensor(row) / temperature, dim=0).numpy()
    np.testing.assert_allclose(probabilities(row, temperature=temperature), expected, atol=1e-12)


@given(rows, st.floats(0.05, 0.999))
def test_top_p_is_the_smallest_set(row: np.ndarray, top_p: float) -> None:
    """Top-p keeps entries of at least that mass, and would not without the least of them."""
    full = probabilities(row)
    kept = full[probabilities(row, top_p=top_p) > 0]
    assert kept.sum() >= top_p - 1e-9
    assert kept.sum() - kept.min() < top_p + 1e-9


@given(rows, st.floats(0.01, 1.0))
def test_min_p_is_a_share_of_the_best(row: np.ndarray, min_p: float) -> None:
    """Min-p keeps exactly the entries of at least that share of the largest."""
    full = probabilities(row)
    kept = probabilities(row, min_p=min_p) > 0
    np.testing.assert_array_equal(kept, full >= min_p * full.max() * (1 - 1e-12))


def test_draws_follow_the_distribution_and_the_seed() -> None:
    """Frequencies approach the probabilities; the same seed draws the same; zeros are never drawn."""
    distribution = np.array([0.0, 0.5, 0.0, 0.3, 0.2, 0.0])
    generator = torch.Generator().manual_seed(7)
    drawn = [draw(distribution, generator) for _ in range(4000)]
    counts = np.bincount(drawn, minlength=6) / 4000
    np.testing.assert_allclose(counts, distribution, atol=0.03)
    assert not counts[distribution == 0].any()
    generator.manual_seed(7)
    assert drawn[:50] == [draw(distribution, generator) for _ in range(50)]


def test_every_draw_uses_one_random_number() -> None:
    """A draw consumes the same amount of randomness whatever the distribution."""
    one, two = torch.Generator().manual_seed(1), torch.Generator().manual_seed(1)
    draw(np.array([1.0]), one)
    draw(np.full(50, 0.02), two)
    assert torch.equal(one.get_state(), two.get_state())


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_logits_that_are_no_numbers_are_refused(bad: float) -> None:
    """A broken model is reported, not sampled from."""
    with pytest.raises(ValueError, match="not finite"):
        probabilities(torch.tensor([0.0, bad]))


@pytest.mark.parametrize(
    "setting",
    [{"temperature": -1.0}, {"temperature": math.nan}, {"top_k": -1}, {"top_p": 0.0}, {"min_p": 2.0}],
)
def test_parameters_out_of_range_are_refused(setting: dict[str, float]) -> None:
    """The message names the parameter and the value."""
    with pytest.raises(ValueError, match=next(iter(setting))):
        probabilities(np.zeros(3), **setting)  # type: ignore[arg-type]


@pytest.mark.parametrize("period", [1, 2, 3, 4])
def test_a_loop_is_seen_after_eight_repeated_notes(period: int) -> None:
    """A figure of 1 to 4 notes counts as a loop when 8 notes equal those before, and not one note earlier."""
    figure = [60, 64, 67, 71][:period]
    history = [figure[i % period] for i in range(8 + period)]
    assert figure[len(history) % period] in looping_pitches([50, *history])
    assert not looping_pitches([50, *history[1:]])


def test_no_loop_no_bias() -> None:
    """A melody without a loop is left alone, and so is a loop at strength 0."""
    assert loop_bias(list(range(60, 80)), 1.0) is None
    assert loop_bias([60] * 20, 0.0) is None


@given(st.floats(0.01, 1.0))
def test_damping_grows_with_strength(strength: float) -> None:
    """The pitch of the loop alone is damped, in proportion to the strength."""
    bias = loop_bias([60] * 20, strength)
    assert bias is not None
    assert np.flatnonzero(bias).tolist() == [60]
    assert bias[60] == pytest.approx(-8.0 * strength)

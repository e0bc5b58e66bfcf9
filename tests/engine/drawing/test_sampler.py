"""The sampler: what can be drawn, and what cannot."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.drawing.sampler import Pull, distributions, draw, pick, probabilities
from engine.drawing.seeds import Points
from engine.drawing.shares import index_at
from engine.messages import Sampling

# Few distinct values, so that ties are common.
rows = st.lists(st.sampled_from([-2.0, -1.0, 0.0, 0.5, 3.0]), min_size=1, max_size=70).map(np.array)
temperatures = st.floats(0.05, 3.0)

ALL = Sampling(temperature=1.0, top_k=0)


@given(rows, st.integers(1, 130), temperatures)
def test_support_is_exactly_k(row: np.ndarray, k: int, temperature: float) -> None:
    """Top-k keeps exactly min(k, V) entries, ties or not, and the largest ones."""
    result = probabilities(row, replace(ALL, temperature=temperature, top_k=k))
    assert np.count_nonzero(result) == min(k, row.size)
    assert math.isclose(result.sum(), 1.0, abs_tol=1e-9)
    if k < row.size:
        assert row[result > 0].min() >= row[result == 0].max()


@given(st.integers(1, 70), st.integers(1, 20), st.integers(0, 99), st.booleans())
def test_many_rows_are_weighed_as_each_by_itself(size: int, count: int, seed: int, cut: bool) -> None:
    """To the last bit, with a bias, with a memory and without, whatever is cut off."""
    generator = np.random.default_rng(seed)
    logits = list(generator.normal(0.0, 3.0, (count, size)))
    biases = np.where(generator.random((count, size)) < 0.3, -math.inf, generator.normal(0.0, 1.0, (count, size)))
    biases[:, 0] = 0.0
    memory = generator.random(size) / size
    pulls = [Pull(bias, memory if number % 3 else None, 0.4) for number, bias in enumerate(biases)]
    sampling = Sampling(temperature=0.8, top_k=9, top_p=0.8, min_p=0.02) if cut else Sampling()
    alone = [probabilities(row, sampling, pull) for row, pull in zip(logits, pulls, strict=True)]
    assert np.array_equal(distributions(logits, sampling, pulls), alone)


def test_of_many_rows_none_may_be_refused() -> None:
    """One that is all masked, or no number, raises as it does by itself."""
    row, free, masked = np.zeros(3), Pull(np.zeros(3)), Pull(np.full(3, -math.inf))
    with pytest.raises(ValueError, match="every entry is masked"):
        distributions([row, row], ALL, [free, masked])
    with pytest.raises(ValueError, match="not finite"):
        distributions([row, row + math.nan], ALL, [free, free])


@given(
    st.lists(st.sampled_from([0.0, 1e-17, 0.1, 0.3, 1.0]), min_size=1, max_size=9).filter(any), st.floats(0.0, 1.0)
)
def test_a_point_falls_where_the_shared_rule_says(weights: list[float], at: float) -> None:
    """At either end as well, where entries have no share or next to none."""
    distribution = np.array(weights) / sum(weights)
    assert pick(distribution, at) == index_at(distribution, at)
    assert pick(distribution, 1.0) == index_at(distribution, 1.0)


@given(rows, st.integers(1, 20))
def test_ties_go_to_the_lower_index(row: np.ndarray, k: int) -> None:
    """Among equal logits the lower index stays in."""
    kept = probabilities(row, replace(ALL, top_k=k)) > 0
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
            probabilities(row, ALL, Pull(bias))
        return
    result = probabilities(row, replace(ALL, temperature=temperature, top_k=k), Pull(bias))
    assert not result[bias < 0].any()
    assert np.count_nonzero(result) == (min(k, free) if k else free)


@given(rows)
def test_zero_temperature_is_argmax(row: np.ndarray) -> None:
    """Temperature 0 puts everything on the first of the largest logits."""
    result = probabilities(row, replace(ALL, temperature=0.0))
    assert result[int(np.argmax(row))] == 1.0
    assert result.sum() == 1.0


@given(rows, temperatures)
def test_plain_is_the_softmax(row: np.ndarray, temperature: float) -> None:
    """With every filter off the result is softmax(logits / temperature)."""
    expected = np.exp((row - row.max()) / temperature)
    expected /= expected.sum()
    np.testing.assert_allclose(probabilities(row, replace(ALL, temperature=temperature)), expected, atol=1e-12)


@given(rows, st.floats(0.05, 0.999))
def test_top_p_is_the_smallest_set(row: np.ndarray, top_p: float) -> None:
    """Top-p keeps entries of at least that mass, and would not without the least of them."""
    full = probabilities(row, ALL)
    kept = full[probabilities(row, replace(ALL, top_p=top_p)) > 0]
    assert kept.sum() >= top_p - 1e-9
    assert kept.sum() - kept.min() < top_p + 1e-9


@given(rows, st.floats(0.01, 1.0))
def test_min_p_is_a_share_of_the_best(row: np.ndarray, min_p: float) -> None:
    """Min-p keeps exactly the entries of at least that share of the largest."""
    full = probabilities(row, ALL)
    kept = probabilities(row, replace(ALL, min_p=min_p)) > 0
    np.testing.assert_array_equal(kept, full >= min_p * full.max() * (1 - 1e-12))


def test_draws_follow_the_distribution_and_the_seed() -> None:
    """Frequencies approach the probabilities; the same seed draws the same; zeros are never drawn."""
    distribution = np.array([0.0, 0.5, 0.0, 0.3, 0.2, 0.0])
    points = Points(7)
    drawn = [draw(distribution, points) for _ in range(4000)]
    counts = np.bincount(drawn, minlength=6) / 4000
    np.testing.assert_allclose(counts, distribution, atol=0.03)
    assert not counts[distribution == 0].any()
    points.seed(7)
    assert drawn[:50] == [draw(distribution, points) for _ in range(50)]


def test_every_draw_uses_one_random_number() -> None:
    """A draw consumes the same amount of randomness whatever the distribution."""
    one, two = Points(1), Points(1)
    draw(np.array([1.0]), one)
    draw(np.full(50, 0.02), two)
    assert one.next() == two.next()


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_logits_that_are_no_numbers_are_refused(bad: float) -> None:
    """A broken model is reported, not sampled from."""
    with pytest.raises(ValueError, match="not finite"):
        probabilities(np.array([0.0, bad]), ALL)


@pytest.mark.parametrize(
    "setting",
    [{"temperature": -1.0}, {"temperature": math.nan}, {"top_k": -1}, {"top_p": 0.0}, {"min_p": 2.0}],
)
def test_parameters_out_of_range_are_refused(setting: dict[str, float]) -> None:
    """The message names the parameter and the value."""
    with pytest.raises(ValueError, match=next(iter(setting))):
        probabilities(np.zeros(3), replace(ALL, **setting))  # type: ignore[arg-type]


@given(rows, st.integers(0, 69), st.floats(0.01, 0.9))
def test_the_memory_is_mixed_in_before_anything_else(row: np.ndarray, place: int, share: float) -> None:
    """A memory sure of one entry gives it its share of the model's own distribution, and the others the rest."""
    place %= row.size
    memory = np.zeros(row.size)
    memory[place] = 1.0
    expected = (1.0 - share) * probabilities(row, ALL) + share * memory
    np.testing.assert_allclose(
        probabilities(row, ALL, Pull(np.zeros(row.size), memory, share)), expected, atol=1e-9
    )


@given(rows, st.sampled_from([0.0, 0.5]))
def test_a_memory_without_weight_or_content_leaves_the_model_as_it_is(row: np.ndarray, share: float) -> None:
    """With share 0, or nothing remembered, the very same probabilities come back."""
    memory = np.full(row.size, 0.0 if share else 1.0 / row.size)
    mixed = probabilities(row, ALL, Pull(np.zeros(row.size), memory, share))
    assert np.array_equal(mixed, probabilities(row, ALL))


def test_what_is_masked_is_not_remembered_either() -> None:
    """The memory cannot bring back what the model cannot draw; its other entries share its weight."""
    row, memory = np.array([0.0, 0.0, -math.inf]), np.array([0.0, 0.5, 0.5])
    result = probabilities(row, ALL, Pull(np.zeros(3), memory, 0.5))
    np.testing.assert_allclose(result, [0.25, 0.75, 0.0])

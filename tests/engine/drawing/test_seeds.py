"""Seeds of notes and drafts: engine/drawing/seeds.py."""

from __future__ import annotations

import pytest
import torch

from engine.drawing.seeds import Points, choice_seed, draft_seed, note_seed, points_of


@pytest.mark.parametrize("seed", [0, 5, 123_456_789, 1 << 32, (1 << 63) - 1, -3])
def test_points_are_the_numbers_that_pytorch_draws(seed: int) -> None:
    """A seed begins the same sequence as ever, bit for bit, past the point at which the generator turns over."""
    generator, points = torch.Generator().manual_seed(seed), Points(seed)
    expected = [torch.rand((), generator=generator, dtype=torch.float64).item() for _ in range(700)]
    assert [points.next() for _ in expected] == expected
    points.seed(seed)
    assert points.next() == expected[0]


def test_the_points_of_a_seed_are_its_own() -> None:
    """However many are asked for, and whatever is asked for in between."""
    points, one, other = Points(5), points_of(5), points_of(7)
    for _ in range(100):
        assert next(one) == points.next()
        next(other)


def test_the_first_draft_has_the_answers_own_seed() -> None:
    """One draft of one is drawn as an answer without drafts."""
    assert draft_seed(5, 0) == 5


def test_no_two_draws_of_an_answer_share_a_seed() -> None:
    """Notes, drafts and the choice among them are all drawn with other numbers, and all fit a generator."""
    seeds = [note_seed(draft_seed(5, draft), index) for draft in range(32) for index in range(64)]
    seeds.append(choice_seed(5))
    assert len(set(seeds)) == len(seeds)
    assert all(0 <= seed < 1 << 63 for seed in seeds)

"""What another way of computing costs in nats."""

from __future__ import annotations

import pytest

from bench.decode_loss import costs, loaded, loss
from engine.notes import Note, Song
from trainer.score import SongScore


def test_the_loss_is_a_mean_over_tokens_with_its_error_over_songs() -> None:
    """A song that costs as much more a token as all the others adds no error."""
    exact = [SongScore(3, 4, 0, 4.0), SongScore(7, 8, 0, 8.0)]
    other = [SongScore(3, 4, 0, 4.4), SongScore(7, 8, 0, 8.8)]
    assert loss(exact, other) == pytest.approx((0.1, 0.0))
    other[1].token_nats = 8.0
    mean, error = loss(exact, other)
    assert mean == pytest.approx(0.4 / 12)
    assert error > 0.0


def test_every_way_scores_the_shipped_model() -> None:
    """Near what the reference says, and not exactly that."""
    songs = [Song("a", tuple(Note(60 + index * 7 % 12, 1.0) for index in range(20)))]
    nats = [costs(loaded("essen-pitch", way), songs)[0].nats for way in ("fp32", "bf16", "int8")]
    assert len(set(nats)) == 3
    assert nats == pytest.approx([nats[0]] * 3, rel=0.02)

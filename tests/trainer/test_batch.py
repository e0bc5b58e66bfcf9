"""How songs are put together for a batch, and a batch is divided."""

from __future__ import annotations

import torch

from trainer.batch import IGNORED, Batch, length_batches


def test_batches_keep_to_their_budget() -> None:
    """No batch of several songs takes more padded steps than allowed."""
    lengths = [3, 50, 20, 7, 7, 90, 14, 20]
    batches = length_batches(lengths, 60, torch.arange(8).numpy())
    assert sorted(song for batch in batches for song in batch) == list(range(8))
    assert all(len(batch) == 1 or len(batch) * max(lengths[s] for s in batch) <= 60 for batch in batches)


def test_the_parts_of_a_batch_are_the_batch_and_none_is_empty() -> None:
    """Every sequence is in one part; a part too many is charged for nothing."""
    tokens = torch.arange(6).reshape(3, 2)
    batch = Batch(tokens[..., None], tokens, tokens, tokens, torch.zeros(3, dtype=torch.long))
    parts = [batch.part(index, 4) for index in range(4)]
    assert sorted(int(part.tokens[0, 0]) for part in parts[:3]) == [0, 2, 4]
    assert (parts[3].tokens == IGNORED).all()
    assert parts[3].rows.shape == (1, 2, 1)

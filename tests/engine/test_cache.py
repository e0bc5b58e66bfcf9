"""The cache: written by position, read as views, cut back by a number."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import torch

from engine.cache import KVCache


@dataclass
class Shape:
    n_layer: int = 2
    n_head: int = 3
    n_embd: int = 12
    context: int = 8


def feed(cache: KVCache, values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Append the same (B, heads, T, head_dim) to every layer; return the last layer's views."""
    for layer in range(2):
        keys, vals = cache.append(layer, values, -values)
    cache.advance(values.size(2))
    return keys, vals


def test_appended_pieces_read_as_the_whole() -> None:
    """Pieces come back joined, keys and values apart, in every layer."""
    whole = torch.randn(1, 3, 7, 4)
    cache = KVCache(Shape())
    for start, end in ((0, 3), (3, 4), (4, 7)):
        keys, values = feed(cache, whole[:, :, start:end])
    assert torch.equal(keys, whole)
    assert torch.equal(values, -whole)
    assert cache.length == 7


def test_rewind_overwrites_what_was_cut() -> None:
    """After a rewind the new positions stand where the old ones were."""
    cache = KVCache(Shape())
    first, second = torch.randn(1, 3, 6, 4), torch.randn(1, 3, 2, 4)
    feed(cache, first)
    cache.rewind(4)
    keys, _ = feed(cache, second)
    assert torch.equal(keys, torch.cat([first[:, :, :4], second], dim=2))


def test_nothing_is_allocated_by_appending() -> None:
    """What append returns lies in the memory allocated at the start."""
    cache = KVCache(Shape())
    memory = cache._store.untyped_storage().data_ptr()
    for _ in range(3):
        keys, values = feed(cache, torch.randn(1, 3, 2, 4))
        assert keys.untyped_storage().data_ptr() == memory
        assert values.untyped_storage().data_ptr() == memory


def test_overflow_and_wrong_rewind_are_refused() -> None:
    """More positions than allocated, or a rewind forward, raise with both numbers."""
    cache = KVCache(Shape())
    feed(cache, torch.randn(1, 3, 8, 4))
    with pytest.raises(ValueError, match="8 positions; 9"):
        cache.append(0, torch.zeros(1, 3, 1, 4), torch.zeros(1, 3, 1, 4))
    with pytest.raises(ValueError, match="rewind to 9"):
        cache.rewind(9)
    with pytest.raises(ValueError, match="8 positions; 9"):
        cache.advance(1)
    cache.reset()
    assert cache.length == 0
    assert cache.end_after(8) == 8


def test_made_in_inference_mode_it_is_still_writable_outside() -> None:
    """A cache may be made in the decoding thread and used anywhere."""
    with torch.inference_mode():
        cache = KVCache(Shape())
    feed(cache, torch.randn(1, 3, 2, 4))
    assert cache.length == 2

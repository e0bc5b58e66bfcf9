"""Keys and values of what the model has read: allocated once, written by position, cut back at no cost."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional as F


class CacheShape(Protocol):
    """Name what the cache must know of a model's configuration."""

    @property
    def n_layer(self) -> int: ...
    @property
    def n_head(self) -> int: ...
    @property
    def n_embd(self) -> int: ...
    @property
    def context(self) -> int: ...


class KVCache:
    """Hold the keys and values of all layers, each (B, n_head, context, n_embd / n_head).

    One forward pass over T new positions calls `append` once a layer and `advance(T)` once at its end. What
    stands behind `length` is stale, so cutting back is setting a number. There, branches may stand for a while
    (`put`), in more places than the context has where they need them.
    """

    def __init__(
        self,
        config: CacheShape,
        batch: int = 1,
        device: torch.device | str = "cpu",
        dtype: torch.dtype = torch.float32,
    ) -> None:
        self.capacity = config.context
        self.length = 0
        shape = (config.n_layer, 2, batch, config.n_head, config.context, config.n_embd // config.n_head)
        # Never an inference tensor, whatever mode the caller is in: those refuse writes outside that mode.
        with torch.inference_mode(False):
            self._store = torch.zeros(shape, device=device, dtype=dtype)
        self._layers = self._store.unbind(0)

    def make_room(self, places: int) -> None:
        """See to it that branches find so many places, the context's own included; what stands stays."""
        there = self._store.shape[4]
        if places > there:
            with torch.inference_mode(False):
                self._store = F.pad(self._store, (0, 0, 0, max(places, 2 * there) - there))
            self._layers = self._store.unbind(0)

    def put(self, layer: int, begin: int, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Write steps of branches at `begin`, (n_head, T, head_dim), for a batch of one; there must be room.

        Returns two views of all that stands up to their end, (1, n_head, begin + T, head_dim).
        """
        store, end = self._layers[layer], begin + keys.size(1)
        store[0, 0, :, begin:end], store[1, 0, :, begin:end] = keys, values
        return store[0, :, :, :end], store[1, :, :, :end]

    @property
    def nbytes(self) -> int:
        """Return the memory held, in bytes."""
        return self._store.nbytes

    def end_after(self, count: int) -> int:
        """Return the length after `count` more positions. Raises ValueError when there is no room for them."""
        end = self.length + count
        if end > self.capacity:
            raise ValueError(f"the cache holds {self.capacity} positions; {end} would be needed")
        return end

    def append(self, layer: int, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Write T new positions of one layer and return views of all its positions, old and new.

        keys, values: (B, n_head, T, head_dim). Returns two views (B, n_head, length + T, head_dim).
        Raises ValueError when the context would overflow.
        """
        end = self.end_after(keys.size(2))
        store = self._layers[layer]
        store[0, :, :, self.length : end] = keys.detach()
        store[1, :, :, self.length : end] = values.detach()
        return store[0, :, :, :end], store[1, :, :, :end]

    def attend(self, layer: int, q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None) -> Tensor:
        """Append T new positions of one layer and attend from them; each (B, n_head, T, head_dim)."""
        return attended(q, *self.append(layer, k, v), mask)

    def places(self, steps: int) -> slice:
        """Return the positions of so many new steps."""
        return slice(self.length, self.length + steps)

    def mask(self, steps: int) -> Tensor | None:
        """Return what so many new steps see, (steps, length + steps); None where each sees all before it."""
        if steps == 1 or not self.length:
            return None
        everything = torch.ones(steps, self.length + steps, dtype=torch.bool, device=self._store.device)
        return everything.tril(self.length)

    def advance(self, count: int) -> None:
        """Count `count` positions, appended in every layer, as read."""
        self.length = self.end_after(count)

    def rewind(self, length: int) -> None:
        """Cut back to the first `length` positions. Raises ValueError when there are fewer."""
        if not 0 <= length <= self.length:
            raise ValueError(f"cannot rewind to {length}: the cache holds {self.length} positions")
        self.length = length

    def reset(self) -> None:
        """Forget everything; the memory stays."""
        self.length = 0


def attended(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None) -> Tensor:
    """Return what steps take up of all that they see: where mask is true, (steps, places), or all before them."""
    return F.scaled_dot_product_attention(q, k, v, attn_mask=mask, is_causal=q.size(2) > 1 and mask is None)

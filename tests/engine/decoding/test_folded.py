"""A compact model's weights laid out for numpy: what is folded into them."""

from __future__ import annotations

import numpy as np

from engine.decoding.folded import Folded, folded
from tests.engine.decoding.test_arrays import model_of


def laid_out(kind: str) -> Folded:
    model = model_of(kind)
    return folded(model.config, {name: tensor.numpy() for name, tensor in model.state_dict().items()})


def test_all_that_is_added_to_the_stream_is_centred() -> None:
    """Embeddings, positions and what either half of a layer adds sum to 0 over the channels, whatever goes in."""
    weights = laid_out("note")
    for table in (weights.embedding, weights.positions):
        np.testing.assert_allclose(table.sum(1), 0.0, atol=1e-4)
    for layer in weights.layers:
        for matrix in (layer.attended, layer.narrow):
            np.testing.assert_allclose(matrix.sum(0), 0.0, atol=1e-4)


def test_matrices_are_stored_by_columns_in_32_bits() -> None:
    """That is what one vector is multiplied with fastest, and half the bytes of what they are computed in."""
    weights = laid_out("note")
    for layer in weights.layers:
        for matrix in (layer.qkv, layer.attended, layer.widen, layer.narrow):
            assert matrix.flags.f_contiguous
            assert matrix.dtype == np.float32


def test_the_parts_of_the_heads_lie_one_below_the_other() -> None:
    """Every row of the heads' matrix belongs to one head, and a model has only the heads of its kind."""
    for kind in ("note", "pitch"):
        weights = laid_out(kind)
        ends = [part.stop for part in weights.parts.values()]
        assert [part.start for part in weights.parts.values()] == [0, *ends[:-1]]
        assert ends[-1] == len(weights.heads)
    assert list(weights.parts) == ["tokens"]

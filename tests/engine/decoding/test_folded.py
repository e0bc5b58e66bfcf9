"""A compact model's weights laid out for numpy: what is folded into them."""

from __future__ import annotations

import numpy as np

from engine.decoding.folded import LARGE_PAGE, LARGEST_SCORE, Folded, folded, largest_score
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


def test_matrices_lie_one_behind_another_from_a_large_page_on() -> None:
    """So the system can give all of them in few large pages, of which a processor knows the addresses by heart."""
    weights = laid_out("note")
    matrices = [
        matrix for layer in weights.layers for matrix in (layer.qkv, layer.attended, layer.widen, layer.narrow)
    ]
    address = matrices[0].__array_interface__["data"][0]
    assert address % LARGE_PAGE == 0
    for matrix in (*matrices, weights.heads):
        assert matrix.__array_interface__["data"][0] == address
        address += matrix.nbytes


def test_the_largest_score_is_the_least_that_no_two_steps_exceed() -> None:
    """Two steps of length one come up to it without a bias, and with one none goes beyond it."""
    generator = np.random.default_rng(0)
    weights, bias = generator.standard_normal((2 * 12, 16)), generator.standard_normal(12)
    queries, keys = weights.reshape(2, 3, 4, 16)
    left, norms, right = np.linalg.svd(queries.swapaxes(1, 2) @ keys)
    head = int(norms[:, 0].argmax())
    score = left[head, :, 0] @ queries[head].T @ keys[head] @ right[head, 0]
    np.testing.assert_allclose(largest_score(weights, 0.0 * bias, 3), abs(score))
    one, other = (
        each / np.linalg.norm(each, axis=-1)[:, None] for each in generator.standard_normal((2, 999, 16))
    )
    asked = np.einsum("hdc,tc->htd", queries, one) + bias.reshape(3, 1, 4)
    scores = np.einsum("htd,hdc,tc->ht", asked, keys, other)
    assert largest_score(weights, bias, 3) > np.abs(scores).max()


def test_a_layer_says_whether_its_scores_are_small() -> None:
    """As its queries grow, a layer is bounded no more."""
    model = model_of("plain")
    said = []
    for factor in (1e-3, 1e3):
        state = {name: tensor.numpy() for name, tensor in model.state_dict().items()}
        state |= {name: factor * state[name] for name in state if "c_attn" in name}
        said.append([layer.bounded for layer in folded(model.config, state).layers])
    assert said == [[True, True], [False, False]]
    assert np.exp(np.float32(LARGEST_SCORE)) * np.float32(1000.0) < np.finfo(np.float32).max
    assert np.exp(np.float32(-LARGEST_SCORE)) > np.finfo(np.float32).tiny

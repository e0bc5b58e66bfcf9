"""The net that hears the metre, in numpy: engine/metre_net.py."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from engine.bars import KIND, N_STATES, PLACE
from engine.errors import UserError
from engine.metre_net import Net, log_softmax
from engine.metre_rows import FEATURES
from trainer.metre import MetreNet


def test_a_layer_is_torchs() -> None:
    """Note by note in numpy the scores are those of torch's embedding, recurrent layers and output in one go."""
    torch.manual_seed(0)
    learned = MetreNet().eval()
    tensors = {name: tensor.numpy().astype(np.float32) for name, tensor in learned.tensors().items()}
    draw = np.random.default_rng(1)
    rows = np.stack([draw.integers(0, size, 7) for _, size in FEATURES], axis=1)
    with torch.inference_mode():
        for parameter in learned.parameters():
            parameter.copy_(parameter.half().float())  # as weights are written
        summed = learned.embedding(torch.from_numpy(rows) + learned.first).sum(-2)
        whole = learned.out(learned.gru(summed[None])[0])[0].numpy()
    net = Net(tensors)
    hidden = net.silent()
    for row, expected in zip(rows.tolist(), whole, strict=True):
        hidden, scores = net.hear(row, hidden)
        np.testing.assert_allclose(scores, expected, atol=1e-5)


def test_hearing_on_leaves_the_state_before_as_it_was() -> None:
    """A hidden state can be kept and gone back to."""
    net = Net.shipped()
    row = [0] * len(FEATURES)
    before, _ = net.hear(row, net.silent())
    kept = [layer.copy() for layer in before]
    _, first = net.hear(row, before)
    assert all(np.array_equal(one, other) for one, other in zip(before, kept, strict=True))
    assert np.array_equal(net.hear(row, before)[1], first)


def test_after_a_change_every_place_is_alike_and_kinds_are_as_at_a_start() -> None:
    """Both are chances that sum to 1, with the same sum for each kind of bar."""
    net = Net.shipped()
    start, changed = np.exp(net.start), np.exp(net.changed)
    assert start.shape == changed.shape == (N_STATES,)
    for kind in range(KIND.max() + 1):
        assert changed[kind == KIND].sum() == pytest.approx(start[kind == KIND].sum())
        assert np.ptp(changed[kind == KIND]) == 0.0
    assert changed.sum() == pytest.approx(1.0)
    assert np.ptp(start[PLACE == 0]) > 0.0


def test_large_scores_are_chances_too() -> None:
    """Log probabilities sum to 1 however large the numbers, and keep their distances."""
    found = log_softmax(np.array([1000.0, 1001.0, -1000.0]))
    assert np.exp(found).sum() == pytest.approx(1.0)
    assert found[1] - found[0] == pytest.approx(1.0)


def test_weights_of_another_form_are_refused(tmp_path: Path) -> None:
    """A damaged or foreign file is a sentence, not a trace."""
    with pytest.raises(UserError, match="not readable"):
        Net.load(tmp_path / "none.safetensors")
    with pytest.raises(UserError, match="lack"):
        Net({})

"""The net that hears notes in play says what the one that is trained says."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.errors import UserError
from engine.planning.note_columns import note_columns
from engine.planning.note_net import PREFIX, NoteNet
from engine.planning.pair import Pair
from tests.engine.planning.rules.tunes import COMMON, tune
from trainer.critic.net import FIGURES_WIDTH, Batch, CriticNet

CALLS = ("C2 D2 E2 C2 E2 F2 G4", "G4", "C1 D1 E1 F1 G1 A1 B1 c1 G4 z2 E2 C8", "C1 E1 " * 40)
ANSWERS = ("G2 E2 C4", "G2 F2 E2 D2 C8", "C8", "z2 C1 D1 E1 F1 G1 A1 G2 C4", "C1 G1 " * 35)


def trained() -> CriticNet:
    """Return a net with weights that matter, and no figures."""
    torch.manual_seed(1)
    net = CriticNet().eval()
    with torch.no_grad():
        for layer in net.layers:
            layer.near.normal_()  # type: ignore[operator]
        net.figures_out.weight.zero_()
        net.figures_out.bias.zero_()
    return net


def heard(net: CriticNet) -> dict[str, np.ndarray]:
    """Return the weights that the net in play reads."""
    return {name.removeprefix(PREFIX): each for name, each in net.tensors().items() if name.startswith(PREFIX)}


def test_both_say_the_same_however_calls_are_batched() -> None:
    """Calls and candidates of all lengths, together in torch and one call at a time in numpy."""
    net = trained()
    many = [note_columns([Pair(tune(call), tune(text), COMMON) for text in ANSWERS]) for call in CALLS]
    figures = torch.zeros(len(CALLS), len(ANSWERS), net.figures.in_features)
    with torch.inference_mode():
        together = net(figures, Batch.of(many)).numpy()
    plays = NoteNet(heard(net))
    for odds, columns in zip(together, many, strict=True):
        assert plays.weigh(columns) == pytest.approx(odds, abs=1e-4)
    assert np.ptp(together) > 0.1
    assert net.tensors()["weight_out"].shape == (FIGURES_WIDTH,)


def test_a_candidate_is_heard_alone() -> None:
    """What is said of one does not depend on the others."""
    plays = NoteNet(heard(trained()))
    pairs = [Pair(tune(CALLS[0]), tune(text), COMMON) for text in ANSWERS]
    alone = [float(plays.weigh(note_columns([pair]))[0]) for pair in pairs]
    assert plays.weigh(note_columns(pairs)) == pytest.approx(alone, abs=1e-5)


def test_weights_that_do_not_fit_are_refused() -> None:
    """A missing tensor, and columns of other sizes, are said in a sentence."""
    whole = heard(trained())
    for missing in whole:
        with pytest.raises(UserError, match=rf"{missing}.*melody-train critic"):
            NoteNet({name: each for name, each in whole.items() if name != missing})
    for name in whole:
        with pytest.raises(UserError, match="other columns or of another form"):
            NoteNet({**whole, name: whole[name][:3]})
    with pytest.raises(UserError, match="melody-train critic"):
        NoteNet({**whole, "layers.odd.near": whole["layers.0.near"]})

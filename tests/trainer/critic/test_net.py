"""The net that is trained reads each candidate by itself, and nothing where there is no note."""

from __future__ import annotations

import torch

from engine.planning.figures import NAMES
from engine.planning.note_columns import note_columns
from engine.planning.pair import Pair
from tests.engine.planning.rules.tunes import COMMON, tune
from trainer.critic.net import Batch, CriticNet

CALLS = ("C2 D2 E2 C2 E2 F2 G4", "G4")
ANSWERS = ("G2 E2 C4", "G2 F2 E2 D2 C8")


def test_what_is_filled_up_is_not_read() -> None:
    """A short call and a short answer say the same alone as beside longer ones."""
    torch.manual_seed(1)
    net = CriticNet().eval()
    many = [note_columns([Pair(tune(call), tune(text), COMMON) for text in ANSWERS]) for call in CALLS]
    with torch.inference_mode():
        together = net(torch.zeros(2, 2, len(NAMES)), Batch.of(many))
        alone = net(
            torch.zeros(1, 1, len(NAMES)), Batch.of([note_columns([Pair(tune("G4"), tune("G2 E2 C4"), COMMON)])])
        )
    torch.testing.assert_close(together[1, :1], alone[0], rtol=1e-4, atol=1e-5)


def test_figures_and_notes_both_count() -> None:
    """Another figure changes the odds, and so do other notes."""
    torch.manual_seed(1)
    net = CriticNet().eval()
    batch = Batch.of([note_columns([Pair(tune(CALLS[0]), tune(text), COMMON) for text in ANSWERS])])
    with torch.inference_mode():
        one = net(torch.zeros(1, 2, len(NAMES)), batch)
        other = net(torch.ones(1, 2, len(NAMES)), batch)
    assert one[0, 0] != one[0, 1]
    assert (one != other).all()

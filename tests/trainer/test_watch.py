"""What a person sees of a run, and how they stop it."""

from __future__ import annotations

import io
import signal

import pytest
from rich.console import Console

from trainer.state import Progress
from trainer.watch import live_line, stop_on_signal


def test_the_line_tells_epoch_loss_best_and_pace() -> None:
    """Of what was learned since the last row of the log."""
    out = io.StringIO()
    with live_line(Console(file=out, force_terminal=True, width=120)) as show:
        show(Progress(epoch=1, tokens=500, seconds=2.0, best=1.5, nats=30.0, nats_tokens=15), 0.5)
    assert all(word in out.getvalue() for word in ("epoch 2", "loss 2.000", "best 1.5000", "250 tokens/s"))


def test_the_first_signal_asks_the_second_ends_and_both_are_given_back() -> None:
    """The step in hand is finished unless the person insists."""
    before = signal.getsignal(signal.SIGTERM)
    with stop_on_signal() as stopped:
        assert not stopped()
        signal.raise_signal(signal.SIGTERM)
        assert stopped()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) is before

"""Find the bars of one call after another: each is heard anew, and expected in the bars of the last. No torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from engine.messages import BarEvidence, FoundBars
from engine.metre import Posterior
from engine.metre_net import Net
from engine.notes import Note


class BarFinder:
    """Hold what is believed of the bars of the call that is being played."""

    def __init__(self, net: Net) -> None:
        self._net = net
        self._posterior = Posterior(net)
        self._begin = 0

    def find(
        self,
        context: Sequence[Note],
        drawn_notes: int,
        call_notes: int,
        evidence: BarEvidence,
        *,
        over: bool = False,
    ) -> FoundBars | None:
        """Return where the bars of the call lie, or None where there is no call.

        context: all that was heard, then the call, then the answer's notes as far as they are drawn. The silence
        before the call is none of it. over: the call is taken to end with its last note, as for an answer to it.
        """
        end = len(context) - drawn_notes
        begin = max(0, end - call_notes)
        if begin >= end:
            return None
        if begin != self._begin:
            carried = self._posterior.carried() if len(self._posterior) and begin > self._begin else None
            self._posterior, self._begin = Posterior(self._net, carried), begin
        call = [replace(context[begin], rest_beats=0.0), *context[begin + 1 : end]]
        self._posterior.follow(call, {len(call) - 1} if over else ())
        belief = self._posterior.beliefs(evidence)[0]
        return FoundBars(belief.metre, belief.confidence)

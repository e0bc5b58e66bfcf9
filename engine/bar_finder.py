"""Find the bars of one call after another: each is heard anew, and expected in the bars of the last. No torch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from engine.messages import BarEvidence, FoundBars
from engine.metre import Posterior
from engine.metre_net import Net
from engine.notes import Metre, Note

READINGS = 6
"""Most readings of the bars that are weighed against each other: of 100 calls the true one is among them in 99."""
SURE = 0.95
"""Bars that are this sure are not worth weighing."""

Against = Callable[[Sequence[Note], Sequence[Metre]], Sequence[float]]
"""Returns what speaks against each metre of a call that is over, in nats."""


class BarFinder:
    """Hold what is believed of the bars of the call that is being played."""

    def __init__(self, net: Net) -> None:
        self._net = net
        self._posterior = Posterior(net)
        self._begin = 0
        self._weighed: tuple[Note, ...] = ()

    def find(
        self,
        context: Sequence[Note],
        drawn_notes: int,
        call_notes: int,
        evidence: BarEvidence,
        *,
        over: bool = False,
        against: Against | None = None,
    ) -> FoundBars | None:
        """Return where the bars of the call lie, or None where there is no call.

        context: all that was heard, then the call, then the answer's notes as far as they are drawn. The silence
        before the call is none of it. over: the call is taken to end with its last note, as for an answer to it.
        against: weighs readings that are in doubt. It is asked once for a call that is over, and what it says
        counts on while the call grows.
        """
        end = len(context) - drawn_notes
        begin = max(0, end - call_notes)
        if begin >= end:
            return None
        if begin != self._begin:
            carried = self._posterior.carried() if len(self._posterior) and begin > self._begin else None
            self._posterior, self._begin, self._weighed = Posterior(self._net, carried), begin, ()
        call = (replace(context[begin], rest_beats=0.0), *context[begin + 1 : end])
        self._posterior.follow(call, {len(call) - 1} if over else ())
        if over and against is not None and call != self._weighed:
            weigh(self._posterior, call, evidence, against)
            self._weighed = call
        belief = self._posterior.beliefs(evidence)[0]
        return FoundBars(belief.metre, belief.confidence)


def weigh(posterior: Posterior, call: Sequence[Note], evidence: BarEvidence, against: Against) -> None:
    """Have what is in doubt of a call that is followed to its end weighed."""
    posterior.weigh((), ())
    likely = posterior.beliefs(evidence, READINGS)
    metres = [belief.metre for belief in likely]
    if likely[0].confidence < SURE and len(set(metres)) > 1:
        posterior.weigh(likely, against(call, metres))

"""Find the bars of one call after another: each is heard anew, and expected in the bars of the last. No torch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

from engine.messages import BarEvidence, FoundBars
from engine.metre import Posterior
from engine.metre_change import EndOdds, changed_at
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
        # The pitches of the call's first notes that are not heard any more: its bars have changed since.
        self._past: tuple[int, ...] = ()
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
        end_odds: EndOdds | None = None,
    ) -> FoundBars | None:
        """Return where the bars of the call lie, or None where there is no call.

        context: all that was heard, then the call, then the answer's notes as far as they are drawn. The silence
        before the call is none of it. over: the call is taken to end with its last note, as for an answer to it.
        against: weighs readings that are in doubt. It is asked once for a call that is over, and what it says
        counts on while the call grows. end_odds: is asked at the same time where phrases ended in its midst, for
        there bars may become others; what is returned are then the bars of its end.
        """
        end = len(context) - drawn_notes
        begin = max(0, end - call_notes)
        if begin >= end:
            return None
        if begin != self._begin:
            carried = self._posterior.carried() if len(self._posterior) and begin > self._begin else None
            self._posterior, self._begin, self._weighed = Posterior(self._net, carried), begin, ()
            self._past = ()
        whole = (replace(context[begin], rest_beats=0.0), *context[begin + 1 : end])
        call = self._follow(whole, over)
        if over and against is not None and call != self._weighed:
            if end_odds is not None:
                call = self._changed(whole, call, evidence, end_odds)
            weigh(self._posterior, call, evidence, against)
            self._weighed = call
        belief = self._posterior.beliefs(evidence)[0]
        return FoundBars(_from_first(belief.metre, whole[: len(self._past) + 1]), belief.confidence)

    def _follow(self, whole: Sequence[Note], over: bool) -> tuple[Note, ...]:
        """Hear the notes of a call from where its bars are the latest ones; return these notes."""
        count = len(self._past)
        if len(whole) <= count or self._past != tuple(note.pitch for note in whole[:count]):
            count, self._past = 0, ()
        call = (replace(whole[count], rest_beats=0.0), *whole[count + 1 :])
        self._posterior.follow(call, {len(call) - 1} if over else ())
        return call

    def _changed(
        self, whole: Sequence[Note], call: tuple[Note, ...], evidence: BarEvidence, end_odds: EndOdds
    ) -> tuple[Note, ...]:
        """Hear a call that is over anew from where its bars became others; return the notes that are heard."""
        place = changed_at(self._net, self._posterior, call, evidence, end_odds)
        if place is None:
            return call
        self._past += tuple(note.pitch for note in call[:place])
        self._posterior = Posterior(self._net)
        return self._follow(whole, over=True)


def _from_first(metre: Metre, notes: Sequence[Note]) -> Metre:
    """Return a metre that is counted from the last of these notes as counted from the first."""
    beats = sum(before.duration_beats + note.rest_beats for before, note in pairwise(notes))
    return replace(metre, upbeat_beats=(metre.upbeat_beats - beats) % metre.beats_per_bar) if beats else metre


def weigh(posterior: Posterior, call: Sequence[Note], evidence: BarEvidence, against: Against) -> None:
    """Have what is in doubt of a call that is followed to its end weighed."""
    posterior.weigh((), ())
    likely = posterior.beliefs(evidence, READINGS)
    metres = [belief.metre for belief in likely]
    if likely[0].confidence < SURE and len(set(metres)) > 1:
        posterior.weigh(likely, against(call, metres))

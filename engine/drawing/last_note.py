"""Where an answer that fills its bars ends, and with which note: as often as songs do. No torch.

Counted on 10,000 calls of two phrases from the training part of the Essen collection and the two phrases after
each. Phrases that fill as many bars do not sound to their end alike: of two in three the breath before the next
upbeat is the same, else one of them has none. Of those that sound as long as their call, it is counted how many of
the notes that begin so far before the end last until there: mostly the one that enters where in the bars the
call's last one did; where no note does, the room that is left decides, and whether it is pulses from that place.
Hardly any lasts over a bar line, but where the call's own last did.
"""

from __future__ import annotations

import math

from engine.drawing.lengths import EPS_BEATS

_Shares = tuple[float, ...]

_SAME_BREATH = 2 / 3
_BREATHS_BEATS = (0.5, 1.0)
"""Of an answer to a call that has none, alike often."""

_WHERE_THE_CALLS_DID: _Shares = (1.0, 0.99, 0.94, 0.88, 0.86, 0.67, 0.55)
_SHORTER: _Shares = (1.0, 0.98, 0.72, 0.5)
_SHORTER_OFF: _Shares = (0.96, 0.66, 0.44, 0.1)
_LONGER: _Shares = (0.06, 0.06, 0.13, 0.055, 0.085, 0.025, 0.02, 0.02)
_LONGER_OFF: _Shares = (0.025, 0.025, 0.08, 0.012, 0.1, 0.015, 0.02, 0.012)
"""Shares by the room in whole usual notes; more room than the table has counts as its last entry.
Of the longer ones three in five of what was counted: then as many drafts as songs end with one."""
_OVER_A_LINE = 0.001
"""Share of the notes, whatever the room, that last over a bar line to the end."""


def silent_beats(call_breath_beats: float, call_end_beats: float, point: float) -> float:
    """Return how long an answer is silent at the end of its bars.

    call_breath_beats: how long its call is; call_end_beats: from the call's last onset to the end of its bars: an
    answer that enters its last note there has to sound; point: 0..1, decides.
    """
    if point < _SAME_BREATH:
        return call_breath_beats
    other = 0.0 if call_breath_beats > 0.0 else _BREATHS_BEATS[int(point >= (1.0 + _SAME_BREATH) / 2)]
    return other if other <= call_end_beats / 2 else call_breath_beats


def last_share(
    room_beats: float, end_beats: float, usual_beats: float, pulse_beats: float = 1.0, *, over: bool = False
) -> float:
    """Return how likely the next note is the last one, 0..1, where the answer still has this room.

    end_beats: how long the last note is when it enters where in the bars the call's did; usual_beats: a usual note
    of the call; pulse_beats: of the metre; all above 0. over: it would last over a bar line, unlike the call's.
    """
    if over:
        return _OVER_A_LINE
    beyond = room_beats - end_beats
    pulses = beyond / pulse_beats
    on = abs(pulses - round(pulses)) * pulse_beats < EPS_BEATS
    if abs(beyond) < EPS_BEATS:
        shares = _WHERE_THE_CALLS_DID
    elif beyond < 0.0:
        shares = _SHORTER if on else _SHORTER_OFF
    else:
        shares = _LONGER if on else _LONGER_OFF
    return shares[min(math.floor(room_beats / usual_beats + EPS_BEATS), len(shares) - 1)]

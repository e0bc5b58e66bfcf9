"""On what degree an answer ends: how much likelier songs are to end on it than to pass over it. No torch.

Counted on 10,000 calls of two phrases from the training part of the Essen collection and the two phrases after
each, in the key heard in the call. A note is drawn as a last one by adding these log ratios to the model's own
odds (Bayes' rule, the degree telling of the end what the model cannot know: that this note is the last); then they
were moved by what the ends of drafts to the 570 calls of the validation part lacked of those of songs, for what
comes before an end of ours does not know it either. What the call ended on comes back as often as in songs by
itself, so an open end is answered by a closed one nearly as often as a closed one is.

Where the key is the one that is heard in the call, every key that it may be in counts by how likely it is. One
call in eight is heard in a wrong one, mostly in doubt. Behind such calls answers that bet all on it end at home in
one of ten, where songs do in four.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from engine.drawing.row import PITCHES, Row
from engine.key import key_odds
from engine.notes import Note

_MAJOR = (2.7, -2.0, -1.1, -2.0, 0.9, -1.2, -2.0, 0.9, -2.0, -0.9, -1.5, -1.7)
_MINOR = (2.4, -2.0, -0.2, -0.2, -2.0, -1.0, -2.0, 0.9, -1.6, -2.0, 0.4, -2.0)
"""Nats for each semitone above the tonic; -2 where too few were counted."""


def closing_bias(key: tuple[int, tuple[int, ...]] | None, call: Sequence[Note] = ()) -> Row | None:
    """Return nats to add to the logits of the MIDI pitches, (128,), for a last note; None without a key.

    key: tonic pitch class and the scale's pitch classes, as heard in the call, or set to another.
    """
    if key is None:
        return None
    odds = keys_of(key, call)
    classes = np.log(sum(odds[one] * np.exp(_degrees(*one)) for one in odds))
    return np.asarray(classes[np.arange(PITCHES) % 12])


def keys_of(key: tuple[int, tuple[int, ...]], call: Sequence[Note]) -> dict[tuple[int, bool], float]:
    """Return how likely each key is for an answer, by tonic and whether its third is minor; `key` as above."""
    odds = key_odds(call)
    if not odds or not _agree(key, max(odds, key=lambda one: odds[one])):  # it was set: no doubt about it
        return {(key[0], is_minor(*key)): 1.0}
    return odds


def _agree(key: tuple[int, tuple[int, ...]], heard: tuple[int, bool]) -> bool:
    """Say whether a key may be the one that is heard: its tonic, and no scale that has the other third alone."""
    (home, scale), (tonic, minor) = key, heard
    thirds = [third for third in (3, 4) if (home + third) % 12 in scale]
    return home == tonic and thirds != [4 if minor else 3]


def _degrees(tonic: int, minor: bool) -> Row:
    """Return nats for each pitch class, (12,), in a key that is certain."""
    return np.roll(np.array(_MINOR if minor else _MAJOR), tonic)


def is_minor(tonic: int, scale: Collection[int]) -> bool:
    """Say whether a scale has a minor third over its tonic and no major one."""
    return (tonic + 3) % 12 in scale and (tonic + 4) % 12 not in scale

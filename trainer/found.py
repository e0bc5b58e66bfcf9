"""The metre as it is known in play: found by the net in a call of a song, and told of all that was heard."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from engine.entrance import SURE_BARS
from engine.metre import Posterior
from engine.metre_net import Net
from engine.notes import Metre, Note, Song

LEAST_CALL, LEAST_REST = 4, 4
"""Notes of a call in which bars are looked for, and notes that are left to go on with."""
_DRAWN_FROM = 6
# Calls of training: how many phrases, how often one begins later than the song, ends within a phrase, is read
# as drawn and not as likeliest. The net has learned these songs and finds their bars better than those of others;
# readings that are drawn make up for that.
_PHRASES, _PHRASES_WEIGHTS = (1, 2, 3), (0.55, 0.35, 0.1)
_LATER, _WITHIN, _DRAWN = 0.3, 0.25, 0.6


@dataclass(frozen=True, slots=True)
class Finding:
    """Hold the metre of a song as it was found when so many of its notes were heard; None: not sure enough."""

    notes: int
    metre: Metre | None


def after_each_phrase(song: Song, net: Net) -> list[Finding]:
    """Return what is found at each phrase's end but the last, as if all before it were one call that is over."""
    posterior, found = Posterior(net), []
    for end in phrase_begins(song)[1:-1]:
        posterior.follow(_call(song, 0, end), {end - 1})
        best = posterior.beliefs()[0]
        found.append(Finding(end, _moved(best.metre, song, 0) if best.confidence >= SURE_BARS else None))
    return found


def phrase_begins(song: Song) -> list[int]:
    """Return the notes, by index, with which the song's phrases begin, and behind them how many notes it has."""
    ends = [index + 1 for index, end in enumerate(song.phrase_ends or ()) if end]
    return sorted({0, *ends, len(song.notes)})


def findings(song: Song, count: int, net: Net, rng: random.Random) -> list[Finding]:
    """Return so many findings in calls as they may be played; fewer where the song is too short for one."""
    drawn = [_finding(song, net, rng) for _ in range(count)]
    return [finding for finding in drawn if finding is not None]


def _finding(song: Song, net: Net, rng: random.Random) -> Finding | None:
    begins = phrase_begins(song)
    first = rng.randrange(1, max(2, len(begins) // 2)) if rng.random() < _LATER else 0
    last = min(first + rng.choices(_PHRASES, _PHRASES_WEIGHTS)[0], len(begins) - 1)
    begin, end = begins[min(first, len(begins) - 1)], begins[last]
    within = rng.random() < _WITHIN
    if within and end - begin > LEAST_CALL:
        end = rng.randrange(begin + LEAST_CALL, end)
    if end - begin < LEAST_CALL or end > len(song.notes) - LEAST_REST:
        return None
    posterior, call = Posterior(net), _call(song, begin, end)
    posterior.follow(call, () if within else {len(call) - 1})
    beliefs = posterior.beliefs(count=_DRAWN_FROM)
    # Whether bars count as known is asked of the best reading, whichever is then drawn.
    if beliefs[0].confidence < SURE_BARS:
        return Finding(end, None)
    chances = [belief.probability for belief in beliefs]
    belief = rng.choices(beliefs, chances)[0] if rng.random() < _DRAWN else beliefs[0]
    return Finding(end, _moved(belief.metre, song, begin))


def _call(song: Song, begin: int, end: int) -> list[Note]:
    """Return notes of a song as a call, of which the silence before it is no part."""
    return [replace(song.notes[begin], rest_beats=0.0), *song.notes[begin + 1 : end]]


def _moved(metre: Metre, song: Song, begin: int) -> Metre:
    """Return the metre of a call, whose first note is that of index `begin`, as it stands at the song's start."""
    before = sum(note.rest_beats + note.duration_beats for note in song.notes[:begin])
    upbeat = metre.upbeat_beats - before - song.notes[begin].rest_beats
    return replace(metre, upbeat_beats=upbeat % metre.beats_per_bar)

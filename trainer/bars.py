"""What the metre's net learns from: tunes as written and as a reader of live playing would mistake them.

A reader of playing takes quarters for eighths or halves (the tempo is told by little else), now and then
one value for its neighbour, the note after it often making up for that, and rests for parts of notes. How
often follows what bridge/hearing/rhythm.py made of performances with 20 ms of onset noise, here rather more.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

import numpy as np
import numpy.typing as npt

from engine.bars import places, state_of
from engine.metre_rows import Listener
from engine.notes import Metre, Note, Song
from trainer.batch import IGNORED

MOST_NOTES = 96
VARIANTS = 5
"""Forms of each tune: as written, in part and rescaled, and three times misread; at times another tune follows."""

WRITTEN_SCALES = (0.5, 1.0, 1.0, 2.0)
"""Units of time in which tunes are heard as written."""
READ_SCALES, READ_WEIGHTS = (1.0, 2.0, 0.5, 2 / 3, 1.5), (0.7, 0.2, 0.05, 0.025, 0.025)
"""Units of time in which tunes are misread, and how often."""
_CONFUSED: dict[float, tuple[float, ...]] = {
    0.25: (1 / 3, 0.375, 0.125, 0.5), 0.5: (1 / 3, 2 / 3, 0.75, 0.25, 0.375), 0.75: (0.5, 2 / 3, 1.0),
    1.0: (0.75, 1.5), 1.5: (1.0, 2.0), 1.75: (1.5, 2.0), 2.0: (1.5,), 2.5: (3.0, 2.0), 3.5: (4.0,),
    5.0: (6.0, 4.0), 7.0: (8.0, 6.0),
}  # fmt: skip
_SWAPPED, _MISREAD, _ODD_MISREAD, _SPLIT, _LAST = 0.008, 0.004, 0.3, 0.3, 0.3
_WRONG_END = 0.01
FOLLOWED = 0.4
"""How often a stretch of a tune is followed by one of another."""
_LEAST_FOLLOWED, _FOLLOWED_NOTES = 6, 40


@dataclass(frozen=True)
class HeardTune:
    """Hold a melody as the net reads it.

    rows: (T, F); places: (T,) onsets in sixteenths from the first; states: (T,) the true state at each note,
    IGNORED where there is none.
    """

    rows: npt.NDArray[np.int16]
    places: npt.NDArray[np.int64]
    states: npt.NDArray[np.int64]


def heard(
    notes: Sequence[Note],
    positions: Sequence[float],
    metres: Sequence[Metre],
    ends: Collection[int] = (),
    unsure: random.Random | None = None,
) -> HeardTune:
    """Return notes as the net reads them; positions: of their onsets, in beats from a bar line of their metres.

    ends: notes with which a phrase is known to end. unsure: how long these sound is then known only roughly, as it
    is of a last note.
    """
    listener = Listener()
    rows = []
    for index, note in enumerate(notes):
        row = listener.append(note, index in ends)
        if index in ends and unsure is not None:
            listener.rewind(index)
            row = listener.append(_last(note, unsure), True)
            listener.rewind(index)
            listener.append(note, True)
        rows.append(row)
    states = [state_of(metre, position) for metre, position in zip(metres, positions, strict=True)]
    known = np.array([IGNORED if state is None else state for state in states], np.int64)
    return HeardTune(np.array(rows, np.int16), np.array(places(listener.onsets), np.int64), known)


def _last(note: Note, rng: random.Random) -> Note:
    """Return a last note as it may be read, no onset telling its length."""
    if rng.random() >= _LAST:
        return note
    return replace(note, duration_beats=note.duration_beats * rng.choice((0.75, 2 / 3, 4 / 3, 1.5)))


def positions_of(song: Song) -> list[float]:
    """Return where each note of a song with a metre begins, in beats from the first bar line."""
    assert song.metre is not None
    ends = list(accumulate((n.rest_beats + n.duration_beats for n in song.notes), initial=song.metre.upbeat_beats))
    return [begin + note.rest_beats for begin, note in zip(ends, song.notes, strict=False)]


def usable(song: Song) -> bool:
    """Say whether a song teaches or tests anything here: long enough, its phrases marked, its metre a kind."""
    if song.metre is None or song.phrase_ends is None or len(song.notes) < 6 or not song.has_durations:
        return False
    return state_of(song.metre, 0.0) is not None


def variants(song: Song, other: Song, rng: random.Random) -> list[HeardTune]:
    """Return a usable song in VARIANTS forms, in some followed by a stretch of another, in its own bars."""
    whole = Stretch.of(song)
    parts = [whole.part(rng.choice(begins(song))) for _ in range(3)]
    found = [form(whole, 1.0, rng), form(parts[0], rng.choice(WRITTEN_SCALES), rng)]
    if rng.random() < FOLLOWED:
        parts[2] = followed(song, other, rng, _FOLLOWED_NOTES)
    for part in (whole, *parts[1:]):
        found.append(form(part, rng.choices(READ_SCALES, READ_WEIGHTS)[0], rng, True))
    return found


def followed(song: Song, other: Song, rng: random.Random, most: int) -> Stretch:
    """Return a usable song up to the end of a phrase, at most so many notes, and behind it part of another."""
    end = rng.choice([index for index in begins(song) if index >= _LEAST_FOLLOWED] or [len(song.notes)])
    then = Stretch.of(other).part(rng.choice(begins(other)))
    return joined(Stretch.of(song).part(0, min(end, most)), then)


@dataclass(frozen=True)
class Stretch:
    """Hold notes in their bars.

    positions: of the onsets, in beats from a bar line of the metre that holds there; metres, ends: of each note
    its metre, and whether a phrase ends with it.
    """

    notes: tuple[Note, ...]
    positions: tuple[float, ...]
    metres: tuple[Metre, ...]
    ends: tuple[bool, ...]

    @classmethod
    def of(cls, song: Song) -> Stretch:
        """Return the whole of a usable song."""
        assert song.phrase_ends is not None
        assert song.metre is not None
        return cls(song.notes, tuple(positions_of(song)), (song.metre,) * len(song.notes), song.phrase_ends)

    def part(self, begin: int, end: int | None = None) -> Stretch:
        """Return the notes from one to before another, the first without the rest before it."""
        notes = self.notes[begin:end]
        notes = (replace(notes[0], rest_beats=0.0), *notes[1:])
        return Stretch(notes, self.positions[begin:end], self.metres[begin:end], self.ends[begin:end])


def joined(first: Stretch, then: Stretch) -> Stretch:
    """Return a stretch and another behind it, whose first bar line falls on the next one of the first's bars."""
    old, new = first.metres[-1].beats_per_bar, then.metres[0].beats_per_bar
    ended = first.positions[-1] + first.notes[-1].duration_beats
    gap = (-ended - (-then.positions[0] % new)) % old
    notes = (replace(then.notes[0], rest_beats=gap), *then.notes[1:])
    return Stretch(
        (*first.notes, *notes),
        (*first.positions, *then.positions),
        (*first.metres, *then.metres),
        (*first.ends, *then.ends),
    )


def begins(song: Song) -> list[int]:
    """Return the notes with which phrases begin that are not the last ones."""
    assert song.phrase_ends is not None
    return [0, *(index + 1 for index, end in enumerate(song.phrase_ends) if end and index < len(song.notes) - 9)]


def form(part: Stretch, scale: float, rng: random.Random, mistaken: bool = False) -> HeardTune:
    """Return a stretch in another unit of time, misread or as written."""
    notes: Sequence[Note] = part.notes[:MOST_NOTES]
    if mistaken:
        notes = misread(notes, rng)
    longer = [replace(n, duration_beats=n.duration_beats * scale, rest_beats=n.rest_beats * scale) for n in notes]
    positions = [scale * position for position in part.positions[:MOST_NOTES]]
    metres = [Metre(one.beats_per_bar * scale, 0.0, one.pulse_beats * scale) for one in part.metres[:MOST_NOTES]]
    return heard(longer, positions, metres, known_ends(part, rng), rng if mistaken else None)


def known_ends(part: Stretch, rng: random.Random) -> set[int]:
    """Return at which notes of a stretch a phrase is known to end: none, all or some, and a few wrong ones."""
    share = rng.choice((0.0, 0.5, 0.5, 1.0))
    ends = part.ends[:MOST_NOTES]
    return {index for index, end in enumerate(ends) if rng.random() < (share if end else _WRONG_END)}


def misread(notes: Sequence[Note], rng: random.Random) -> list[Note]:
    """Return notes with the mistakes that a reader of playing makes."""
    gaps = [note.duration_beats + after.rest_beats for note, after in pairwise(notes)]
    shares = [note.duration_beats / gap for note, gap in zip(notes, gaps, strict=False)]
    for index, gap in enumerate(gaps):
        others = _CONFUSED.get(round(gap, 3))
        if others is None:
            continue
        drawn, other = rng.random(), rng.choice(others)
        following = gaps[index + 1] + gap - other if index + 1 < len(gaps) else 0.0
        if drawn < _SWAPPED and following > 0.1:
            gaps[index], gaps[index + 1] = other, following
        elif _SWAPPED < drawn < _SWAPPED + (_ODD_MISREAD if gap in (2.5, 3.5, 5.0, 7.0) else _MISREAD):
            gaps[index] = other
    read, rest_beats = [], 0.0
    for note, gap, share in zip(notes, gaps, shares, strict=False):
        value = gap * share
        if gap >= 1.5 and rng.random() < _SPLIT:
            value = rng.choice((gap, max(0.5, round(1.2 * gap) / 2), max(0.5, round(gap) / 2)))
        read.append(Note(note.pitch, min(value, gap), rest_beats))
        rest_beats = gap - min(value, gap)
    read.append(replace(_last(notes[-1], rng), rest_beats=rest_beats))
    return read

"""How long notes are and what follows what: the prior of reading a rhythm, counted from a corpus.

Source: the training part of the Essen collection as it comes with music21 10.5 (7,616 tunes, intervals from
onset to onset). `python -m bench.note_values WHEEL` prints the tables anew.
"""

from __future__ import annotations

TICKS_PER_BEAT = 24
CORPUS_TICKS = (3, 6, 9, 12, 18, 24, 36, 48, 60, 72, 96, 144, 192)
TICKS = (*CORPUS_TICKS, 4, 8, 16)
"""Lengths that are read, in 24ths of a beat: those of the corpus, then triplets, which it lacks and players
play."""

LEVEL_LOGS = (-2.92, -1.09, -1.09)
"""Log probability that a tune moves in sixteenths, eighths, or quarters and longer (by its median)."""

START_LOGS = {0: -0.33, 12: -1.35, 18: -6.0, 6: -6.0}
"""Log probability of a tune's first position in the beat, in ticks."""
ELSEWHERE_LOG = -7.0

_LANDINGS: tuple[dict[int, float], ...] = (
    {0: 0.32, 6: -0.76, 12: 0.07, 18: -0.26},
    {0: 0.325, 6: -2.86, 12: 0.0, 18: -1.8},
    {0: 0.3, 6: -6.0, 12: -1.67, 18: -3.7},
)
_LANDING_WEIGHT = 0.6
LANDING_LOGS = [
    [_LANDING_WEIGHT * at.get(place, -4.0 if place % 4 == 0 else -6.0) for place in range(TICKS_PER_BEAT)]
    for at in _LANDINGS
]
"""LANDING_LOGS[level][place]: how much an onset at this place of the beat speaks for a reading: the log
frequency of the place in tunes of the level less its mean there, so that no level gains by it, tempered."""

# Log probabilities in tenths of a nat. One block a level; one row for the first interval, then one for each
# interval before in the order of CORPUS_TICKS, then one for any other; a column for each of CORPUS_TICKS and
# for any other. Unseen pairs are held at -7: a player may play anything.
_TABLES = (
    (
        "-70 -11 -44 -7 -23 -32 -49 -37 -70 -70 -70 -70 -70 -70",
        "-11 -9 -24 -26 -39 -31 -48 -52 -70 -70 -70 -70 -70 -45",
        "-57 -4 -60 -18 -34 -27 -44 -43 -70 -69 -70 -70 -70 -61",
        "-1 -29 -70 -40 -68 -64 -50 -70 -70 -70 -70 -70 -70 -70",
        "-63 -8 -53 -9 -32 -28 -42 -43 -63 -70 -70 -70 -70 -66",
        "-57 0 -60 -40 -59 -50 -70 -57 -70 -70 -70 -70 -70 -70",
        "-64 -10 -41 -9 -24 -25 -49 -50 -68 -70 -70 -70 -70 -64",
        "-58 -7 -58 -9 -37 -36 -58 -39 -70 -70 -59 -70 -70 -70",
        "-52 -11 -52 -8 -19 -38 -48 -35 -70 -70 -70 -70 -70 -52",
        "-59 -3 -64 -18 -50 -30 -59 -59 -70 -70 -70 -70 -70 -68",
        "-60 -10 -33 -10 -19 -25 -60 -60 -70 -70 -70 -70 -70 -69",
        "-56 -5 -61 -18 -21 -42 -56 -28 -67 -67 -67 -68 -68 -65",
        "-41 -6 -46 -14 -32 -28 -42 -41 -52 -52 -53 -54 -54 -50",
        "-41 -6 -46 -14 -32 -28 -42 -41 -52 -52 -53 -54 -54 -50",
        "-25 -6 -30 -13 -59 -39 -68 -68 -70 -70 -70 -70 -70 -70",
    ),
    (
        "-70 -32 -70 -3 -29 -19 -43 -56 -70 -70 -70 -70 -70 -70",
        "-9 -14 -35 -19 -39 -25 -35 -52 -52 -53 -53 -70 -70 -32",
        "-70 -8 -70 -10 -31 -23 -34 -39 -59 -60 -70 -70 -70 -58",
        "-1 -49 -70 -30 -61 -47 -60 -66 -70 -70 -70 -70 -70 -70",
        "-70 -31 -70 -4 -35 -19 -31 -40 -49 -56 -70 -70 -70 -70",
        "-65 0 -70 -46 -62 -58 -67 -70 -70 -70 -70 -70 -70 -70",
        "-70 -33 -70 -5 -32 -13 -34 -39 -61 -53 -70 -70 -70 -70",
        "-70 -29 -70 -2 -41 -24 -35 -58 -64 -58 -70 -70 -70 -70",
        "-70 -34 -70 -6 -23 -15 -30 -33 -70 -60 -70 -70 -70 -70",
        "-70 -22 -70 -1 -70 -49 -70 -70 -70 -70 -70 -70 -70 -70",
        "-70 -42 -70 -6 -23 -12 -34 -45 -54 -41 -57 -70 -70 -68",
        "-70 -34 -70 -8 -33 -16 -20 -26 -70 -42 -35 -70 -70 -70",
        "-56 -25 -57 -9 -37 -9 -36 -42 -50 -52 -56 -58 -58 -56",
        "-54 -23 -55 -8 -15 -21 -34 -41 -49 -50 -55 -56 -56 -54",
        "-70 -10 -70 -8 -35 -25 -43 -38 -70 -48 -48 -70 -70 -34",
    ),
    (
        "-70 -62 -70 -21 -40 -5 -34 -17 -70 -56 -32 -70 -53 -70",
        "-56 -16 -56 -19 -42 -10 -33 -20 -54 -38 -31 -45 -48 -50",
        "-70 -23 -70 -24 -15 -10 -24 -25 -58 -34 -68 -70 -70 -41",
        "-16 -41 -56 -19 -42 -10 -33 -20 -54 -38 -31 -45 -48 -50",
        "-70 -60 -70 -7 -42 -10 -29 -29 -63 -40 -60 -70 -70 -70",
        "-70 0 -70 -51 -67 -64 -70 -61 -70 -67 -70 -70 -70 -67",
        "-70 -70 -70 -23 -44 -4 -29 -20 -70 -35 -51 -69 -70 -58",
        "-70 -42 -70 -1 -67 -36 -46 -60 -70 -70 -70 -70 -70 -70",
        "-70 -70 -70 -32 -50 -11 -41 -9 -70 -34 -19 -37 -57 -56",
        "-70 -29 -70 -1 -70 -32 -62 -49 -70 -45 -60 -70 -70 -70",
        "-70 -68 -70 -21 -40 -3 -38 -25 -70 -35 -70 -70 -70 -70",
        "-70 -70 -70 -62 -70 -34 -49 -9 -70 -45 -9 -26 -26 -43",
        "-70 -70 -70 -70 -70 -36 -68 -1 -70 -50 -28 -40 -70 -56",
        "-70 -70 -70 -68 -70 -54 -70 -31 -70 -40 -4 -32 -17 -35",
        "-70 -25 -70 -22 -42 -11 -58 -19 -70 -70 -16 -36 -31 -46",
    ),
)

# How much likelier, in tenths of a nat, an interval (column) is when it begins on the beat, at 6, 12 or 18
# ticks of it, or elsewhere (row), than it is anywhere in tunes of this level (block).
_PLACES = (
    (
        "-16 -6 6 5 9 7 4 9 3 7 5 0 0 -5",
        "-7 4 -15 -17 -12 -19 -18 -17 -13 -7 -9 0 0 5",
        "-12 -1 -4 3 -14 -2 4 -11 5 -5 2 0 0 1",
        "-7 5 -27 -37 -25 -36 -29 -36 -16 -18 -12 0 0 0",
        "42 -42 21 -40 -23 -27 -13 -6 -1 -2 -1 0 0 8",
    ),
    (
        "-19 -14 4 -1 5 5 5 5 6 6 6 4 3 -1",
        "16 19 -9 -19 -1 -19 -20 -12 -18 -11 -7 0 0 19",
        "-17 -5 -9 3 -13 -9 -10 -16 -16 -28 -23 -6 -3 -5",
        "3 20 -16 -32 -32 -41 -30 -37 -33 -40 -22 -1 -1 6",
        "47 -28 14 -43 -17 -23 -17 -12 -5 -4 -1 0 0 -1",
    ),
    (
        "-6 -33 1 -8 1 1 1 1 1 1 1 1 1 1",
        "0 28 0 -27 25 -36 -14 -27 -1 -10 -17 -6 -4 25",
        "-1 -6 -1 16 -32 -26 -13 -44 -9 -44 -50 -49 -44 -28",
        "0 40 0 -44 -26 -50 -44 -50 -9 -38 -46 -29 -25 -9",
        "7 0 0 -2 0 -4 0 -2 0 0 -1 0 0 0",
    ),
)

# Not counted but set: a triplet is rare, and seldom alone.
_ENTER_TRIPLET, _STAY_TRIPLET, _LEAVE_TRIPLET = -6.5, -0.9, -1.6
# A straight value that begins inside a triplet.
_STRAIGHT_LOG = -3.0


def level_of(median_ticks: float) -> int:
    """Return the level of a tune with this median interval: 0 sixteenths, 1 eighths, 2 quarters or longer."""
    return 0 if median_ticks <= 9 else 1 if median_ticks <= 17 else 2


def _following() -> list[list[tuple[float, ...]]]:
    n = len(CORPUS_TICKS)
    levels = []
    for block in _TABLES:
        rows = []
        for line in (*block[1 : n + 1], block[0]):
            counted = [int(number) / 10.0 for number in line.split()][:n]
            rows.append((*counted, _ENTER_TRIPLET - 1.0, _ENTER_TRIPLET, _ENTER_TRIPLET))
        first = rows.pop()
        for triplet in TICKS[n:]:
            counted = [_LEAVE_TRIPLET + each for each in first[:n]]
            rows.append((*counted, *(_STAY_TRIPLET - (t != triplet) for t in TICKS[n:])))
        levels.append([*rows, first])
    return levels


def _placed(rows: list[tuple[float, ...]], leans: str) -> list[tuple[float, ...]]:
    """Return rows of log probabilities for intervals that begin at one place of the beat."""
    shift = [int(number) / 10.0 for number in leans.split()][: len(CORPUS_TICKS)]
    shift += [0.0] * (len(TICKS) - len(CORPUS_TICKS))
    return [tuple(a + b for a, b in zip(row, shift, strict=True)) for row in rows]


def _by_place() -> list[list[list[tuple[float, ...]]]]:
    table = []
    for rows, leans in zip(_following(), _PLACES, strict=True):
        at = {place: _placed(rows, leans[row]) for row, place in enumerate((0, 6, 12, 18, None))}
        inside_triplet = [
            tuple(_STRAIGHT_LOG * (t % 4 != 0) + each for t, each in zip(TICKS, row, strict=True)) for row in rows
        ]
        table.append(
            [
                at[place] if place in at else inside_triplet if place % 4 == 0 else at[None]
                for place in range(TICKS_PER_BEAT)
            ]
        )
    return table


INTERVAL_LOGS = _by_place()
"""INTERVAL_LOGS[level][place][before][index]: log probability of the interval TICKS[index] that begins at
`place` ticks in the beat, after the interval TICKS[before]; before = len(TICKS) is "none yet"."""

"""Count a corpus's note lengths and print the tables that stand in bridge/hearing/note_values.py.

python -m bench.note_values corpus.whl
"""

from __future__ import annotations

import math
import sys
from collections import Counter, defaultdict
from pathlib import Path
from statistics import median

from bridge.hearing.note_values import CORPUS_TICKS, TICKS_PER_BEAT, level_of
from engine.notes import Song
from trainer.corpus import read_songs
from trainer.split import part_of


def onset_intervals(song: Song) -> list[int]:
    """Return the written intervals from onset to onset, in ticks."""
    following = song.notes[1:]
    beats = (note.duration_beats + after.rest_beats for note, after in zip(song.notes, following, strict=False))
    return [round(each * TICKS_PER_BEAT) for each in beats]


def count(songs: list[Song]) -> tuple[Counter[int], dict[tuple[int, int | None], Counter[int]], Counter[int]]:
    """Return songs by level, intervals by level and interval before, and positions in the beat of onsets."""
    levels: Counter[int] = Counter()
    following: dict[tuple[int, int | None], Counter[int]] = defaultdict(Counter)
    landings: Counter[int] = Counter()
    for song in songs:
        intervals = onset_intervals(song)
        if not intervals:
            continue
        level = level_of(median(intervals))
        levels[level] += 1
        position = round((song.metre.upbeat_beats if song.metre else 0.0) * TICKS_PER_BEAT)
        before: int | None = None
        for interval in intervals:
            known = interval if interval in CORPUS_TICKS else 0
            following[level, before][known] += 1
            before = known
            position += interval
            landings[position % TICKS_PER_BEAT] += 1
    return levels, following, landings


def main() -> None:
    """Print the tables in tenths of a nat, as they stand in the code."""
    songs = [song for song in read_songs(Path(sys.argv[1])).songs if part_of(song) == "train"]
    levels, following, landings = count(songs)
    print(f"{len(songs)} tunes; levels {dict(levels)}; landings {landings.most_common(6)}")
    columns = (*CORPUS_TICKS, 0)
    for level in sorted(levels):
        whole = sum((following[level, before] for before in (None, *columns)), Counter[int]())
        print(f"level {level}")
        for before in (None, *columns):
            row = following[level, before]
            logs = (
                math.log((row[each] + 4 * whole[each] / whole.total() + 0.02) / (row.total() + 4.3))
                for each in columns
            )
            print("   ", str(before).rjust(4), " ".join(f"{max(-70, round(10 * each)):d}" for each in logs))


if __name__ == "__main__":
    main()

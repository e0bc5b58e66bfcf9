"""Score songs under the metre that is found in them while they go on, as it is known in play."""

from __future__ import annotations

from collections.abc import Sequence

from engine.checkpoint import Checkpoint
from engine.columns import Rows
from engine.notes import Song
from trainer.examples import Example, FoundRows, charged
from trainer.found import phrase_begins
from trainer.progress import Advance
from trainer.score import SongScore, score_examples, unscored


def score_inferred(
    checkpoint: Checkpoint, songs: Sequence[Song], examples: Sequence[Example], progress: Advance | None = None
) -> list[SongScore]:
    """Return the score of each song, each phrase charged under the metre that was found when it began.

    The first phrase is charged under none. examples: as `encode_songs` gives them with `inferred`.
    """
    scores = [unscored(checkpoint, song) for song in songs]
    pieces, owners = [], []
    for example, score in zip(examples, scores, strict=True):
        told = [FoundRows(_blind(example), 0), *example.found]
        ends = [*(found.heard for found in example.found), None]
        for found, until in zip(told, ends, strict=True):
            pieces.append(charged(example, found.heard, until, found.rows))
            owners.append(score)
    score_examples(checkpoint, pieces, owners, progress)
    return scores


def score_after(
    checkpoint: Checkpoint,
    songs: Sequence[Song],
    examples: Sequence[Example],
    phrases: int,
    progress: Advance | None = None,
) -> dict[str, list[SongScore]]:
    """Return the cost of what follows the first `phrases` phrases, under the true metre, none, the one found then.

    By "known", "unknown" and "inferred", the same songs in each: those that have more phrases.
    """
    chosen = [place for place, example in enumerate(examples) if len(example.found) >= phrases]
    scores: dict[str, list[SongScore]] = {"known": [], "unknown": [], "inferred": []}
    pieces, owners = [], []
    for place in chosen:
        example, song = examples[place], songs[place]
        found = example.found[phrases - 1]
        left = len(song.notes) - phrase_begins(song)[phrases]
        for metre, rows in (("known", example.rows), ("unknown", _blind(example)), ("inferred", found.rows)):
            scores[metre].append(SongScore(left, len(example) - found.heard + 1, 0))
            pieces.append(charged(example, found.heard, rows=rows))
            owners.append(scores[metre][-1])
    score_examples(checkpoint, pieces, owners, progress)
    return scores


def _blind(example: Example) -> Rows:
    """Return the rows without a metre; those of a song without one are."""
    return example.rows if example.blind is None else example.blind

"""What songs cost under the metre that is found in them while they go on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from engine.checkpoint import Checkpoint
from engine.notes import Song
from tests.corpusfiles import abc_songs
from tests.tiny import load_tiny
from trainer.corpus import read_songs
from trainer.examples import Example
from trainer.inferred import score_after, score_inferred
from trainer.score import SongScore, encode_songs, score_songs


@pytest.fixture
def checkpoint(tmp_path: Path) -> Checkpoint:
    return load_tiny(tmp_path / "model")


@pytest.fixture
def songs(tmp_path: Path) -> list[Song]:
    path = tmp_path / "tunes.abc"
    path.write_text(abc_songs(12))
    return read_songs(path).songs


def told(example: Example, true: bool) -> Example:
    """Return an example whose found metres are all the true one, or none."""
    rows = example.rows if true or example.blind is None else example.blind
    return replace(example, found=tuple(replace(each, rows=rows) for each in example.found))


def nats(scores: list[SongScore]) -> list[float]:
    return [score.nats for score in scores]


def test_a_song_in_which_nothing_is_found_costs_what_it_costs_without_metre(
    checkpoint: Checkpoint, songs: list[Song]
) -> None:
    """Cut at its phrases it is charged once and whole: the tokens, the durations and the phrase ends."""
    examples = [told(example, False) for example in encode_songs(checkpoint, songs, inferred=True)]
    blind = score_songs(checkpoint, songs, examples, metre_known=False)
    inferred = score_inferred(checkpoint, songs, examples)
    assert nats(inferred) == pytest.approx(nats(blind), rel=1e-5)
    for one, other in zip(inferred, blind, strict=True):
        assert (one.notes, one.tokens, one.phrase_ends) == (other.notes, other.tokens, other.phrase_ends)
        assert one.phrase_logits == pytest.approx(other.phrase_logits, abs=1e-4)


def test_the_first_phrase_is_charged_without_a_metre(checkpoint: Checkpoint, songs: list[Song]) -> None:
    """If the true metre is found after it, the rest costs what it does where that is given."""
    examples = [told(example, True) for example in encode_songs(checkpoint, songs, inferred=True)]
    known, blind = (score_songs(checkpoint, songs, examples, metre) for metre in (True, False))
    rest = score_after(checkpoint, songs, examples, 1)
    inferred = score_inferred(checkpoint, songs, examples)
    assert len(rest["known"]) == len(songs)
    for score, without, after, after_without in zip(inferred, blind, rest["known"], rest["unknown"], strict=True):
        assert score.nats == pytest.approx(without.nats - after_without.nats + after.nats, rel=1e-4)
    assert nats(known) != nats(inferred)
    assert nats(rest["inferred"]) == pytest.approx(nats(rest["known"]))


def test_what_follows_is_compared_on_the_same_notes(checkpoint: Checkpoint, songs: list[Song]) -> None:
    """Songs with so many phrases and no more have nothing that follows."""
    songs = [replace(songs[0], phrase_ends=None), *songs[1:]]
    examples = encode_songs(checkpoint, songs, inferred=True)
    for phrases in (1, 2, 50):
        scores = score_after(checkpoint, songs, examples, phrases)
        more = sum(sum(song.phrase_ends or ()) > phrases for song in songs)
        assert [len(each) for each in scores.values()] == [more] * 3
        assert len({tuple((score.notes, score.tokens) for score in each) for each in scores.values()}) == 1

"""An n-gram reads of a song what the model reads: its steps, what came before, the bars where they are told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bench.kneser_ney import ABSENT
from bench.ngram_views import Line, View, duration_views, token_views, unmoved
from engine.notes import Metre, Note, Song
from engine.tokenizer import NoteTokenizer, PitchTokenizer
from tests.trainer.songs import SONGS

TOKENIZER = NoteTokenizer()
SONG = Song("", (Note(60, 1.0), Note(64, 0.5), Note(62, 0.5, 1.0), Note(60, 2.0)), Metre(3.0, 2.0, 1.0))


def all_views(song: Song, metre_known: bool = True) -> list[View]:
    line = Line.of(song, TOKENIZER, metre_known)
    return token_views(line) + duration_views(line)


def test_steps_are_the_models_and_the_end_is_one() -> None:
    """A rest is a step of its own, the first interval is counted from the middle, and ends tell no length."""
    line = Line.of(SONG, TOKENIZER, True)
    steps = TOKENIZER.encode(SONG.notes)
    assert line.tokens.tolist() == [*(step.token for step in steps), TOKENIZER.eos]
    assert line.durations.tolist() == [step.duration for step in steps]
    assert line.last.tolist() == [-1, 24, 28, 28, 26, 24]
    assert line.ticks.tolist() == [0, 48, 72, 120, 144, 240]
    assert (line.intervals - TOKENIZER.n_pitches + 1).tolist()[:3] == [24 - 30, 4, 61 + 2]


def test_no_view_sees_what_it_is_to_foretell_nor_what_comes_later() -> None:
    """Songs that differ from a place on have the same contexts up to it; a duration's has its own token too."""
    other = replace(SONG, notes=(*SONG.notes[:2], Note(70, 4.0), Note(71, 0.25)))
    for one, two in zip(all_views(SONG), all_views(other), strict=True):
        of_duration = len(one.chain) == len(SONG.notes) + 1
        same = 2 if of_duration else 3
        assert one.chain[:same].tolist() == two.chain[:same].tolist(), one.name


@pytest.mark.parametrize("metre_known", [True, False])
def test_bars_are_seen_only_where_they_are_told(metre_known: bool) -> None:
    """And a song's own key is seen by the views of pitches alone."""
    barred = replace(SONG, metre=Metre(4.0, 1.0, 1.0))
    moved = replace(SONG, notes=tuple(replace(note, pitch=note.pitch + 5) for note in SONG.notes))
    differs, shifted = set(), set()
    views = zip(*(all_views(song, metre_known) for song in (SONG, barred, moved)), strict=True)
    for number, (one, two, three) in enumerate(views):
        if not np.array_equal(one.chain, two.chain):
            differs.add(number)
        # The first pitch of all is an interval from nothing.
        if not np.array_equal(one.chain[3:, :2], three.chain[3:, :2]):
            shifted.add(one.name)
    assert differs == ({4, 5, 6, 7, 10, 11, 12} if metre_known else set())
    assert shifted == {"pitch", "place of pitch"}


def test_behind_a_feature_that_is_not_there_none_is() -> None:
    """So that a context at a song's beginning is short, and no level beyond it is asked."""
    for song in SONGS:
        for view in all_views(song):
            gone = view.chain == ABSENT
            assert (gone == np.maximum.accumulate(gone, axis=1)).all(), view.name


def test_intervals_become_tokens_again() -> None:
    """Each token has the share of its interval; what would lie outside the vocabulary is shared out."""
    pitches, tokens = TOKENIZER.n_pitches, TOKENIZER.vocab_size
    random = np.random.default_rng(2)
    by_interval = random.dirichlet(np.ones(2 * pitches - 1 + tokens - pitches), 3)
    told = unmoved(by_interval, np.array([-1, 0, 60]), pitches, tokens)
    assert told.sum(1) == pytest.approx(1.0)
    up = by_interval[1, pitches - 1 + 4] / by_interval[1, -1]
    assert told[1, 4] / told[1, TOKENIZER.rest] == pytest.approx(up)
    down = by_interval[2, pitches - 1 - 2] / by_interval[2, -3]
    assert told[2, 58] / told[2, TOKENIZER.eos] == pytest.approx(down)


def test_a_vocabulary_without_durations_has_views_of_pitches_alone() -> None:
    """Nothing of rhythm or bars is read of them."""
    line = Line.of(SONG, PitchTokenizer(), True)
    assert [view.name for view in token_views(line)] == ["pitch", "interval", "degree"]
    assert len(line.tokens) == len(SONG.notes) + 1

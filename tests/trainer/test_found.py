"""Metres as they are found in songs, in the song's own count of beats."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from engine.bars import agree
from engine.metre_net import Net
from engine.notes import Metre, Note, Song
from trainer.found import LEAST_CALL, LEAST_REST, after_each_phrase, findings, phrase_begins

NET = Net.shipped()
# A march in 4/4 whose bars leave no doubt, behind an upbeat of a quarter.
_BAR = ((60, 1.0), (64, 1.0), (67, 1.0), (64, 1.0), (65, 2.0), (62, 1.0), (59, 1.0))
_PHRASE = (*_BAR, (60, 1.0), (62, 0.5), (64, 0.5), (65, 1.0), (67, 1.0), (60, 3.0), (55, 1.0))
MARCH = Song(
    "march",
    (Note(55, 1.0, 0.0), *(Note(pitch, beats) for _ in range(4) for pitch, beats in _PHRASE))[:-1],
    Metre(4.0, 3.0, 1.0),
    tuple(index % 14 == 13 or index == 55 for index in range(56)),
)


def test_the_bars_of_a_plain_song_are_found_after_each_of_its_phrases() -> None:
    """After every phrase but the last; the upbeat is that of the song's first step."""
    found = after_each_phrase(MARCH, NET)
    assert [finding.notes for finding in found] == phrase_begins(MARCH)[1:-1] == [14, 28, 42]
    assert all(finding.metre is not None and agree(finding.metre, MARCH.metre or Metre(1.0)) for finding in found)


@pytest.mark.parametrize("rest_beats", [0.0, 1.5])
def test_the_bars_of_a_later_call_are_told_of_the_whole_song(rest_beats: float) -> None:
    """A call may begin within a song, and a rest stand before it; where the bar lines lie does not change."""
    first = replace(MARCH.notes[0], rest_beats=rest_beats)
    metre = Metre(4.0, (3.0 - rest_beats) % 4.0, 1.0)
    song = replace(MARCH, notes=(first, *MARCH.notes[1:]), metre=metre)
    drawn = findings(song, 60, NET, random.Random(1))
    told = [finding.metre for finding in drawn if finding.metre is not None]
    assert len({finding.notes for finding in drawn}) > 5
    assert sum(agree(one, metre) for one in told) > 0.8 * len(told)


def test_a_call_leaves_something_to_go_on_with() -> None:
    """Calls have some notes, and some are left behind them; a song that is too short for that has none."""
    drawn = findings(MARCH, 200, NET, random.Random(2))
    assert all(LEAST_CALL <= finding.notes <= len(MARCH.notes) - LEAST_REST for finding in drawn)
    assert findings(replace(MARCH, notes=MARCH.notes[:5], phrase_ends=None), 20, NET, random.Random(3)) == []


def test_a_song_without_marked_phrases_is_heard_as_one() -> None:
    """Nothing is found within it where no phrase ends, and calls of training end anywhere in it."""
    song = replace(MARCH, phrase_ends=None)
    assert phrase_begins(song) == [0, 56]
    assert after_each_phrase(song, NET) == []
    assert findings(song, 40, NET, random.Random(4))

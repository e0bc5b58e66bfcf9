"""Calls are of no style, answers are judged in the call's bars, and what was named is counted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bench.style_ear import Ear, Passage
from bench.style_heard import (
    behind,
    confusion,
    least_sure,
    most_of_it,
    passages_of,
    rightly,
)
from engine.notes import Metre, Note, Song
from tests.bench.test_style_ear import jig, psalm
from trainer.calls import Call

STYLES = ("hymn", "irish")


def call_of(passage: Passage) -> Call:
    return Call(0, passage.notes, passage.notes, passage.metre)


def test_calls_are_those_the_ear_is_least_sure_of() -> None:
    """A jig in a psalm's rhythm is less surely either than a jig or a psalm."""
    ear = Ear([jig(s) for s in range(60)] + [psalm(s) for s in range(60)], ["irish"] * 60 + ["hymn"] * 60)
    jigs, psalms = jig(100), psalm(100)
    between = Passage((*jigs.notes[:12], *psalms.notes[:6]), psalms.metre)
    told = ear.probabilities([jigs, between, psalms]).max(1)
    assert told[1] == min(told)
    assert least_sure([call_of(one) for one in (jigs, between, psalms)], ear, 1) == [call_of(between)]


def test_an_answer_is_judged_in_the_bars_of_its_call() -> None:
    """It begins where the call ends; the rest that leads in is its own."""
    call = Call(0, (Note(60, 1.0), Note(62, 1.5)), (), Metre(3.0, 2.0, 1.0))
    answer = (Note(64, 1.0, 0.5),)
    assert behind(call, answer) == Passage(answer, Metre(3.0, 1.5, 1.0))


def test_the_answer_most_of_a_style_is_the_one_asked_for_or_another() -> None:
    """Whatever the call is like: all are named irish here, and the one asked for is the most so."""
    told = np.array([[[0.3, 0.7], [0.1, 0.9]], [[0.2, 0.8], [0.4, 0.6]]])
    assert most_of_it(told) == [True, True, False, False]


def test_passages_are_two_phrases_where_they_lie_in_their_bars() -> None:
    """Of no style are there more than asked for; what is too short is left out."""
    notes = tuple(Note(60 + place % 5, 0.5) for place in range(26))
    ends = tuple(place in (4, 10, 13, 21, 25) for place in range(26))
    song = Song("", notes, Metre(4.0, 3.0, 1.0), ends, "irish")
    passages, styles = passages_of([song, replace(song, region="hymn"), replace(song, metre=None)], 1)
    assert sorted(styles) == ["hymn", "irish"]
    assert len(passages) == 2
    every, _ = passages_of([song], 9)
    assert [(len(one.notes), one.metre.upbeat_beats) for one in every] == [(11, 3.0), (11, 0.5)]


def test_what_is_named_is_counted_by_what_was_asked_for_and_styles_weigh_alike() -> None:
    """Three jigs named rightly and one psalm wrongly are half right."""
    truth, named = ["irish", "irish", "irish", "hymn"], ["irish", "irish", "irish", "irish"]
    assert confusion(truth, named, STYLES) == {
        "irish": {"hymn": 0, "irish": 3},
        "hymn": {"hymn": 0, "irish": 1},
    }
    assert rightly(truth, named, range(4), STYLES)[0] == pytest.approx(0.5)
    assert not np.isnan(rightly(truth, truth, range(4), STYLES)).any()

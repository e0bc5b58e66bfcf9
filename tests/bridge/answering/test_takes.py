"""The book of takes: numbers, which one is in hand, and what is forgotten."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.answering.standing import Standing
from bridge.answering.takes import REMEMBERED, Cue, Known, Takes
from bridge.answering.transcript import Heard
from bridge.hearing.call import Phrase
from bridge.take import InTime, Model, Take
from engine.errors import UserError

CUE = Cue(Heard(), Phrase(), 0, None, Standing(), ())
KNOWN = Known(Take(0, 1, Model(), (), 0, (), (), (), InTime(120.0, 0.0)), CUE, ())


def filled(count: int) -> Takes:
    """Return a book of so many takes."""
    takes = Takes()
    for seed in range(count):
        takes.add(replace(KNOWN, take=replace(KNOWN.take, seed=seed)))
    return takes


def test_takes_are_numbered_from_one_and_the_last_is_in_hand() -> None:
    """Each is found by its number."""
    takes = filled(3)
    assert takes.find().take.number == 3
    assert [takes.find(number).take.seed for number in (1, 2, 3)] == [0, 1, 2]
    assert [take.number for take in takes.take_news()] == [1, 2, 3]
    assert takes.take_news() == []


def test_the_oldest_is_forgotten_unless_it_is_kept() -> None:
    """An endless session takes bounded memory, and the sentence says where the take still is."""
    takes = filled(2)
    takes.keep(1)
    for _ in range(REMEMBERED + 3):
        takes.add(KNOWN)
    assert takes.find(1).take.kept
    with pytest.raises(UserError, match="take 2 is no longer in memory; `melody-bridge takes` has it"):
        takes.find(2)
    assert takes.find(REMEMBERED + 5).take.number == REMEMBERED + 5


def test_what_is_to_be_repeated_is_chosen_then_kept_then_the_last() -> None:
    """A choice holds until the next answer; an answer that is to be kept goes before both."""
    takes = filled(3)
    assert takes.to_loop is None
    takes.keep(2)
    assert takes.to_loop == 2
    takes.choose(1)
    assert takes.to_loop == 1
    takes.add(KNOWN)
    assert takes.to_loop == 2
    takes.keep_next()
    assert takes.to_loop is None
    takes.add(KNOWN)
    assert takes.find(5).take.kept
    assert takes.find(takes.to_loop).take.number == 5


def test_an_answer_that_was_to_be_kept_and_never_sounded_leaves_the_next_one_alone() -> None:
    """The mark was for that answer."""
    takes = filled(1)
    takes.keep_next()
    takes.keep_no_next()
    takes.add(KNOWN)
    assert not takes.find(2).take.kept

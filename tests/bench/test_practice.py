"""What the net that finds the bars practises: bench/practice.py."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
import torch

from bench.practice import MOST_NOTES, Lesson, Pupil, batches, cost, lessons, mixed, performed
from engine.bars import BARS, KIND, PLACE
from engine.notes import Metre, Song
from tests.engine.test_metre import TWINKLE, WALTZ
from trainer.bars import Stretch
from trainer.batch import IGNORED
from trainer.metre import MetreNet, save

FOUR = Song("", tuple(TWINKLE), Metre(4.0, 0.0, 1.0), tuple(i in (6, 13, 20, 27) for i in range(28)))
THREE = Song("", tuple(WALTZ), Metre(3.0, 2.0, 1.0), tuple(i in (7, 14, 22, 29) for i in range(30)))


@pytest.mark.parametrize("seed", range(8))
def test_a_performance_is_heard_in_its_true_bars(seed: int) -> None:
    """Whatever unit of time it was read in, notes stand where they were written, counted in that unit."""
    lesson = performed(Stretch.of(FOUR), random.Random(seed))
    assert lesson is not None
    count = len(lesson.ends)
    assert lesson.ends[-1]
    assert len(lesson.heard.rows) == len(lesson.heard.states) == count
    known = np.flatnonzero(lesson.heard.states != IGNORED)
    assert len(known) > count / 2
    last = int(lesson.heard.states[known[-1]])
    beats, _ = BARS[KIND[last]]
    written = sum(note.duration_beats for note in TWINKLE[: known[-1]]) % 4.0
    assert PLACE[last] / (4.0 * beats) == pytest.approx(written / 4.0) or beats not in (2.0, 4.0, 8.0)


def test_of_a_song_more_is_heard_than_of_one_beside_it() -> None:
    """Five forms or two, none longer than calls are, each note with whether it ends a phrase."""
    rng = random.Random(1)
    for few, most in ((False, 5), (True, 2)):
        found = lessons(FOUR, THREE, rng, few)
        assert most - 1 <= len(found) <= most
        assert all(len(lesson.ends) == len(lesson.heard.rows) <= MOST_NOTES for lesson in found)


def test_every_song_is_practised_and_the_same_seed_draws_the_same() -> None:
    """A pass over the songs holds all their forms."""
    songs = [(FOUR, False), (THREE, True)]

    def drawn() -> list[Lesson]:
        return [lesson for batch in batches(songs, [FOUR], random.Random(3)) for lesson in batch]

    assert 6 <= len(drawn()) <= 7
    assert [lesson.ends for lesson in drawn()] == [lesson.ends for lesson in drawn()]


def test_practice_makes_it_cheaper() -> None:
    """Bars and ends of phrases cost less after some steps; the head for ends learns, too."""
    torch.manual_seed(1)
    net, batch = Pupil(), lessons(FOUR, THREE, random.Random(1), few=False)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    costs = []
    for _ in range(8):
        loss = cost(net, batch)
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        optimizer.step()
        costs.append(loss.item())
    assert costs[-1] < costs[0]
    assert net.end.weight.grad is not None


def test_what_comes_out_lies_between_two_nets(tmp_path: Path) -> None:
    """So much of the way from the weights it began from to those it came to; the pupil's own head is not kept."""
    torch.manual_seed(1)
    before, after = MetreNet(), Pupil()
    save(before, tmp_path / "start.safetensors", {})
    between = mixed(tmp_path / "start.safetensors", after, 0.25)
    expected = 0.75 * before.out.weight + 0.25 * after.out.weight
    assert torch.allclose(between.out.weight, expected, atol=1e-3)

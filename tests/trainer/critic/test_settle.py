"""What a critic trusts too much is mended by few calls, and what it does right is left as it is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from engine.planning.critic import TENSORS, Critic
from engine.planning.figures import NAMES
from tests.trainer.critic.telling import UNKNOWN, lessons
from trainer.critic.fit import fit, told
from trainer.critic.lessons import Lessons
from trainer.critic.settle import settled


def turned(some: Lessons) -> Lessons:
    """Return lessons in which what told the song tells the drafts."""
    figures = some.figures.copy()
    figures[:, :, 2] = -figures[:, :, 2]
    return replace(some, figures=figures)


def test_what_is_trusted_the_wrong_way_round_is_turned() -> None:
    """A critic that prefers more of a figure, settled where songs have less of it, tells others like these."""
    learned = fit(lessons(1), 1, epochs=20)
    assert told(Critic(learned), turned(lessons(3)))[0] < 0.3
    mended = Critic(settled(learned, turned(lessons(2)), 0))
    assert told(mended, turned(lessons(3)))[0] > 0.7


def test_what_is_right_already_stays_about_as_it_is() -> None:
    """Settled by calls of the kind it learned, it tells others as well as before, to a fiftieth of a nat."""
    learned = fit(lessons(1, 400), 1, epochs=20)
    before, after = (
        told(Critic(each), lessons(3, 400)) for each in (learned, settled(learned, lessons(2, 400), 0))
    )
    assert after[1] < before[1] + 0.02


def test_a_critic_of_figures_alone_is_settled_too() -> None:
    """Without a net that reads notes, the same figures are turned, and nothing else is added."""
    learned = fit(lessons(1), 1, epochs=20)
    alone = settled({name: learned[name] for name in TENSORS}, turned(lessons(2)), 0)
    assert set(alone) == set(TENSORS)
    rows = [list(UNKNOWN) for _ in range(3)]
    for value, row in enumerate(rows):
        row[2] = float(value) - 1.0
    odds = Critic(alone).weigh(rows)
    assert list(odds) == sorted(odds, reverse=True)
    assert all(np.isfinite(each).all() for each in alone.values())


def test_what_is_far_too_unlikely_is_no_song() -> None:
    """Songs a little less likely than drafts, faults far less: behind settling, faults are told from songs."""
    learned, likelihood = fit(lessons(1), 1, epochs=20), NAMES.index("likelihood")

    def unlikely(seed: int) -> Lessons:
        some = lessons(seed, drafts=4)
        some.figures[:, 0, likelihood] -= 1.0
        some.figures[:, 3:, likelihood] -= 4.0
        return some

    odds = np.array([Critic(settled(learned, unlikely(2), 2)).weigh(rows) for rows in unlikely(3).figures])
    assert (odds[:, :1] > odds[:, 1:3]).mean() > 0.8
    assert (odds[:, :1] > odds[:, 3:]).mean() > 0.9

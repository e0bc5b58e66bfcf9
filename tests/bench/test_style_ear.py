"""An ear learns what passages of a style have in common, whatever key they are in."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.style_ear import Ear, Passage, figures_of
from engine.notes import Metre, Note

NOTES = st.lists(
    st.builds(
        Note, st.integers(48, 84), st.sampled_from([0.25, 0.5, 1.0, 1.5, 2.0]), st.sampled_from([0.0, 0.0, 0.5])
    ),
    min_size=2,
    max_size=20,
)


def jig(seed: int) -> Passage:
    """Return eighths in steps and thirds, in 6/8."""
    draw, pitch, notes = random.Random(seed), 67, []
    for _ in range(24):
        pitch = min(max(pitch + draw.choice((-3, -2, 2, 3)), 55), 79)
        notes.append(Note(pitch, 0.5))
    return Passage(tuple(notes), Metre(3.0, 0.0, 1.5))


def psalm(seed: int) -> Passage:
    """Return halves and quarters in steps, in 4/4."""
    draw, pitch, notes = random.Random(seed), 67, []
    for _ in range(12):
        pitch = min(max(pitch + draw.choice((-2, -1, 0, 1, 2)), 55), 79)
        notes.append(Note(pitch, draw.choice((1.0, 2.0))))
    return Passage(tuple(notes), Metre(4.0, 0.0, 1.0))


@settings(max_examples=30)
@given(NOTES, st.integers(-12, 12))
def test_a_passage_has_the_same_figures_in_every_key(notes: list[Note], up: int) -> None:
    """So that no style is known by the keys it is printed in."""
    metre = Metre(4.0, 1.0, 1.0)
    moved = [Note(note.pitch + up, note.duration_beats, note.rest_beats) for note in notes]
    one, other = (figures_of(Passage(tuple(each), metre)) for each in (notes, moved))
    assert one.keys() == other.keys()
    assert all(one[figure] == pytest.approx(other[figure]) for figure in one)


def test_what_is_counted_is_a_share_of_its_kind() -> None:
    """The squares of each kind's figures sum to one, so that a long passage weighs no more than a short one."""
    by_kind: dict[object, float] = {}
    for figure, value in figures_of(jig(1)).items():
        assert isinstance(figure, tuple)
        by_kind[figure[0]] = by_kind.get(figure[0], 0.0) + value**2
    assert all(whole == pytest.approx(1.0) for whole in by_kind.values())


def test_an_ear_names_passages_it_never_heard_and_few_of_a_style_weigh_as_much_as_many() -> None:
    """Probabilities sum to one; a style of a fifth of the passages is found as well."""
    passages = [jig(seed) for seed in range(100)] + [psalm(seed) for seed in range(20)]
    ear = Ear(passages, ["irish"] * 100 + ["hymn"] * 20)
    unheard = [jig(seed) for seed in range(200, 220)] + [psalm(seed) for seed in range(200, 220)]
    told = ear.probabilities(unheard)
    assert told.sum(1) == pytest.approx(1.0)
    assert (
        np.mean([a == b for a, b in zip(ear.named(unheard), ["irish"] * 20 + ["hymn"] * 20, strict=True)]) > 0.95
    )

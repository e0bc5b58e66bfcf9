"""What the critic learns from is what play shows it, and some faults."""

from __future__ import annotations

import math
import random
from typing import cast

import pytest

from engine.notes import Metre, Note
from engine.planning.figures import NAMES
from engine.planning.note_columns import COLUMNS
from trainer.calls import Call, Drafted
from trainer.critic.lessons import SPOILT, Lessons, lessons_of, spoilt
from trainer.drafts import Drafter

CALL = tuple(Note(pitch, 1.0) for pitch in (60, 62, 64, 65, 67, 64, 60))
REAL = (Note(69, 1.0), Note(67, 1.0), Note(67, 2.0))
COLUMN_NAMES = [name for name, _ in COLUMNS]


class Told:
    """Give every melody the same nats."""

    def log_probabilities(self, call: object, answers: list[object], metre: object) -> list[float]:
        """Return them."""
        return [-5.0 for _ in answers]


def lessons(key: tuple[int, bool] | None) -> Lessons:
    """Return those of one call, with itself as the only draft."""
    drafted = Drafted(Call(0, CALL, REAL, Metre(4.0, 0.0, 1.0), key), None, (CALL,), (-1.0, -2.0))
    return lessons_of([drafted], 1, cast(Drafter, Told()))


def test_ends_are_told_by_the_tunes_own_key() -> None:
    """A call in C by itself, of a tune in G, goes home to G; its notes are read in C, as in play."""
    home, degree = NAMES.index("ends_on_tonic"), COLUMN_NAMES.index("degree")
    for key, ends in ((None, 0.0), ((7, False), 1.0)):
        found = lessons(key)
        assert found.figures[0, :2, home].tolist() == [ends, 1.0 - ends]
        assert found.notes[0].answers[0, :3, degree].tolist() == [9, 7, 7]


def test_the_song_comes_first_and_faults_last() -> None:
    """One song, one draft, three faults of songs, with what the model gives each; fewer can be taken."""
    found = lessons(None)
    likelihood = NAMES.index("likelihood")
    nats = [-1.0 / 3, -2.0 / 7, *[-5.0 / 3] * SPOILT]
    assert found.figures[0, :, likelihood].tolist() == pytest.approx(nats)
    assert found.leans.shape == (1, 2 + SPOILT)
    assert found.notes[0].there.sum(1).tolist() == [3, 7, *[3] * SPOILT]
    fewer = found.first(2)
    assert fewer.figures.shape[1] == fewer.leans.shape[1] == len(fewer.notes[0].answers) == 2
    assert len(found.of(range(0))) == 0


def test_where_the_songs_odds_are_unknown_those_of_faults_are_too() -> None:
    """Else a fault would be known by being the one whose likelihood is told."""
    drafted = Drafted(Call(0, CALL, REAL, Metre(4.0, 0.0, 1.0)), None, (CALL,), (math.nan, math.nan))
    found = lessons_of([drafted], 1, cast(Drafter, Told()))
    assert all(map(math.isnan, found.figures[0, :, NAMES.index("likelihood")]))


def test_a_spoilt_melody_is_no_longer_itself_and_no_shorter() -> None:
    """Every fault keeps the notes' number, changes something, and leaves lengths that can be played."""
    notes = tuple(Note(60 + 2 * (index * 3 % 7), 1.0 + index % 2) for index in range(12))
    changed = [spoilt(notes, random.Random(seed)) for seed in range(40)]
    assert all(len(each) == len(notes) and each != notes for each in changed)
    assert all(note.duration_beats > 0.0 and note.rest_beats >= 0.0 for each in changed for note in each)
    rhythms = {tuple((note.duration_beats, note.rest_beats) for note in each) for each in changed}
    assert len(rhythms) > 5

"""What the metre's net learns from: trainer/bars.py."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

from engine.bars import N_STATES
from engine.notes import Metre, Note, Song
from tests.corpusfiles import abc_songs
from trainer.bars import VARIANTS, heard, misread, positions_of, usable, variants
from trainer.corpus import read_songs
from trainer.data import IGNORED


def songs(folder: Path, count: int = 4) -> list[Song]:
    """Return random tunes in 3/4."""
    (folder / "tunes.abc").write_text(abc_songs(count))
    return read_songs(folder / "tunes.abc").songs


def test_a_tune_is_learned_from_in_several_forms_with_its_true_places(tmp_path: Path) -> None:
    """Every form keeps the notes' true states; as written they go from bar line to bar line."""
    for song in songs(tmp_path):
        assert usable(song)
        forms = variants(song, random.Random(1))
        assert len(forms) == VARIANTS
        assert set(forms[0].states.tolist()) <= set(range(N_STATES))
        assert len({int(state) for state in forms[0].states}) == 3
    unmarked = replace(songs(tmp_path)[0], phrase_ends=None)
    assert not usable(unmarked)
    assert not usable(replace(songs(tmp_path)[0], metre=Metre(5.0, 0.0, 1.0)))


def test_a_misread_melody_keeps_its_notes() -> None:
    """Reading mistakes change lengths and rests, never the pitches or their number, and leave no length of 0."""
    notes = [Note(60 + index % 5, (0.25, 0.5, 1.0, 2.5)[index % 4], 0.5 * (index % 7 == 0)) for index in range(60)]
    changed = 0
    for seed in range(20):
        read = misread(notes, random.Random(seed))
        assert [note.pitch for note in read] == [note.pitch for note in notes]
        assert all(note.duration_beats > 0.0 and note.rest_beats >= -1e-9 for note in read)
        changed += sum(a != b for a, b in zip(notes, read, strict=True))
    assert changed > 0


def test_an_odd_metre_has_no_state() -> None:
    """A tune in five teaches nothing, note by note."""
    notes = [Note(60, 1.0)] * 6
    assert heard(notes, range(6), Metre(5.0, 0.0, 1.0)).states.tolist() == [IGNORED] * 6


def test_positions_count_from_the_first_bar_line() -> None:
    """The upbeat stands before a note, and so does its own rest."""
    song = Song("", (Note(60, 1.0), Note(62, 0.5, 0.5), Note(64, 1.0)), metre=Metre(3.0, 2.0, 1.0))
    assert positions_of(song) == [2.0, 3.5, 4.0]


def test_only_the_length_of_a_known_last_note_may_be_read_wrong() -> None:
    """Where the end of a phrase is read before the next onset, its length may be read wrong, the others never."""
    notes = [Note(60, 1.0), Note(62, 1.0), Note(64, 2.0), Note(65, 1.0)]
    plain = heard(notes, range(4), Metre(4.0, 0.0, 1.0), {2})
    unsure = [heard(notes, range(4), Metre(4.0, 0.0, 1.0), {2}, random.Random(seed)) for seed in range(20)]
    assert any((one.rows[2] != plain.rows[2]).any() for one in unsure)
    assert all((one.rows[[0, 1, 3]] == plain.rows[[0, 1, 3]]).all() for one in unsure)
    assert plain.places.tolist() == [0, 4, 8, 16]

"""What the metre's net learns from: trainer/bars.py."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

from engine.bars import BAR_STEPS, KIND, N_STATES
from engine.notes import Metre, Note, Song
from tests.corpusfiles import abc_songs
from trainer.bars import MOST_NOTES, VARIANTS, Stretch, heard, joined, misread, positions_of, usable, variants
from trainer.batch import IGNORED
from trainer.corpus import read_songs


def songs(folder: Path, count: int = 4) -> list[Song]:
    """Return random tunes in 3/4."""
    (folder / "tunes.abc").write_text(abc_songs(count))
    return read_songs(folder / "tunes.abc").songs


def test_a_tune_is_learned_from_in_several_forms_with_its_true_places(tmp_path: Path) -> None:
    """Every form keeps the notes' true states; as written they go from bar line to bar line."""
    first, *others = songs(tmp_path)
    for song in others:
        assert usable(song)
        forms = variants(song, first, random.Random(1))
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
    assert heard(notes, range(6), [Metre(5.0, 0.0, 1.0)] * 6).states.tolist() == [IGNORED] * 6


FOUR = Stretch((Note(60, 1.0),) * 7, tuple(range(1, 8)), (Metre(4.0, 0.0, 1.0),) * 7, (False,) * 6 + (True,))
"""Seven beats from the second of a bar: the last bar is full."""
WALTZ = Stretch((Note(67, 1.0), Note(72, 2.0)), (2.0, 3.0), (Metre(3.0, 0.0, 1.0),) * 2, (False, True))
"""An upbeat and a bar's beginning."""


def test_a_tune_behind_another_has_its_first_bar_line_on_one_of_the_first_s_bars() -> None:
    """The upbeat leads into the next bar, behind a rest that makes room; notes keep their metres and places."""
    both = joined(FOUR, WALTZ)
    assert both.notes == (*FOUR.notes, Note(67, 1.0, 3.0), Note(72, 2.0))
    assert both.metres == (*FOUR.metres, *WALTZ.metres)
    assert both.positions == (*FOUR.positions, *WALTZ.positions)
    assert both.ends == (*FOUR.ends, *WALTZ.ends)
    shorter = joined(FOUR.part(0, 6), WALTZ)
    assert shorter.notes[6].rest_beats == 0.0
    assert joined(WALTZ, FOUR).notes[2].rest_beats == 1.0


def test_some_tunes_are_followed_by_another_in_its_own_bars(tmp_path: Path) -> None:
    """Of forms of a tune in three, some have places in a bar of four behind those in three; none only those."""
    song, other = songs(tmp_path)[0], replace(songs(tmp_path)[1], metre=Metre(4.0, 0.0, 1.0))
    fours = 0
    for seed in range(20):
        for form in variants(song, other, random.Random(seed)):
            lengths = [BAR_STEPS[KIND[state]] for state in form.states if state != IGNORED]
            assert not lengths or lengths[0] % 3 == 0
            fours += any(length % 3 for length in lengths)
            assert len(form.rows) <= MOST_NOTES
    assert 0 < fours < 20


def test_positions_count_from_the_first_bar_line() -> None:
    """The upbeat stands before a note, and so does its own rest."""
    song = Song("", (Note(60, 1.0), Note(62, 0.5, 0.5), Note(64, 1.0)), metre=Metre(3.0, 2.0, 1.0))
    assert positions_of(song) == [2.0, 3.5, 4.0]


def test_only_the_length_of_a_known_last_note_may_be_read_wrong() -> None:
    """Where the end of a phrase is read before the next onset, its length may be read wrong, the others never."""
    notes = [Note(60, 1.0), Note(62, 1.0), Note(64, 2.0), Note(65, 1.0)]
    metres = [Metre(4.0, 0.0, 1.0)] * 4
    plain = heard(notes, range(4), metres, {2})
    unsure = [heard(notes, range(4), metres, {2}, random.Random(seed)) for seed in range(20)]
    assert any((one.rows[2] != plain.rows[2]).any() for one in unsure)
    assert all((one.rows[[0, 1, 3]] == plain.rows[[0, 1, 3]]).all() for one in unsure)
    assert plain.places.tolist() == [0, 4, 8, 16]

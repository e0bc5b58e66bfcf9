"""Notes to steps and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import UserError
from engine.notes import Note
from engine.tokenizer import NoteTokenizer, PitchTokenizer, Step, duration_table, from_json, unknown_count

TABLE = (0.25, 0.5, 1.0, 1.5, 2.0, 4.0)
NOTE = NoteTokenizer(styles=("China",), duration_table=TABLE)
PAPER = PitchTokenizer()

known_notes = st.builds(
    Note,
    st.integers(NOTE.low, NOTE.high),
    st.sampled_from(TABLE),
    st.sampled_from((0.0, *TABLE)),
)


@given(st.lists(known_notes, max_size=40))
def test_notes_in_the_vocabulary_come_back_as_they_were(notes: list[Note]) -> None:
    """Decoding what was encoded gives the same notes when the table holds their lengths."""
    assert NOTE.decode(NOTE.encode(notes)) == notes


@given(st.lists(st.builds(Note, st.integers(0, 127), st.floats(0.01, 50), st.floats(0, 9)), max_size=40))
def test_every_note_has_a_step_and_every_step_a_place_in_the_vocabulary(notes: list[Note]) -> None:
    """Whatever is played, each note gives one sounding or unknown step, all of them numbers within bounds."""
    for tokenizer in (NOTE, PAPER):
        steps = tokenizer.encode(notes)
        sounding = [step for step in steps if step.token != tokenizer.rest]
        assert len(sounding) == len(notes)
        assert all(0 <= step.token < tokenizer.vocab_size for step in steps)
        assert all(-1 <= step.duration < max(1, tokenizer.n_durations) for step in steps)
        assert unknown_count(tokenizer, notes) == sum(step.token == tokenizer.unk for step in steps)


def test_papers_vocabulary_has_54_tokens_with_the_pitches_first() -> None:
    """52 pitches 45..96 are the tokens 0..51, then come end of text and unknown."""
    assert (PAPER.vocab_size, PAPER.eos, PAPER.unk, PAPER.rest) == (54, 52, 53, None)
    assert [step.token for step in PAPER.encode([Note(45, 1.0), Note(96, 1.0), Note(97, 1.0)])] == [0, 51, 53]
    assert PAPER.pitch(0) == 45
    assert PAPER.pitch(52) is None
    assert PAPER.start_steps() == [Step(52)]


@pytest.mark.parametrize(
    ("beats", "entry"), [(0.9, 1.0), (0.70, 0.5), (0.72, 1.0), (9.0, 4.0), (0.01, 0.25), (1.5, 1.5)]
)
def test_duration_goes_to_the_nearest_by_ratio(beats: float, entry: float) -> None:
    """A length that the table lacks goes to the entry that it differs from by the smallest factor."""
    assert TABLE[NOTE.duration(beats)] == entry


def test_an_unknown_pitch_passes_as_silence() -> None:
    """Decoding keeps the time of a step that has no pitch."""
    assert NOTE.decode([Step(NOTE.unk, 2), Step(NOTE.rest, 1), Step(24, 0)]) == [Note(60, 0.25, 1.5)]


def test_rests_shorter_than_half_the_shortest_length_are_dropped() -> None:
    """A gap of the player's between two notes is no rest until it comes near the shortest written one."""
    assert len(NOTE.encode([Note(60, 1.0, 0.12)])) == 1
    assert len(NOTE.encode([Note(60, 1.0, 0.13)])) == 2


@pytest.mark.parametrize("tokenizer", [NOTE, PAPER])
def test_vocabulary_survives_its_json(tokenizer: NoteTokenizer | PitchTokenizer) -> None:
    """What a checkpoint's config.json holds gives the same tokenizer again."""
    assert from_json(tokenizer.to_json()) == tokenizer


@pytest.mark.parametrize(
    ("data", "named"),
    [
        ({"kind": "chords", "low": 1, "high": 9}, "chords"),
        ({"kind": "pitch", "low": 9}, "high"),
        ({"kind": "note", "low": 1, "high": 9, "durations": [2, 1]}, "rise"),
    ],
)
def test_a_broken_vocabulary_is_named(data: dict[str, object], named: str) -> None:
    """A config.json with another vocabulary is refused with the entry that is wrong."""
    with pytest.raises(UserError, match=named):
        from_json(data)


def test_duration_table_holds_what_occurs_often() -> None:
    """Lengths are counted on the tick grid; rare ones are left out."""
    assert duration_table([1.0] * 8 + [0.5] * 9 + [0.333] * 7) == (0.5, 1.0)

"""Phrase ends where no notation marks them."""

from __future__ import annotations

from engine.notes import Note
from trainer.readers.phrases import Syllable, line_ends, phrase_ends

EVEN = [Note(60 + index, 1.0) for index in range(8)]


def ends(flags: tuple[bool, ...] | None) -> list[int]:
    return [index for index, flag in enumerate(flags or ()) if flag]


def words(*texts: str) -> list[Syllable | None]:
    """Return syllables: "ho-" goes on, "-ly" is no beginning, "" is a note that is held."""
    return [Syllable(t.strip("-"), not t.endswith("-"), not t.startswith("-")) if t else None for t in texts]


def test_where_nothing_tells_nothing_is_marked() -> None:
    assert phrase_ends(EVEN) is None


def test_half_a_beat_of_silence_ends_a_phrase_except_inside_a_word() -> None:
    notes = [*EVEN[:4], Note(64, 1.0, 0.5), *EVEN[5:]]
    assert ends(phrase_ends(notes)) == [3, 7]
    assert phrase_ends([*EVEN[:4], Note(64, 1.0, 0.25), *EVEN[5:]]) is None
    sung = words("a", "b", "c", "wo-", "-rd", "e", "f", "g")
    assert phrase_ends(notes, sung) is None
    mute = words("a", "b", "c", "vi-", "d", "e", "f", "g")
    assert ends(phrase_ends(notes, mute)) == [3, 7], "a word whose end is mute is over when another begins"


def test_the_words_punctuation_ends_one_and_a_comma_where_the_note_is_long() -> None:
    long = [*EVEN[:6], Note(66, 2.0), EVEN[7]]
    sung = words("a", "b", "c,", "d.", "e", "f", "g,", "h")
    assert ends(phrase_ends(long, sung)) == [3, 6, 7]


def test_a_syllable_ends_with_the_last_note_that_holds_it() -> None:
    assert ends(phrase_ends(EVEN, words("a", "b", "c.", "", "", "d", "e", "f"))) == [4, 7]


def test_lines_of_verse_are_surer_than_punctuation() -> None:
    sung = words("a", "b", "c.", "d", "e", "f", "g", "h")
    assert ends(phrase_ends(EVEN, sung, lines=(4, 4))) == [3, 7]
    assert line_ends(sung, (4, 5)) == set(), "the syllables do not add up to the verse"


def test_repeats_end_phrases_and_none_is_shorter_than_three_notes() -> None:
    assert ends(phrase_ends(EVEN, cuts={1, 3, 4})) == [3, 7]

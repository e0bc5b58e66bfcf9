"""Words below ABC music, put to its notes."""

from __future__ import annotations

from trainer.readers.abc_words import syllables_of, verse_lines
from trainer.readers.phrases import Syllable


def test_syllables_are_put_to_notes_and_held_and_left_out() -> None:
    sung = syllables_of("1.~Ho- ly, _ lo~ve * day | end", [0, 1, 2, 3, 4, 5, 6])
    assert sung == {
        0: Syllable("Ho", ends_word=False),
        1: Syllable("ly,", begins_word=False),
        3: Syllable("lo ve"),
        5: Syllable("day"),
        6: Syllable("end"),
    }


def test_words_beyond_the_notes_are_passed_over() -> None:
    assert syllables_of("a b c", [4, 5]) == {4: Syllable("a"), 5: Syllable("b")}


def test_the_last_comment_of_a_verses_lines_counts_if_it_is_numbers_alone() -> None:
    assert verse_lines("%OHMETRICAL 8 6\n%OHMETRICAL 8 7 8 7 D\n") == (8, 7, 8, 7)
    assert verse_lines("%OHMETRICAL 8 8 8 with Alleluias\n") == ()
    assert verse_lines("") == ()

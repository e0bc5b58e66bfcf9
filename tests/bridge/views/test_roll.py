"""What is in the piano roll, whoever draws it."""

from __future__ import annotations

from bridge.outlook import Ahead, Lines, Outlook
from bridge.views.roll import GPT, LONGEST_S, NOTES_KEPT, YOU, Roll, RollNote


def test_a_note_lasts_from_its_key_down_to_its_key_up() -> None:
    """Of its own voice: the other may hold the same pitch."""
    roll = Roll()
    assert roll.hear(YOU, 60, 80, 1.0) == [RollNote(YOU, 60, 80, 1.0)]
    roll.hear(GPT, 60, 70, 1.1)
    assert roll.hear(YOU, 60, 0, 1.5) == [RollNote(YOU, 60, 80, 1.0, 1.5)]
    assert list(roll.notes) == [RollNote(YOU, 60, 80, 1.0, 1.5), RollNote(GPT, 60, 70, 1.1)]
    assert roll.hear(YOU, 60, 0, 1.6) == []


def test_a_pitch_struck_again_ends_the_note_before() -> None:
    """Its note-off was lost, or comes later and is the new one's."""
    roll = Roll()
    roll.hear(YOU, 60, 80, 1.0)
    assert [note.off_s for note in roll.hear(YOU, 60, 80, 2.0)] == [2.0, None]
    assert roll.hear(YOU, 60, 0, 2.5) == [RollNote(YOU, 60, 80, 2.0, 2.5)]


def test_a_note_without_an_end_does_not_sound_for_ever() -> None:
    """Nor does it keep the roll from coming to rest."""
    roll = Roll()
    roll.hear(YOU, 60, 80, 1.0)
    (note,) = roll.notes
    assert [note.sounds(now_s) for now_s in (1.0, LONGEST_S, 1.0 + LONGEST_S)] == [True, True, False]
    assert note.end_s(1e9) == 1.0 + LONGEST_S
    assert roll.rests_s(10.0) == 10.0
    assert roll.rests_s(1e9) == 1.0 + LONGEST_S


def test_what_was_to_come_goes_as_it_sounds_and_when_the_player_plays() -> None:
    """A note that sounds a little early was the next one."""
    roll = Roll()
    ahead = tuple(Ahead(60 + place, 80, 1.0 + place, 1.9 + place) for place in range(3))
    roll.look(Outlook(ahead))
    assert roll.rests_s(0.5) == 0.5
    roll.hear(GPT, 60, 80, 0.98)
    assert roll.coming == ahead[1:]
    roll.hear(YOU, 50, 80, 1.2)
    assert roll.coming == ()


def test_lines_hold_until_the_next_begin() -> None:
    """Lines of the same beginning, or an earlier one, take the place of those before."""
    roll = Roll()
    first, second, third = (Lines(from_s, 0.0, 0.5, 4.0) for from_s in (1.0, 5.0, 4.0))
    for lines in (first, second, None, third):
        roll.look(Outlook((), lines))
    assert list(roll.lines) == [first, third]


def test_a_night_does_not_grow_it_and_a_copy_no_longer_changes() -> None:
    """So many notes are kept."""
    roll = Roll()
    roll.hear(YOU, 1, 80, 0.0)
    copy = roll.copy()
    for place in range(1000):
        roll.hear(YOU, 60, 80, float(place))
    assert (len(roll.notes), len(copy.notes)) == (NOTES_KEPT, 1)

"""How long a call is still the player's when its turn has passed."""

from __future__ import annotations

from bridge.answering.turn import FALSE_ENTRY_S, Turn


def test_a_call_is_the_players_until_its_answer_was_heard() -> None:
    """While the answer has not entered, and so shortly behind that nobody can have reacted to it."""
    turn = Turn(1.0, False, None, open=True)
    assert turn.waits(60.0)
    assert not turn.may_be_false(60.0)
    turn.entered_s = 2.0
    assert turn.waits(2.0 + FALSE_ENTRY_S)
    assert turn.may_be_false(2.0 + FALSE_ENTRY_S)
    assert not turn.waits(2.01 + FALSE_ENTRY_S)
    assert not turn.may_be_false(2.01 + FALSE_ENTRY_S)


def test_a_turn_without_a_call_of_its_own_is_nobodys_to_take_back() -> None:
    """Another answer to a call that is past, or one that goes on by itself, is an answer from the first."""
    turn = Turn(1.0, True, None, open=False, entered_s=1.0)
    assert not turn.waits(1.0)
    assert not turn.may_be_false(1.0)

"""The way out: silence where an earlier run may have left a note, and no answer to our own silence."""

from __future__ import annotations

from bridge.events import ControlChange
from bridge.ports.output import ECHO_S, Output
from bridge.ports.wire import all_off

SILENCE = list(all_off())


def test_a_silence_reaches_every_channel() -> None:
    """Pedal up, all notes off and all sound off on all sixteen channels."""
    sent: list[tuple[int, ...]] = []
    Output(lambda message, due_s: sent.append(tuple(message))).silence()
    assert sent == SILENCE
    assert {(message[0] & 15, message[1]) for message in sent} == {
        (c, n) for c in range(16) for n in (64, 120, 123)
    }


def test_our_silence_coming_back_is_recognised_once_and_not_for_ever() -> None:
    """Each message of a silence is an echo once, within half a second, by channel and number."""
    output = Output(lambda message, due_s: None)
    assert not output.take_echo(ControlChange(0.0, 123, 0, 3))
    output.now_s = 1.0
    output.silence()
    assert output.take_echo(ControlChange(1.1, 123, 0, 3))
    assert not output.take_echo(ControlChange(1.1, 123, 0, 3))
    assert not output.take_echo(ControlChange(1.1 + ECHO_S, 120, 0, 3))


def test_a_pedal_that_goes_up_is_never_taken_for_ours() -> None:
    """However soon after our silence: swallowed, a pedal-up of the player's would hold his notes for ever."""
    output = Output(lambda message, due_s: None)
    output.now_s = 1.0
    output.silence()
    assert not output.take_echo(ControlChange(1.01, 64, 0, 3))

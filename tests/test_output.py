"""The way out: silence where an earlier run may have left a note, and no answer to our own silence."""

from __future__ import annotations

from bridge.events import ControlChange
from bridge.output import ECHO_S, Output
from bridge.wire import all_off

SILENCE = list(all_off())


def released(channel: int) -> list[tuple[int, int, int]]:
    """Return the note-offs of every pitch of a channel."""
    return [(0x80 | channel, pitch, 0) for pitch in range(128)]


def test_what_an_earlier_run_left_is_silenced_before_the_first_note() -> None:
    """Once before the first note-on, not before other messages and not again."""
    sent: list[tuple[int, ...]] = []
    output = Output(lambda message: sent.append(tuple(message)))
    for message in ((0x83, 60, 0), (0x93, 62, 80), (0x93, 64, 80)):
        output.send(message)
    assert sent == [(0x83, 60, 0), *released(3), (0x93, 62, 80), (0x93, 64, 80)]


def test_ports_that_are_back_are_silenced_as_new_ones_are() -> None:
    """After a loss, silence goes out at once and again before the next note."""
    sent: list[tuple[int, ...]] = []
    output = Output(lambda message: sent.append(tuple(message)))
    output.send((0x90, 62, 80))
    sent.clear()
    output.renew()
    output.send((0x90, 64, 80))
    assert sent == [*SILENCE, *released(0), (0x90, 64, 80)]


def test_our_silence_coming_back_is_recognised_once_and_not_for_ever() -> None:
    """Each message of a silence is an echo once, within half a second, by channel and number."""
    output = Output(lambda message: None)
    assert not output.is_echo(ControlChange(0.0, 123, 0, 3))
    output.now_s = 1.0
    output.silence()
    assert output.is_echo(ControlChange(1.1, 123, 0, 3))
    assert not output.is_echo(ControlChange(1.1, 123, 0, 3))
    assert not output.is_echo(ControlChange(1.1 + ECHO_S, 120, 0, 3))

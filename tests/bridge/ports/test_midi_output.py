"""An output by itself goes to a port that is there, or to one that is made for it."""

from __future__ import annotations

import pytest

from bridge.ports.midi_output import open_output
from engine.errors import UserError
from tests.bridge.ports.stand_in_rtmidi import Rtmidi, with_rtmidi


def test_a_port_that_is_there_is_opened_and_else_one_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """The name says which; whoever plays to a port that was just made waits until it is connected."""
    module = with_rtmidi(monkeypatch, Rtmidi([2], [2], ["Piano 20:0"]))
    there, made = open_output("Piano"), open_output("Organ")
    assert (there.name, there.made) == ("Piano 20:0", False)
    assert (made.name, made.made) == ("Organ", True)
    assert module.opened == ["Piano 20:0", "Organ"]


def test_a_name_that_several_ports_have_makes_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is refused with the ports that fit, rather than played to nobody."""
    with_rtmidi(monkeypatch, Rtmidi([2], [2], ["Piano 20:0", "Piano 21:0"]))
    with pytest.raises(UserError, match="Piano 20:0"):
        open_output("Piano")


def test_windows_makes_no_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    """There the name must be one that is there."""
    with_rtmidi(monkeypatch, Rtmidi([4], [4], ["Synth"]))
    with pytest.raises(UserError, match="no such port; there are 'Synth'"):
        open_output("Organ")


def test_without_any_midi_system_the_next_steps_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """By its name an API says why it does not work."""
    with_rtmidi(monkeypatch, Rtmidi([2], []))
    with pytest.raises(UserError, match=r"no MIDI system on this machine.*melody-bridge demo"):
        open_output("Piano")
    with pytest.raises(UserError, match="'alsa' does not work here: no server"):
        open_output("Piano", "alsa")

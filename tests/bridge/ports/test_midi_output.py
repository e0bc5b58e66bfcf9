"""An output by itself: to a port that is there, or made for it, which may go and come back."""

from __future__ import annotations

import pytest

from bridge.config import Config
from bridge.events import ControllerChanged
from bridge.ports.midi_output import LIST_EVERY_S, RETRY_S, RtMidiOutput, open_output
from engine.errors import UserError
from tests.bridge.ports.stand_in_rtmidi import End, Rtmidi, with_rtmidi
from tests.stage import Stage

TOUCH = "X-Touch:X-Touch MIDI 1 24:0"


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


def looks(output: RtMidiOutput, from_s: float, until_s: float) -> list[tuple[float, bool]]:
    """Return what a loop is told that looks ten times a second, as (time, up)."""
    reports = [output.watch(from_s + tick / 10) for tick in range(round((until_s - from_s) * 10))]
    return [(round(report.time_s, 1), report.up) for report in reports if report is not None]


def test_a_controller_that_is_unplugged_and_comes_back_is_opened_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Told once each way, within two seconds; under whatever number the system gives it then."""
    module = with_rtmidi(monkeypatch, Rtmidi([2], [2], ["Synth 20:0", TOUCH]))
    output = open_output("X-Touch MIDI 1", "alsa")
    output.send((0xB0, 20, 1))
    assert looks(output, 100.0, 110.0) == []
    module.ports.remove(TOUCH)
    ((gone_s, up),) = looks(output, 110.0, 130.0)
    assert (gone_s <= 110.0 + LIST_EVERY_S, up) == (True, False)
    output.send((0xB0, 20, 2))
    module.ports.append("X-Touch:X-Touch MIDI 1 28:0")
    ((back_s, up),) = looks(output, 130.0, 150.0)
    assert (back_s <= 130.0 + LIST_EVERY_S, up) == (True, True)
    output.send((0xB0, 20, 3))
    assert module.sent == [(0xB0, 20, 1), (0xB0, 20, 3)]
    assert module.opened == [TOUCH, "X-Touch:X-Touch MIDI 1 28:0"]


def test_one_that_is_plugged_in_after_the_start_takes_the_place_of_the_port_made_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Until then whoever wants the values connects the virtual one."""
    module = with_rtmidi(monkeypatch, Rtmidi([2], [2], ["Synth 20:0"]))
    output = open_output("X-Touch MIDI 1", "alsa")
    module.ports.remove("melody-bridge:X-Touch MIDI 1 128:0")  # one output is not listed to another
    assert (output.made, looks(output, 0.0, 10.0)) == (True, [])
    module.ports.append(TOUCH)
    assert [up for _, up in looks(output, 10.0, 20.0)] == [True]
    assert (output.made, module.opened[-1]) == (False, TOUCH)


def test_a_midi_system_that_is_gone_and_back_is_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is sent meanwhile: RtMidi would spin for ever in a server's full buffer."""
    module = with_rtmidi(monkeypatch, Rtmidi([1], [1], ["X-Touch:in"]))
    monkeypatch.setattr("bridge.ports.midi_output.Sockets.hung_up", lambda self: not module.works)
    output = open_output("X-Touch", "jack")
    module.works.clear()
    assert [up for _, up in looks(output, 0.0, 30.0)] == [False]
    output.send((0xB0, 20, 2))
    module.works.append(1)
    ((back_s, up),) = looks(output, 30.0, 60.0)
    assert (back_s <= 30.0 + RETRY_S + LIST_EVERY_S, up) == (True, True)
    assert module.sent == []


def test_when_several_fit_by_then_none_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Values in the wrong instrument would be worse than none."""
    module = with_rtmidi(monkeypatch, Rtmidi([2], [2], [TOUCH]))
    output = open_output("X-Touch", "alsa")
    module.ports.clear()
    assert [up for _, up in looks(output, 0.0, 10.0)] == [False]
    module.ports += ["X-Touch One:a", "X-Touch Two:b"]
    assert looks(output, 10.0, 20.0) == []


def test_what_sounds_goes_on_and_all_is_lit_anew() -> None:
    """The controller's cable is not the DAW's: nothing is silenced."""
    stage = Stage(config=Config(seed=1, cc_feedback="on"))
    stage.session.start(0.0)
    stage.run(0.5)
    stage.play([(0.5, 0.9, 60), (1.0, 1.4, 62)])
    stage.run(2.2)
    sounding = stage.hanging
    stage.do(ControllerChanged(2.2, False, "gone"))
    assert (stage.hanging, stage.witness.warnings) == (sounding, ["gone"])
    before = len(stage.sent)
    stage.do(ControllerChanged(2.3, True, "back"))
    stage.run(2.8)
    assert sounding
    assert len([message for _, message in stage.sent[before:] if message[0] & 0xF0 == 0xB0]) == 10


def test_a_port_that_was_made_is_made_again_when_its_system_is_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """What listens to it finds it under its name."""
    module = with_rtmidi(monkeypatch, Rtmidi([1], [1]))
    monkeypatch.setattr(
        End, "open_virtual_port", lambda self, name: module.opened.append(name)
    )  # not listed to us
    monkeypatch.setattr("bridge.ports.midi_output.Sockets.hung_up", lambda self: not module.works)
    output = open_output("Rings", "jack")
    module.works.clear()
    assert [up for _, up in looks(output, 0.0, 30.0)] == [False]
    module.works.append(1)
    assert [up for _, up in looks(output, 30.0, 60.0)] == [True]
    output.send((0xB0, 20, 3))
    assert (output.made, module.opened, module.sent) == (True, ["Rings", "Rings"], [(0xB0, 20, 3)])


def test_a_port_that_was_made_stays_while_several_fit_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """A controller that brings two ports takes nothing from whoever is connected."""
    module = with_rtmidi(monkeypatch, Rtmidi([2], [2]))
    output = open_output("X-Touch", "alsa")
    module.ports[:] = ["X-Touch One:a", "X-Touch Two:b"]
    assert looks(output, 0.0, 10.0) == []
    output.send((0xB0, 20, 1))
    assert (output.made, module.sent) == (True, [(0xB0, 20, 1)])

"""Real ports: which API, whose ports, and what happens when they vanish. RtMidi is a stand-in."""

from __future__ import annotations

import pytest

from bridge.events import NoteOff, NoteOn
from bridge.ports import midi
from engine.errors import UserError
from tests.bridge.ports.stand_in_rtmidi import Rtmidi, with_rtmidi


def test_auto_takes_the_first_api_that_works(monkeypatch: pytest.MonkeyPatch) -> None:
    """JACK first, then ALSA; the ports say whose they are."""
    with_rtmidi(monkeypatch, Rtmidi([2, 1], [2]))
    assert midi.open_ports("GPT In", "GPT Out").api == "alsa"
    with_rtmidi(monkeypatch, Rtmidi([2, 1], [2, 1]))
    ports = midi.open_ports("GPT In", "GPT Out")
    assert ports.api == "jack"
    assert ports.poll(9.0) == [NoteOn(8.9, 60, 1, 0), NoteOff(9.0, 60, 0)]


def test_without_any_midi_system_the_next_steps_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """No API works: what was tried, and the demo."""
    with_rtmidi(monkeypatch, Rtmidi([2, 1], []))
    with pytest.raises(UserError, match=r"no MIDI system .*tried jack, alsa.*melody-bridge demo"):
        midi.open_ports("GPT In", "GPT Out")
    with pytest.raises(UserError, match=r"'jack' does not work here: no server"):
        midi.open_ports("GPT In", "GPT Out", "jack")
    with pytest.raises(UserError, match=r"'coremidi' is not on this system; it has jack, alsa"):
        midi.open_ports("GPT In", "GPT Out", "coremidi")


def test_on_windows_the_existing_ports_are_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    """WinMM has no virtual ports: the ones of these names are opened, or all are listed."""
    module = with_rtmidi(monkeypatch, Rtmidi([4], [4], ["GPT In 0", "GPT Out 1"]))
    assert midi.open_ports("GPT In", "GPT Out").api == "winmm"
    assert module.opened == ["GPT In 0", "GPT Out 1"]
    with pytest.raises(UserError, match=r"'Loop': no such port; there are 'GPT In 0', 'GPT Out 1'"):
        midi.open_ports("Loop", "GPT Out")


def test_ports_that_vanish_are_told_once_and_opened_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Gone, tried again with growing pauses, back: two reports in all."""
    module = with_rtmidi(monkeypatch, Rtmidi([1], [1]))
    ports = midi.open_ports("GPT In", "GPT Out")
    assert ports.watch(100.0) is None
    module.ports.clear()
    module.works.clear()
    reports = [ports.watch(110.0 + tick / 10) for tick in range(100)]
    assert [report.up for report in reports if report is not None] == [False]
    ports.send((0x90, 60, 1))
    assert ports.poll(120.0) == []
    module.works.append(1)
    reports = [ports.watch(120.0 + tick / 10) for tick in range(100)]
    assert [report.up for report in reports if report is not None] == [True]
    assert module.opened == ["GPT In", "GPT Out"] * 2


def test_a_port_that_appears_while_we_open_is_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """When that other program ends, our ports are not gone."""
    module = with_rtmidi(monkeypatch, Rtmidi([1], [1]))
    module.appearing = ["Synth:Out 129:0", "melody-bridge:GPT In B 130:0"]
    ports = midi.open_ports("GPT In", "GPT Out")
    for other in set(module.appearing):
        while other in module.ports:
            module.ports.remove(other)
    assert ports.watch(100.0) is None
    module.ports.clear()
    assert ports.watch(110.0) is not None


@pytest.mark.parametrize("there", ["melody-bridge:GPT In 128:0", "melody-bridge-01:GPT Out", "GPT In"])
def test_a_second_bridge_of_the_same_name_is_refused(monkeypatch: pytest.MonkeyPatch, there: str) -> None:
    """It says which name is taken and how to choose another, and does not try the next API instead."""
    module = with_rtmidi(monkeypatch, Rtmidi([1, 2], [1, 2], [there]))
    with pytest.raises(UserError, match=r"already has the port 'GPT (In|Out)' \(jack\).*--port"):
        midi.open_ports("GPT In", "GPT Out")
    assert midi.open_ports("Duo In", "Duo Out").api == "jack"
    assert "Duo Out" in module.opened


def test_two_bridges_that_open_at_the_same_moment_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither takes the other's port for its own."""
    module = with_rtmidi(monkeypatch, Rtmidi([1], [1]))
    module.appearing = ["melody-bridge-02:GPT In"]
    with pytest.raises(UserError, match="already has the port 'GPT In'"):
        midi.open_ports("GPT In", "GPT Out")


def test_the_same_name_of_another_program_is_no_hindrance(monkeypatch: pytest.MonkeyPatch) -> None:
    """Systems tell the programs apart."""
    with_rtmidi(monkeypatch, Rtmidi([1], [1], ["Bitwig:GPT In", "a2j:GPT Out (playback)"]))
    assert midi.open_ports("GPT In", "GPT Out").api == "jack"

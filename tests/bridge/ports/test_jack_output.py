"""The output to the frame as the ports see it: where it is not to be had they say so, and RtMidi's does."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from bridge.ports import jack_output, midi
from bridge.ports.jack_output import HINT, JackOutput, NoJackOutputError
from bridge.ports.jack_player import RECORD
from tests.bridge.ports.test_midi import _Rtmidi, with_rtmidi

WRITES_DOWN = """
import os, sys
assert os.read(0, 1)
print("open 256 48000", flush=True)
with open({path!r}, "wb", 0) as file:
    while data := os.read(0, 4096):
        file.write(data)
"""


def stand_in(monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Have this script run for the player."""
    monkeypatch.setattr(jack_output, "PLAYER", (sys.executable, "-c", script))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: object())


def without(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the library not installed."""
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)


def test_messages_are_handed_over_with_the_time_at_which_they_were_due(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What the player has been given; the delay is a period of the server and half a millisecond."""
    stand_in(monkeypatch, WRITES_DOWN.format(path=str(tmp_path / "records")))
    output = JackOutput("client", "port")
    output.open_port()
    assert round(output.delay_s * 1000, 1) == 5.8
    output.send((0x90, 60, 80), 12.5)
    before_s = time.monotonic()
    output.send((0x80, 60, 0))
    assert not output.gone
    output.close_port()
    (due_s, on), (now_s, off) = RECORD.iter_unpack((tmp_path / "records").read_bytes())
    assert (due_s, on, off) == (12.5, b"\x90\x3c\x50", b"\x80\x3c\x00")
    assert before_s <= now_s <= time.monotonic()


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("print('error no server runs')", "no server runs"),
        ("raise SystemExit", "its player does not start"),
    ],
)
def test_a_player_that_cannot_play_says_why(monkeypatch: pytest.MonkeyPatch, script: str, why: str) -> None:
    """In one sentence, and leaves nothing running."""
    stand_in(monkeypatch, script)
    output = JackOutput("client", "port")
    with pytest.raises(NoJackOutputError, match=f"steps of a JACK period: {why}"):
        output.open_port()
    assert output.gone


def test_without_the_library_rtmidis_output_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ports are open all the same, and what is missing is said."""
    without(monkeypatch)
    module = with_rtmidi(monkeypatch, _Rtmidi([1], [1]))
    ports = midi.open_ports("GPT In", "GPT Out", "jack-frames")
    assert module.opened == ["GPT In", "GPT Out"]
    assert ports.remark == HINT


def test_where_the_player_fails_rtmidis_output_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """As with a server that RtMidi's own library sees, and the other one does not."""
    stand_in(monkeypatch, "print('error no server runs')")
    module = with_rtmidi(monkeypatch, _Rtmidi([1], [1]))
    ports = midi.open_ports("GPT In", "GPT Out", "jack-frames")
    assert module.opened == ["GPT In", "GPT Out"]
    assert "no server runs" in ports.remark


def test_who_has_not_asked_for_it_is_told_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plain JACK is RtMidi's, whether or not the library is there."""
    stand_in(monkeypatch, "print('error never started')")
    with_rtmidi(monkeypatch, _Rtmidi([1], [1]))
    assert midi.open_ports("GPT In", "GPT Out", "jack").remark == ""


def test_a_dead_player_is_found_as_ports_that_are_gone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """They are opened again, by a new one, and said to be back."""
    stand_in(monkeypatch, WRITES_DOWN.format(path=str(tmp_path / "records")))
    with_rtmidi(monkeypatch, _Rtmidi([1], [1]))
    ports = midi.open_ports("GPT In", "GPT Out", "jack-frames")
    assert isinstance(ports, midi.RtMidiPorts)
    assert ports._exact is not None
    process = ports._exact._process
    assert process is not None
    os.kill(process.pid, 9)
    process.wait()
    gone = ports.watch(100.0)
    assert gone is not None
    assert not gone.up
    back = ports.watch(200.0)
    assert back is not None
    assert back.up
    assert not ports._exact.gone
    ports.close()

"""What MIDI systems there are, and what is in them, as RtMidi says."""

from __future__ import annotations

import pytest

from bridge.ports.midi_apis import NotHereError, code_of, compiled_apis, list_ports
from tests.bridge.ports.stand_in_rtmidi import Rtmidi, with_rtmidi


def test_apis_come_in_the_order_in_which_they_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever order RtMidi has: a JACK server that runs was started on purpose."""
    with_rtmidi(monkeypatch, Rtmidi([2, 1], []))
    assert compiled_apis() == ["jack", "alsa"]
    assert code_of("alsa") == 2
    with pytest.raises(NotHereError, match="'winmm' is not on this system; it has jack, alsa"):
        code_of("winmm")


def test_ports_are_listed_of_each_api_or_why_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that does not work says so in a line, and hides no other."""
    with_rtmidi(monkeypatch, Rtmidi([1, 2], [2], ["Keys 20:0"]))
    assert list_ports() == {"jack": "no server", "alsa": {"inputs": ["Keys 20:0"], "outputs": ["Keys 20:0"]}}

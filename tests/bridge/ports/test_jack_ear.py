"""Hearing to the frame: for measuring, on a server in real time."""

from __future__ import annotations

import time

import pytest

from bridge.events import NoteOn
from bridge.ports.jack_ear import JackEar
from bridge.ports.libjack import NoJackError
from tests import jackrig

pytestmark = pytest.mark.skipif(bool(jackrig.missing()), reason=jackrig.missing())


@pytest.mark.skipif(not jackrig.real_time(), reason="no real-time priority here")
def test_events_are_told_at_the_time_of_their_frame() -> None:
    """What another program sends; between when it was sent and when it is told lie no more than some periods."""
    import rtmidi

    server = jackrig.Jack(256)
    out = rtmidi.MidiOut(rtmidi.API_UNIX_JACK, name="ear-player")
    try:
        out.open_virtual_port("Ear Out")
        with pytest.raises(NoJackError, match="'nobody:Out' cannot be connected"):
            JackEar("nobody:Out")
        ear = JackEar("ear-player:Ear Out")
        sent_s = time.monotonic()
        out.send_message([0x90, 60, 80])
        (event,) = jackrig.wait_for("the note", lambda: ear.poll(0.0))
        assert isinstance(event, NoteOn)
        assert (event.pitch, event.velocity) == (60, 80)
        assert sent_s - 0.1 < event.time_s < time.monotonic() + 0.1
        ear.close()
    finally:
        out.close_port()
        out.delete()
        server.end()


def test_without_real_time_there_is_none() -> None:
    """There it would lose what RtMidi hears."""
    server = jackrig.Jack(256, with_priority=False)
    try:
        with pytest.raises(NoJackError, match="does not run in real time"):
            JackEar("nobody:Out")
    finally:
        server.end()

"""JACK's own library: a client in its turns on a real server, and what is said where there is none."""

from __future__ import annotations

import time
from collections.abc import Iterator
from ctypes import c_float, c_uint32, c_uint64
from typing import Any

import pytest

from bridge.ports.libjack import (
    IS_INPUT,
    IS_OUTPUT,
    LIBRARY,
    JackClient,
    NoJackError,
    Port,
    rtmidis_library,
)
from tests import jackrig


@pytest.fixture
def server() -> Iterator[jackrig.Jack]:
    if jackrig.missing():
        pytest.skip(jackrig.missing())
    jack = jackrig.Jack(256)
    yield jack
    jack.end()


def test_without_the_library_it_is_named() -> None:
    """No traceback where JACK is not installed, or where what is named so is something else."""
    with pytest.raises(NoJackError, match=r"libnowhere.so.0 cannot be used"):
        JackClient("libnowhere.so.0", "nobody")
    with pytest.raises(NoJackError, match=r"libc.so.6 cannot be used"):
        JackClient("libc.so.6", "nobody")


def test_it_is_the_library_of_rtmidi() -> None:
    """Which its wheels bring along; the system's is for where they do not."""
    import rtmidi

    if rtmidi.API_UNIX_JACK in rtmidi.get_compiled_api():
        assert "rtmidi" in rtmidis_library() or LIBRARY in rtmidis_library()


class Clock:
    """A library whose time is told, and when by it the period has begun (µs)."""

    def __init__(self, now: int, begins: int) -> None:
        self._now, self._begins = now, begins

    def jack_get_time(self) -> int:
        return self._now

    def jack_get_cycle_times(self, *places: Any) -> None:
        places[2]._obj.value = self._begins


@pytest.mark.parametrize(
    ("begins", "since_s"), [(999_000, 0.001), (1_001_000, -0.001), (500_000, 0.0), (1_900_000, 0.0)]
)
def test_a_period_begins_when_jack_says_unless_that_is_far_off(begins: int, since_s: float) -> None:
    """After a standstill what JACK says is off by as long as that was, for seconds."""
    client = JackClient.__new__(JackClient)
    client.__dict__.update(_lib=Clock(1_000_000, begins), _handle=None, period=256, rate=48000)
    client._times = c_uint32(), c_uint64(), c_uint64(), c_float()
    before_s = time.monotonic()
    found_s = client.begins_s() + since_s
    assert before_s - 1e-9 <= found_s <= time.monotonic() + 1e-9


def test_events_are_heard_on_the_frames_on_which_they_were_written(server: jackrig.Jack) -> None:
    """From one client to another, within the period; its beginning is told by the monotonic clock."""
    ports: dict[str, Port] = {}
    wanted, heard, begins = (
        [(5, b"\x90\x3c\x50"), (200, b"\x80\x3c\x00")],
        list[tuple[int, bytes]](),
        list[float](),
    )
    taken = list[bool]()
    writer, reader = JackClient(LIBRARY, "frames-writer"), JackClient(LIBRARY, "frames-reader")

    def write(count: int) -> None:
        if "out" in ports:
            ports["out"].begin(count, clear=True)
            if "in" in ports and wanted:
                taken.extend(ports["out"].write(*event) for event in (*wanted, (count, b"\x80\x3c\x00")))
                wanted.clear()

    def read(count: int) -> None:
        if "in" in ports:
            ports["in"].begin(count, clear=False)
            heard.extend(ports["in"].read())
            begins.append(time.monotonic() - reader.begins_s())

    expected = list(wanted)
    writer.activate(write)
    reader.activate(read)
    try:
        out = writer.port("out", IS_OUTPUT)
        ports["out"] = out
        hears = reader.port("in", IS_INPUT)
        reader.connect("frames-writer:out", hears)
        with pytest.raises(NoJackError, match="'nobody:out' cannot be connected"):
            reader.connect("nobody:out", hears)
        time.sleep(0.1)
        ports["in"] = hears
        jackrig.wait_for("both events", lambda: len(heard) == 2)
        assert heard == expected
        assert taken == [True, True, False], "a frame of the next period is refused"
        assert min(map(abs, begins)) < 0.1
    finally:
        writer.close()
        reader.close()

"""The output to the frame as the ports see it: where it is not to be had they say so, and RtMidi's does."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from subprocess import PIPE

import pytest

from bridge.ports import jack_output, midi
from bridge.ports.jack_output import JackOutput
from bridge.ports.jack_player import RECORD
from tests import jackrig
from tests.bridge.ports.stand_in_rtmidi import Rtmidi, with_rtmidi
from tests.paths import ROOT

WRITES_DOWN = """
import os
assert os.read(0, 1)
print("open 256 48000", flush=True)
with open({path!r}, "wb", 0) as file:
    while data := os.read(0, 4096):
        file.write(data)
"""
READS_NOTHING = """
import os, time
assert os.read(0, 1)
print("open 256 48000", flush=True)
time.sleep(600)
"""


def stand_in(monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Have this script run for the player."""
    monkeypatch.setattr(jack_output, "PLAYER", (sys.executable, "-c", script))


def test_messages_are_handed_over_with_the_time_at_which_they_were_due(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What the player has been given; how late they leave is said: a period of the server and 0.5 ms."""
    stand_in(monkeypatch, WRITES_DOWN.format(path=str(tmp_path / "records")))
    output = JackOutput("client", "port")
    assert output.open(5.0)
    assert output.remark == "notes leave on their own frame of JACK, 5.8 ms after they are due"
    output.send((0x90, 60, 80), 12.5)
    before_s = time.monotonic()
    output.send((0x80, 60, 0), None)
    assert not output.gone
    output.close()
    output._process.wait()
    (due_s, on), (now_s, off) = RECORD.iter_unpack((tmp_path / "records").read_bytes())
    assert (due_s, on, off) == (12.5, b"\x90\x3c\x50", b"\x80\x3c\x00")
    assert before_s <= now_s <= time.monotonic()


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("print('no server answers')", "server answers"),
        ("raise SystemExit", "what writes them on frames does not start"),
    ],
)
def test_a_player_that_cannot_play_says_why(monkeypatch: pytest.MonkeyPatch, script: str, why: str) -> None:
    """In one sentence, and leaves nothing running."""
    stand_in(monkeypatch, script)
    output = JackOutput("client", "port")
    assert not output.open(5.0)
    assert output.remark == f"notes leave in steps of a JACK period: {why}"
    assert output.gone


def test_one_that_takes_nothing_any_more_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that stands still for thousands of messages: better gone than without some of them."""
    stand_in(monkeypatch, READS_NOTHING)
    output = JackOutput("client", "port")
    assert output.open(5.0)
    with contextlib.suppress(BlockingIOError):
        for _ in range(100_000):
            output.send((0x90, 60, 80), 0.0)
    assert output._records.closed
    output._process.kill()
    output._process.wait()


def test_where_there_are_no_frames_rtmidis_output_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ports are open all the same, nothing is lost, and why is said."""
    module = with_rtmidi(monkeypatch, Rtmidi([1], [1]))
    ports = midi.open_ports("GPT In", "GPT Out")
    ports.send((0x90, 60, 80), 12.5)
    assert (module.opened, module.sent) == (["GPT In", "GPT Out"], [(0x90, 60, 80)])
    assert ports.remark == "notes leave in steps of a JACK period: frames here"


def test_other_systems_are_told_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """They have no periods."""
    with_rtmidi(monkeypatch, Rtmidi([2], [2]))
    assert midi.open_ports("GPT In", "GPT Out").remark == ""


def test_a_dead_player_is_found_as_ports_that_are_gone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """They are opened again, with a new one, and said to be back."""
    with_rtmidi(monkeypatch, Rtmidi([1], [1]))
    stand_in(monkeypatch, WRITES_DOWN.format(path=str(tmp_path / "records")))
    ports = midi.open_ports("GPT In", "GPT Out")
    assert isinstance(ports, midi.RtMidiPorts)
    assert ports._frames is not None
    process = ports._frames._process
    process.kill()
    process.wait()
    ports.send((0x90, 60, 80))
    reports = [ports.watch(100.0 + tick / 10) for tick in range(20)]
    assert [report.up for report in reports if report is not None] == [False, True]
    assert ports._frames is not None
    assert ports._frames._process is not process
    ports.close()


PLAY = """
import sys
from bridge.ports.midi import RtMidiPorts
ports = RtMidiPorts("Frames In", "Frames Out", "jack")
print(ports.remark, ports._frames and ports._frames._process.pid, flush=True)
for line in sys.stdin:
    ports.send((0x90, 60, 80))
ports.close()
"""


class Played:
    """A process that plays a note by ports on a server. They are connected as soon as they are listed."""

    def __init__(self, *, with_priority: bool) -> None:
        self.server = jackrig.Jack(256, with_priority=with_priority, waits=not with_priority)
        command = [sys.executable, "-c", PLAY]
        self.process = subprocess.Popen(command, cwd=ROOT, stdin=PIPE, stdout=PIPE, text=True)
        assert self.process.stdout is not None
        self.daw = jackrig.Daw("Frames In", "Frames Out")
        *words, pid = self.process.stdout.readline().split()
        self.remark, self.player = " ".join(words), pid

    def play(self) -> None:
        """Have the note begin until it is heard: a connection holds only from JACK's next period on."""

        def heard() -> bool:
            assert self.process.stdin is not None
            self.process.stdin.write("\n")
            self.process.stdin.flush()
            self.daw.listen(0.2)
            return (0x90, 60, 80) in self.daw.messages

        jackrig.wait_for("the note begins", heard)

    def close(self) -> None:
        self.process.communicate()
        self.daw.close()
        self.server.end()


@pytest.mark.skipif(bool(jackrig.missing()), reason=jackrig.missing())
@pytest.mark.skipif(not jackrig.real_time(), reason="no real-time priority here")
@pytest.mark.parametrize(("kind", "players_too"), [(signal.SIGKILL, False), (signal.SIGTERM, True)])
def test_a_bridge_that_is_ended_leaves_no_note_hanging_and_no_process(
    kind: signal.Signals, players_too: bool
) -> None:
    """After SIGKILL, and a service's SIGTERM to all: the player of its output ends what sounds, then itself."""
    played = Played(with_priority=True)
    try:
        assert "on their own frame" in played.remark
        played.play()
        if players_too:
            os.kill(int(played.player), kind)
        os.kill(played.process.pid, kind)
        played.daw.hears(lambda heard: not jackrig.sounding(heard), "the note ends")
        jackrig.wait_for("the player's end", lambda: jackrig.is_gone(int(played.player)))
    finally:
        played.close()


@pytest.mark.skipif(bool(jackrig.missing()), reason=jackrig.missing())
def test_on_a_server_without_priority_rtmidis_output_does() -> None:
    """There a process of Python's would come late itself; it is said, and what is sent is heard."""
    played = Played(with_priority=False)
    try:
        assert played.remark == ("notes leave in steps of a JACK period: the server does not run in real time")
        played.play()
    finally:
        played.close()

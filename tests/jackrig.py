"""A JACK server on its dummy driver, a bridge process on it, a DAW to play and hear: for tests on real ports."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any

from bridge.ports.osc_messages import parse_packet
from tests.paths import ROOT

SERVERS = ("melodytest", "melodytest2", "melodytest3")
"""JACK knows eight server names at a time, and remembers those of servers that were killed: so use few."""
WITHIN_S = 60.0
ORDINARY = "ordinary"
"""MELODY_TEST_JACK=ordinary: with servers without real-time priority also where they could have it."""

Message = tuple[int, ...]


def missing() -> str:
    """Return why there can be no real ports here, or ""."""
    needed = [program for program in ("jackd", "oscsend") if shutil.which(program) is None]
    return f"needs {' and '.join(needed)} (Debian: apt-get install jackd2 liblo-tools)" if needed else ""


@cache
def real_time() -> bool:
    """Say whether servers have real-time priority here: where the machine lets them, unless told otherwise."""
    claim = "import os; os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))"
    if os.environ.get("MELODY_TEST_JACK") == ORDINARY:
        return False
    return not subprocess.run([sys.executable, "-c", claim], capture_output=True, check=False).returncode


def wait_for(what: str, ready: Callable[[], Any], within_s: float = WITHIN_S) -> Any:
    """Return what `ready` returns once it is true; fail with `what` when it never is."""
    end_s = time.monotonic() + within_s
    while time.monotonic() < end_s:
        got = ready()
        if got:
            return got
        time.sleep(0.002)
    raise AssertionError(f"not within {within_s:g} s: {what}")


class Jack:
    """A JACK server of our own name; about one start in six is bad, so each is probed.

    It waits for its clients (-S, up to -t milliseconds) unless told otherwise. Else JACK 2 starts the next period
    whether or not a client has had its turn: on a busy machine without real-time priority events are then lost,
    and now and then one is read twice (of 3,000 note-ons 228 and 2, with three busy loops beside; none when it
    waits). For that it stands still for twenty times that long when a client is killed.
    """

    def __init__(
        self,
        period: int = 64,
        names: Sequence[str] = SERVERS,
        *,
        with_priority: bool | None = None,
        waits: bool = True,
    ) -> None:
        """period: in frames. names: of servers to try. with_priority: in real time, None where that can be."""
        self.period = period
        self._waits = ["-S", "-t", "1000"] if waits else []
        self._priority = "-R" if (real_time() if with_priority is None else with_priority) else "-r"
        self._process: subprocess.Popen[bytes] | None = None
        self._start_one_of(tuple(names) * 3)

    def start_again(self) -> None:
        """Start the server anew under the name it had."""
        self._start_one_of((os.environ["JACK_DEFAULT_SERVER"],) * 9)

    def _start_one_of(self, names: Sequence[str]) -> None:
        for name in names:
            os.environ["JACK_DEFAULT_SERVER"] = name
            command = ["jackd", "-n", name, self._priority, *self._waits]
            command += ["-d", "dummy", "-r", "48000", "-p", str(self.period)]
            self._process = subprocess.Popen(
                command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=_die_with_parent
            )
            if self._works():
                return
            self.end()
        raise AssertionError("jackd could not be started")

    def _works(self) -> bool:
        for _ in range(40):
            time.sleep(0.05)
            assert self._process is not None
            if self._process.poll() is not None:
                return False
            listed = subprocess.run(["jack_lsp"], capture_output=True, text=True, timeout=20, check=False)
            if listed.returncode == 0 and "system:playback_1" in listed.stdout:
                return True
        return False

    def end(self, number: int = signal.SIGTERM) -> None:
        """End the server by its id."""
        if self._process is not None:
            self._process.send_signal(number)
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


class Daw:
    """What stands at the other ends: a track that plays into the bridge, an instrument that hears it."""

    def __init__(self, port_in: str, port_out: str) -> None:
        import rtmidi

        self._out = rtmidi.MidiOut(rtmidi.API_UNIX_JACK, name="daw-track")
        self._in = rtmidi.MidiIn(rtmidi.API_UNIX_JACK, name="daw-instrument", queue_size_limit=8192)
        self._ends: tuple[Any, ...] = (self._out, self._in)
        self.heard: list[tuple[float, Message]] = []
        for end, name in ((self._in, port_out), (self._out, port_in)):
            wait_for(f"port {name}", partial(_matching, end, name))
            end.open_port(_matching(end, name)[0])

    def play(self, message: Sequence[int]) -> None:
        self._out.send_message(list(message))

    def phrase(self, pitches: Sequence[int], length_s: float = 0.12) -> None:
        """Play notes one after another, the last released at the end."""
        for pitch in pitches:
            self.play((0x90, pitch, 90))
            self.listen(length_s)
            self.play((0x80, pitch, 0))
            self.listen(0.02)

    def roll(self, beats: float, bpm: float, notes: Sequence[tuple[float, Message]] = ()) -> float:
        """Send MIDI clock for so many beats and notes on their beats, in order; return when beat 0 was."""
        begin_s = time.monotonic()
        due = [(pulse / 24, (0xF8,)) for pulse in range(round(beats * 24))]
        for beat, message in sorted([*due, *notes], key=lambda entry: entry[0]):
            self.listen(max(0.0, begin_s + beat * 60.0 / bpm - time.monotonic()))
            self.play(message)
        return begin_s

    def listen(self, seconds: float = 0.0) -> None:
        """Gather what comes out of the bridge for so long."""
        end_s = time.monotonic() + seconds
        while True:
            while (entry := self._in.get_message()) is not None:
                self.heard.append((time.monotonic(), tuple(entry[0])))
            if time.monotonic() >= end_s:
                return
            time.sleep(0.001)

    def hears(self, is_it: Callable[[list[Message]], bool], what: str, within_s: float = WITHIN_S) -> None:
        """Listen until what was heard satisfies `is_it`."""

        def ready() -> bool:
            self.listen()
            return is_it(self.messages)

        wait_for(what, ready, within_s)

    @property
    def messages(self) -> list[Message]:
        return [message for _, message in self.heard]

    def forget(self) -> None:
        self.listen()
        self.heard.clear()

    def close(self) -> None:
        """Close both ports, once: deleting an RtMidi object twice ends the process."""
        ends, self._ends = self._ends, ()
        for end in ends:
            end.close_port()
            end.delete()


class Controller:
    """A controller with rings, which hears what it is sent."""

    def __init__(self, name: str) -> None:
        import rtmidi

        self._in = rtmidi.MidiIn(rtmidi.API_UNIX_JACK, name="rig-controller", queue_size_limit=1024)
        self._in.open_virtual_port(name)
        self._count = 0

    def heard(self) -> int:
        """Return how many messages came so far."""
        while self._in.get_message() is not None:
            self._count += 1
        return self._count

    def close(self) -> None:
        """Unplug it."""
        self._in.close_port()
        self._in.delete()


def _matching(end: Any, name: str) -> list[int]:
    return [index for index, port in enumerate(end.get_ports()) if port.endswith(f":{name}")]


def sounding(messages: Sequence[Message]) -> set[tuple[int, int]]:
    """Return the (channel, pitch) pairs that were begun and not ended."""
    on: set[tuple[int, int]] = set()
    for message in messages:
        kind, channel = message[0] & 0xF0, message[0] & 0x0F
        if kind == 0x90 and message[2] > 0:
            on.add((channel, message[1]))
        elif kind in (0x80, 0x90):
            on.discard((channel, message[1]))
    return on


def ons(messages: Sequence[Message]) -> int:
    return sum(message[0] & 0xF0 == 0x90 and message[2] > 0 for message in messages)


def offs(messages: Sequence[Message]) -> int:
    return sum(
        message[0] & 0xF0 == 0x80 or (message[0] & 0xF0 == 0x90 and message[2] == 0) for message in messages
    )


def is_gone(pid: int) -> bool:
    """Say whether a process has ended (one that nobody has asked after yet counts as ended)."""
    import psutil

    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


class BridgeProcess:
    """`melody-bridge` as a musician starts it, with its log and its OSC feedback within reach."""

    def __init__(self, *arguments: str) -> None:
        self.feedback = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.feedback.bind(("127.0.0.1", 0))
        self.feedback.setblocking(False)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(("127.0.0.1", 0))
            self.osc_port = str(probe.getsockname()[1])
        self.told: list[tuple[str, list[Any]]] = []
        command = [sys.executable, "-m", "bridge.cli", "--midi-api", "jack", "--osc-port", self.osc_port]
        command += ["--osc-feedback", f"127.0.0.1:{self.feedback.getsockname()[1]}", *arguments]
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
        )

    def listen(self) -> None:
        while True:
            try:
                self.told += parse_packet(self.feedback.recv(65536))
            except BlockingIOError:
                return

    def tells(self, address: str, is_it: Callable[[list[Any]], bool] = lambda arguments: True) -> list[Any]:
        """Wait until the bridge tells this; return its arguments and forget what came before."""

        def ready() -> list[Any] | None:
            assert self.process.poll() is None, self.output()
            self.listen()
            for index, (told, arguments) in enumerate(self.told):
                if told == address and is_it(arguments):
                    del self.told[: index + 1]
                    return arguments or [None]
            return None

        return list(wait_for(f"{address} from the bridge", ready))

    def ready(self) -> None:
        """Wait until the engine is ready."""
        self.tells("/melody/engine", lambda arguments: arguments[1] == 1)

    def osc(self, *message: str) -> None:
        """Send OSC by liblo's own client."""
        subprocess.run(["oscsend", "127.0.0.1", self.osc_port, *message], check=True, timeout=20)

    def engine_pid(self) -> int:
        import psutil

        children = psutil.Process(self.process.pid).children()
        (child,) = [each for each in children if "engine.server" in each.cmdline()]
        return int(child.pid)

    def end(self, number: int = signal.SIGTERM) -> float:
        """Send a signal; return the seconds until the process is gone."""
        begin_s = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(10)
        return time.monotonic() - begin_s

    def output(self) -> str:
        """Return all that the ended process printed."""
        if self.process.poll() is None:
            self.process.kill()
        return self.process.communicate(timeout=10)[0] or ""

    def close(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()
        self.feedback.close()

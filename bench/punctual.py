"""How punctual messages leave while decoders keep every core busy.

    python -m bench.punctual [--seconds N] [--only WAY] [--json FILE]

The bridge plays on and on into ports in memory, sixteenths at 375 bpm, from an engine that draws at once; beside
it one decoder a core decodes the default model without a pause. Each message's lateness is the time between its
deadline and its arrival at the port. The ways are measured in turns:

real-time   as a user with real-time priority has it
ordinary    as one without has it
the view    real-time, with the live view drawn all the while

On each core a watcher of a priority above all sleeps a millisecond at a time: where it, too, was late, the machine
stood still (a virtual machine's host had other things to do), and what was late then is counted apart.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.machine import machine, quantile
from bridge.answering import partner
from bridge.app import opened
from bridge.engine.process import EngineProcess
from bridge.observers import Observer
from bridge.ports.loopback import LoopbackPorts
from bridge.presets.settings import make_config
from bridge.time.scheduler import Scheduler, TimedNote
from bridge.urgency import Helper
from bridge.views.lines import PlainLog, Printer
from bridge.views.picture import render
from bridge.views.terminal import View

WAYS = ("real-time", "ordinary", "the view")
SETTLE_S = 2.0
EDGES_MS = (0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0)
STILL_S = 0.0004
"""A watcher that is woken later than this says that the machine stood still."""
WATCHER_PRIORITY = 30

BIRTH_S = 0.002

Gap = tuple[float, float]


class Gauge(Observer):
    """Collect the lateness of every message, in ms, with the time at which it left."""

    def __init__(self) -> None:
        self.late: list[tuple[float, float]] = []
        self.late_at_birth: set[float] = set()
        self._sent: deque[tuple[float, tuple[int, ...]]] = deque()
        self.ready = threading.Event()

    def on_engine(self, text: str, ready: bool) -> None:
        if ready:
            self.ready.set()

    def sent(self, time_s: float, message: tuple[int, ...]) -> None:
        """Take the time at which a message reached the port."""
        self._sent.append((time_s, message))

    def on_message(self, message: tuple[int, ...], due_s: float) -> None:
        while self._sent:
            time_s, sent = self._sent.popleft()
            if sent == message:
                if due_s not in self.late_at_birth:
                    self.late.append((time_s, max(0.0, time_s - due_s) * 1000))
                return


class WatchedScheduler(Scheduler):
    """Tell the gauge of notes that are entered when they are due, or later: the engine was late, not the loop."""

    def __init__(self, gauge: Gauge) -> None:
        super().__init__()
        self._gauge = gauge

    def add(self, pitch: int, velocity: int, channel: int, on_s: float, off_s: float) -> TimedNote:
        if on_s < time.monotonic() + BIRTH_S:
            self._gauge.late_at_birth.add(on_s)
        return super().add(pitch, velocity, channel, on_s, off_s)


# One run, in a process of its own


def run(seconds: float, way: str) -> list[tuple[float, float]]:
    """Play for so long; return when each message left and how late it was, in ms."""
    if way == "ordinary" and hasattr(os, "sched_setscheduler"):
        del os.sched_setscheduler
    controls = {"turn": "free", "tempo_from": "fixed", "bpm": 375.0, "drafts": 1}
    config = make_config(None, controls=controls)
    gauge = Gauge()
    vars(partner)["Scheduler"] = functools.partial(WatchedScheduler, gauge)
    ports = LoopbackPorts(on_send=gauge.sent)
    printer = Printer(io.StringIO())
    steady = functools.partial(EngineProcess, command=_bench("bench.steady"))
    observers = [PlainLog(printer, "debug"), gauge]
    with opened(config, ports, observers, osc_required=False, engine_process=steady) as bridge:

        def player() -> None:
            gauge.ready.wait(60)
            for pitch in (60, 62, 64):
                for message in ((0x90, pitch, 90), (0x80, pitch, 0)):
                    ports.play(message)
                    time.sleep(0.1)
            time.sleep(SETTLE_S)
            gauge.late.clear()
            time.sleep(seconds)
            if bridge.loop is not None:
                bridge.loop.stop()

        if way == "the view":
            view = View("bench", bridge.controls, bridge.inbox.put)
            bridge.announce.observers.append(view)
            Helper(_draw, "view", (view,)).start()
        bridge.run(on_start=threading.Thread(target=player, daemon=True).start)
    printer.close()
    return gauge.late


def _draw(view: View) -> None:
    """Draw the live view ten times a second, as a terminal of 100 columns has it."""
    console = Console(file=io.StringIO(), force_terminal=True, width=100, height=30)
    while True:
        console.print(render(view.seen, 100, 30, time.monotonic()))
        time.sleep(0.1)


def decode() -> None:
    """Decode without a pause."""
    from engine.start import start_improviser

    improviser = start_improviser("essen", "cpu", 1)
    while True:
        improviser.warm_up()


def watch(cpu: int) -> None:
    """Print, when told to end, the times at which this core stood still."""
    os.sched_setaffinity(0, {cpu})
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(WATCHER_PRIORITY))
    ending = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ending.set())
    gaps: list[Gap] = []
    print("watching", flush=True)
    while not ending.is_set():
        due_s = time.monotonic() + 0.001
        time.sleep(0.001)
        woken_s = time.monotonic()
        if woken_s - due_s > STILL_S:
            gaps.append((due_s, woken_s))
    print(json.dumps(gaps))


# All of them


def _bench(name: str) -> tuple[str, ...]:
    """Return the command of a measurement: unlike the program's own modules it is found from where we stand."""
    return (sys.executable, "-m", name)


def _start(*arguments: str) -> subprocess.Popen[str]:
    command = _bench("bench.punctual")
    # A session of its own, as the engine has: the kernel shares the cores among sessions.
    return subprocess.Popen([*command, *arguments], stdout=subprocess.PIPE, text=True, start_new_session=True)


@contextlib.contextmanager
def busy() -> Iterator[None]:
    """Keep every core busy with a decoder of its own."""
    decoders = [_start("--decode") for _ in range(os.cpu_count() or 1)]
    time.sleep(8.0)
    try:
        yield
    finally:
        for each in decoders:
            each.kill()
            each.communicate()


def measured(way: str, seconds: float) -> tuple[list[tuple[float, float]], list[Gap]]:
    """Return the messages of one run, and when a core stood still (nothing where watchers are not allowed)."""
    watchers = [_start("--watch", str(cpu)) for cpu in range(os.cpu_count() or 1)]
    watching = [each for each in watchers if each.stdout is not None and each.stdout.readline()]
    runner = _start("--run", way, "--seconds", str(seconds))
    late = [(float(at_s), float(late_ms)) for at_s, late_ms in json.loads(runner.communicate()[0])]
    gaps: list[Gap] = []
    for each in watching:
        each.terminate()
        gaps += [(float(begin_s), float(end_s)) for begin_s, end_s in json.loads(each.communicate()[0])]
    return late, gaps


def stood_still(at_s: float, late_ms: float, gaps: Sequence[Gap]) -> bool:
    """Say whether a core stood still between a message's deadline and its leaving, or just before."""
    due_s = at_s - late_ms / 1000
    return any(begin_s <= at_s and end_s >= due_s - 0.002 for begin_s, end_s in gaps)


def histogram(values_ms: Sequence[float]) -> list[int]:
    """Return how many values lie below each of EDGES_MS (and above the one before), and above the last."""
    counts = [0] * (len(EDGES_MS) + 1)
    for value_ms in values_ms:
        counts[sum(value_ms > edge_ms for edge_ms in EDGES_MS)] += 1
    return counts


def main() -> None:
    """Measure and print; or be one of the processes that are measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60.0, help="of each way")
    parser.add_argument("--turns", type=int, default=3, help="pieces into which each way's time is cut")
    parser.add_argument("--only", choices=WAYS, help="this way alone; ten minutes: --seconds 600 --turns 1")
    parser.add_argument("--json", metavar="FILE", type=Path)
    parser.add_argument("--run", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--watch", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--decode", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.decode:
        decode()
    elif options.watch is not None:
        watch(options.watch)
    elif options.run:
        print(json.dumps(run(options.seconds, options.run)))
    else:
        ways = (options.only,) if options.only else WAYS
        _measure_all(ways, options.seconds, options.turns, options.json)


def _measure_all(ways: Sequence[str], seconds: float, turns: int, out: Path | None) -> None:
    console = Console()
    console.print(machine() + f", load {os.getloadavg()[0]:.1f} before ours")
    late: dict[str, list[float]] = {way: [] for way in ways}
    clean: dict[str, list[float]] = {way: [] for way in ways}
    drift_ms: dict[str, float] = {}
    with busy():
        for _ in range(turns):
            for way in ways:
                messages, gaps = measured(way, seconds / turns)
                late[way] += [late_ms for _, late_ms in messages]
                clean[way] += [each[1] for each in messages if not stood_still(*each, gaps)]
                third = len(messages) // 3
                first, last = messages[:third], messages[-third:]
                drift_ms[way] = quantile([m[1] for m in last], 0.5) - quantile([m[1] for m in first], 0.5)
    table = Table("ms", "p50", "p95", "p99", "max", "messages", "drift", title="Late against the deadline")
    for way in ways:
        for name, values in ((way, late[way]), (f"{way}, but for standstills", clean[way])):
            quantiles = [f"{quantile(values, q):.3f}" for q in (0.5, 0.95, 0.99, 1.0)]
            table.add_row(name, *quantiles, str(len(values)), f"{drift_ms[way]:+.3f}")
    console.print(table)
    table = Table("up to ms", *(f"{edge:g}" for edge in EDGES_MS), "more", title="Histogram, but for standstills")
    for way in ways:
        table.add_row(way, *map(str, histogram(clean[way])))
    console.print(table)
    if out is not None:
        figures = {way: {"late_ms": late[way], "but_for_standstills_ms": clean[way]} for way in ways}
        out.write_text(json.dumps({"machine": machine(), "load": os.getloadavg()[0], **figures}))


if __name__ == "__main__":
    main()

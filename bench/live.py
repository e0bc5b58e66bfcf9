"""Measure the running bridge: from the player's last note-off to the answer, and how punctual its notes are.

`python -m bench.live [--phrases N]`. Phrases are played in real time into ports in memory, through the same loop,
session and engine process as in use; the answers' deadlines come from the scheduler. A second part starts the
command as a user does and watches the start, the memory, and the processor while nothing is played.
"""

from __future__ import annotations

import argparse
import re
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Sequence

import psutil
from rich.console import Console
from rich.table import Table

from bench.machine import machine, quantile, quiet_line, spread
from bridge.app import opened
from bridge.observers import Observer
from bridge.ports.loopback import LoopbackPorts
from bridge.presets.settings import make_config
from bridge.views.lines import PlainLog, Printer

NOTE_S = 0.16
IDLE_S = 10.0


class Gauge(Observer):
    """Collect what the bridge tells, and the lateness of every message against its deadline."""

    def __init__(self) -> None:
        self.turn_ms: list[float] = []
        self.off_ms: list[float] = []
        self.lateness_ms: list[float] = []
        self.notes = 0
        self._passed_s = self._released_s = 0.0
        self._awaiting = False
        self._sent: deque[tuple[float, tuple[int, ...]]] = deque()
        self.ready, self.over = threading.Event(), threading.Event()
        self._state = ""

    def on_engine(self, text: str, ready: bool) -> None:
        if ready:
            self.ready.set()

    def on_player_note(self, time_s: float, pitch: int, velocity: int) -> None:
        if not velocity:
            self._released_s = time_s

    def on_turn(self, turn: int, call_notes: int, wait_s: float) -> None:
        self._passed_s, self._awaiting = time.monotonic(), True

    def sent(self, time_s: float, message: tuple[int, ...]) -> None:
        """Take the time at which a message reached the port."""
        self._sent.append((time_s, message))
        if self._awaiting and message[0] & 0xF0 == 0x90:
            self._awaiting = False
            self.turn_ms.append((time_s - self._passed_s) * 1000)
            self.off_ms.append((time_s - self._released_s) * 1000)

    def on_message(self, message: tuple[int, ...], due_s: float) -> None:
        while self._sent:  # what is no answer's, as the silence at the start, was told to nobody
            time_s, sent = self._sent.popleft()
            if sent == message:
                self.lateness_ms.append(max(0.0, time_s - due_s) * 1000)
                return

    def on_answer_note(self, time_s: float, pitch: int, velocity: int, channel: int) -> None:
        self.notes += velocity > 0

    def on_state(self, state: str) -> None:
        if self._state == "answering" and state == "idle":
            self.over.set()
        self._state = state


def play(ports: LoopbackPorts, pitches: Sequence[int], start_s: float) -> None:
    """Play quarter notes of NOTE_S each from `start_s`, by absolute deadlines."""
    for index, pitch in enumerate(pitches):
        for at_s, message in ((0.0, (0x90, pitch, 90)), (NOTE_S * 0.8, (0x80, pitch, 0))):
            time.sleep(max(0.0, start_s + index * NOTE_S + at_s - time.monotonic()))
            ports.play(message)


def live(phrases: int, checkpoint: str) -> Gauge:
    """Play phrases into a bridge and return what was measured."""
    controls = {"turn": "fixed", "wait": 0.2, "length": 1.0, "tempo_from": "fixed", "bpm": 180.0, "grid": "off"}
    config = make_config(None, checkpoint=checkpoint, seed=1, controls=controls)
    gauge = Gauge()
    ports = LoopbackPorts(on_send=gauge.sent)
    printer = Printer()
    with opened(config, ports, [PlainLog(printer, "error"), gauge], osc_required=False) as bridge:

        def player() -> None:
            try:
                gauge.ready.wait(120)
                for number in range(phrases):
                    gauge.over.clear()
                    shift = number * 5 % 7
                    play(ports, [60 + shift + step for step in (0, 2, 4, 5, 4, 2)], time.monotonic() + 0.05)
                    gauge.over.wait(20)
            finally:
                if bridge.loop is not None:
                    bridge.loop.stop()

        thread = threading.Thread(target=player, daemon=True)
        bridge.run(on_start=thread.start)
    printer.close()
    return gauge


def started(checkpoint: str, api: str) -> dict[str, float]:
    """Start the command as a user does; return times in seconds, memory in MB, processor in per cent of a core."""
    command = [sys.executable, "-m", "bridge.cli", "--port", "Bench In", "--midi-api", api, "--no-view"]
    command += ["--checkpoint", checkpoint, "--osc-port", "19123"]
    start_s = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    figures: dict[str, float] = {}
    for line in process.stdout:
        if "are open" in line:
            figures["ports_s"] = time.monotonic() - start_s
            figures["ports_cpu_s"] = sum(psutil.Process(process.pid).cpu_times()[:2])
            found = re.search(r"([\d.]+) s after the start", line)
            figures["ports_inside_s"] = float(found.group(1)) if found else float("nan")
        if "engine ready" in line:
            figures["ready_s"] = time.monotonic() - start_s
            break
    bridge = psutil.Process(process.pid)
    engine = next(child for child in bridge.children(recursive=True) if "engine.server" in child.cmdline())
    time.sleep(3.0)
    before = [sum(each.cpu_times()[:2]) for each in (bridge, engine)]
    time.sleep(IDLE_S)
    after = [sum(each.cpu_times()[:2]) for each in (bridge, engine)]
    for name, each, a, b in zip(("bridge", "engine"), (bridge, engine), before, after, strict=True):
        figures[f"{name}_cpu"] = 100 * (b - a) / IDLE_S
        figures[f"{name}_mb"] = each.memory_info().rss / 1e6
    end_s = time.monotonic()
    process.send_signal(signal.SIGTERM)
    process.wait(10)
    figures["end_s"] = time.monotonic() - end_s
    return figures


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--phrases", type=int, default=40)
    parser.add_argument("--starts", type=int, default=3)
    parser.add_argument("--checkpoint", default="essen")
    options = parser.parse_args()
    console = Console()
    console.print(machine())
    console.print(quiet_line(), markup=False)
    gauge = live(options.phrases, options.checkpoint)
    table = Table("live, milliseconds", "p50 / p99 / max (n)", title="From the player to the answer")
    table.add_row("turn passes to first note at the port", spread(gauge.turn_ms))
    beyond = [off - 200.0 for off in gauge.off_ms]
    table.add_row("last note-off to first note at the port, beyond the set wait", spread(beyond))
    table.add_row("lateness of every message while the model decodes", spread(gauge.lateness_ms, 3))
    table.add_row(
        "phrases played / answered; notes answered", f"{options.phrases} / {len(gauge.off_ms)}; {gauge.notes}"
    )
    console.print(table)
    runs = [started(options.checkpoint, "loopback") for _ in range(options.starts)]
    table = Table("start, as a user", f"median of {len(runs)}", "min .. max", title="The command")
    for key, label in (
        ("ports_s", "start to ports open, s (Python's own start included)"),
        ("ports_cpu_s", "processor until the ports are open, s"),
        ("ready_s", "start to ready, s"),
        ("bridge_mb", "memory of the bridge, MB"),
        ("engine_mb", "memory of the engine, MB"),
        ("bridge_cpu", "processor of the bridge while idle, % of a core"),
        ("engine_cpu", "processor of the engine while idle, % of a core"),
        ("end_s", "SIGTERM to the end, s"),
    ):
        values = [run[key] for run in runs]
        table.add_row(label, f"{quantile(values, 0.5):.2f}", f"{min(values):.2f} .. {max(values):.2f}")
    console.print(table)


if __name__ == "__main__":
    main()

"""How well messages keep their distances through JACK: by RtMidi's output, and by the one to the frame.

    python -m bench.frames [--seconds N] [--turns N] [--json FILE]

A JACK server must run (JACK_DEFAULT_SERVER says which). Messages are due 3 to 13 ms apart, at random, and are sent
when they are due, as the loop sends them; another process hears them, each on its own frame. Off the median: how
much earlier or later than usual a message is heard, behind the time at which it was due. Both ways in turns.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.machine import machine, quantile
from bridge.events import NoteOn
from bridge.ports.jack_ear import JackEar
from bridge.ports.midi import RtMidiPorts
from bridge.urgency import claim_realtime

WAYS = {"by the period": False, "to the frame": True}
NAME_IN, NAME_OUT = "Frames In", "Frames Out"
GAPS_S = (0.003, 0.013)
EARLY_S = 0.0005
EDGES_MS = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0)
QUANTILES = (0.5, 0.95, 0.99, 1.0)


def hear() -> None:
    """Hear all that comes until the line ends, and print the time, pitch and velocity of each."""
    ear = JackEar(NAME_OUT)
    print("hearing", flush=True)
    sys.stdin.readline()
    heard = [(event.time_s, event.pitch, event.velocity) for event in ear.poll(0.0) if isinstance(event, NoteOn)]
    ear.close()
    print(json.dumps(heard))


def send(ports: RtMidiPorts, seconds: float, seed: int) -> list[float]:
    """Send messages for so long, each numbered by its pitch and velocity; return when they were due."""
    chance, dues_s, due_s = random.Random(seed), list[float](), time.monotonic() + 0.2
    end_s = due_s + seconds
    while due_s < end_s:
        time.sleep(max(0.0, due_s - EARLY_S - time.monotonic()))
        while time.monotonic() < due_s:
            pass
        ports.send((0x90, *_number(len(dues_s))), due_s)
        dues_s.append(due_s)
        due_s += chance.uniform(*GAPS_S)
    return dues_s


def _number(index: int) -> tuple[int, int]:
    return index // 127 % 128, index % 127 + 1


def run(way: str, seconds: float, seed: int) -> dict[str, object]:
    """Send by one way and hear; return how late each message was, in ms, and how many never came."""
    ports = RtMidiPorts(NAME_IN, NAME_OUT, "jack", to_the_frame=WAYS[way])
    command = [sys.executable, "-m", "bench.frames", "--hear"]
    ear = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert ear.stdout is not None
    ear.stdout.readline()
    claim_realtime()
    dues_s = send(ports, seconds, seed)
    time.sleep(0.3)
    heard = json.loads(ear.communicate("\n")[0])
    ports.close()
    at_s = {(pitch, velocity): time_s for time_s, pitch, velocity in heard}
    numbered = [(at_s.get(_number(index)), due_s) for index, due_s in enumerate(dues_s)]
    late = [(heard_s - due_s) * 1000 for heard_s, due_s in numbered if heard_s is not None]
    return {"late_ms": late, "lost": len(dues_s) - len(late), "doubled": len(heard) - len(at_s)}


def off_median(late_ms: Sequence[float]) -> list[float]:
    """Return how far each is off the median."""
    usual_ms = quantile(late_ms, 0.5)
    return [abs(each_ms - usual_ms) for each_ms in late_ms]


def main() -> None:
    """Measure and print; or be one of the processes that are measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=30.0, help="of each way")
    parser.add_argument("--turns", type=int, default=3, help="pieces into which each way's time is cut")
    parser.add_argument("--json", metavar="FILE", type=Path)
    parser.add_argument("--run", nargs=2, metavar=("WAY", "SEED"), help=argparse.SUPPRESS)
    parser.add_argument("--hear", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.hear:
        hear()
    elif options.run:
        print(json.dumps(run(options.run[0], options.seconds, int(options.run[1]))))
    else:
        _measure(options.seconds, options.turns, options.json)


def _measure(seconds: float, turns: int, out: Path | None) -> None:
    console = Console()
    console.print(machine() + f", load {os.getloadavg()[0]:.1f} before ours")
    found: dict[str, list[dict[str, list[float]]]] = {way: [] for way in WAYS}
    for turn in range(turns):
        for way in WAYS:
            command = [sys.executable, "-m", "bench.frames", "--seconds", str(seconds / turns)]
            done = subprocess.run(
                [*command, "--run", way, str(turn)], stdout=subprocess.PIPE, text=True, check=True
            )
            found[way].append(json.loads(done.stdout))
    heads = ("usually late, ms", "off it: p50", "p95", "p99", "max", "messages", "lost", "doubled")
    table = Table("", *heads, title="Through JACK, ms")
    bars = Table("off by, ms, up to", *(f"{edge:g}" for edge in EDGES_MS), "more", title="Histogram")
    for way, runs in found.items():
        off_ms = [each for one in runs for each in off_median(one["late_ms"])]
        usual = [quantile(one["late_ms"], 0.5) for one in runs]
        figures = [f"{quantile(usual, 0.5):.2f}", *(f"{quantile(off_ms, q):.3f}" for q in QUANTILES)]
        counts = [str(sum(int(str(one[name])) for one in runs)) for name in ("lost", "doubled")]
        table.add_row(way, *figures, str(len(off_ms)), *counts)
        places = [sum(each > edge for edge in EDGES_MS) for each in off_ms]
        bars.add_row(way, *(str(places.count(place)) for place in range(len(EDGES_MS) + 1)))
    console.print(table)
    console.print(bars)
    if out is not None:
        out.write_text(json.dumps({"machine": machine(), "load": os.getloadavg()[0], "ways": found}))


if __name__ == "__main__":
    main()

"""What a flood of OSC does to the music: `python -m bench.flood [--seconds N] [--rate N] [--json FILE]`.

The bridge answers the same phrase again and again, in real time, through ports in memory, the loop, session and
engine process; half of the time a surface sends it so many messages a second over UDP, each moving one of twelve
controls. Told are how many messages the surface sent, how many notes were answered, how late these left, and
whether each control holds the last value that was sent for it.
"""

from __future__ import annotations

import argparse
import json
import random
import socket
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from bench.machine import machine, quantile
from bridge.app import Bridge, opened
from bridge.demo import built_in_phrase, play_phrase
from bridge.observers import Observer
from bridge.ports.loopback import LoopbackPorts
from bridge.ports.osc_messages import format_message
from bridge.presets.settings import make_config

MOVED = (
    *("temperature", "top_k", "closeness", "key_lock", "quantise", "swing", "dynamics", "min_p", "loop_guard"),
    *("articulation", "velocity", "drafts"),
)
PHRASE_EVERY_S = 12.0
REST_S = 1.0


class Gauge(Observer):
    """Collect, by whether a flood was on, how late each message of an answer left, and count the notes."""

    def __init__(self) -> None:
        self.flooding = False
        self.ready = threading.Event()
        self.late_ms: dict[bool, list[float]] = {True: [], False: []}
        self.notes = {True: 0, False: 0}

    def on_engine(self, text: str, ready: bool) -> None:
        if ready:
            self.ready.set()

    def on_message(self, message: tuple[int, ...], due_s: float) -> None:
        self.late_ms[self.flooding].append(max(0.0, time.monotonic() - due_s) * 1000)
        self.notes[self.flooding] += message[0] & 0xF0 == 0x90


def flood(port: int, rate: float, until_s: float) -> tuple[int, dict[str, float]]:
    """Send positions of controls, so many a second, evenly; return how many, and the last for each control."""
    chance, sent, last = random.Random(1), 0, dict[str, float]()
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    begin_s = time.monotonic()
    while (now_s := time.monotonic()) < until_s:
        for _ in range(int((now_s - begin_s) * rate) - sent):
            name = chance.choice(MOVED)
            last[name] = round(chance.random(), 3)
            sock.sendto(format_message(f"/melody/norm/{name}", (last[name],)), ("127.0.0.1", port))
            sent += 1
        time.sleep(0.001)
    time.sleep(REST_S / 2)
    for name, position in last.items():  # UDP may lose the very last one; a surface at rest says it again
        sock.sendto(format_message(f"/melody/norm/{name}", (position,)), ("127.0.0.1", port))
    sock.close()
    return sent, last


def measure(seconds: float, rate: float) -> dict[str, object]:
    """Play with and without a flood in turns; return what was seen."""
    ports, gauge, seen = LoopbackPorts(), Gauge(), dict[str, object]()
    config = make_config(None, osc_port=free_port(), seed=1, controls={"turn": "fixed", "wait": 0.4})
    with opened(config, ports, [gauge]) as bridge:
        player = threading.Thread(target=_play, args=(bridge, ports, gauge, seconds, rate, seen), daemon=True)
        bridge.run(on_start=player.start)
        player.join()
    for flooded, name in ((False, "quiet"), (True, "flood")):
        late = gauge.late_ms[flooded]
        seen[name] = {
            "notes": gauge.notes[flooded],
            "late_ms": {f"p{share}": round(quantile(late, share / 100), 3) for share in (50, 99)} if late else {},
            "worst_ms": round(max(late, default=0.0), 3),
        }
    return seen


def _play(
    bridge: Bridge, ports: LoopbackPorts, gauge: Gauge, seconds: float, rate: float, seen: dict[str, object]
) -> None:
    assert bridge.loop is not None
    try:
        gauge.ready.wait(120.0)
        sent, wrong = 0, 0
        for turn in range(max(2, round(seconds / PHRASE_EVERY_S))):
            gauge.flooding = bool(turn % 2)
            over_s = time.monotonic() + PHRASE_EVERY_S - 2 * REST_S
            stop = threading.Event()
            player = threading.Thread(target=play_phrase, args=(ports, built_in_phrase(), stop), daemon=True)
            player.start()
            if gauge.flooding:
                more, last = flood(int(bridge.osc_port or 0), rate, over_s)
                time.sleep(REST_S / 2)
                held = {name: bridge.controls.find(name).scale(position) for name, position in last.items()}
                wrong += sum(bridge.controls[name] != value for name, value in held.items())
                sent += more
            else:
                time.sleep(max(0.0, over_s - time.monotonic()) + REST_S)
            player.join()
            time.sleep(REST_S)
        seen |= {"sent": sent, "controls_at_another_value": wrong}
    finally:
        bridge.loop.stop()


def free_port() -> int:
    """Return a UDP port that nobody has."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.flood", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=96.0, metavar="N")
    parser.add_argument("--rate", type=float, default=5000.0, metavar="N", help="messages a second")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args(argv)
    print(machine(), flush=True)
    seen = measure(options.seconds, options.rate)
    text = json.dumps(seen, indent=1)
    print(text)
    if options.json:
        options.json.write_text(text + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

"""The far end of the ports, in a process of its own: plays into the bridge, hears it, and talks to it by OSC.

`python -m bridge.latency.far_end API INPUT OUTPUT OSC_PORT TURNS`: opens the other ends of these two ports, prints
"open", and begins when a line comes in. It prints a line for each turn, and at the end its record as JSON. It is a
process of its own, so that it neither helps nor hinders what it measures.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import socket
import sys
import time
from collections.abc import Callable

from bridge.events import MidiEvent, NoteOff, NoteOn
from bridge.latency.record import FarEnd, Heard
from bridge.ports.jack_ear import JackEar
from bridge.ports.libjack import NoJackError
from bridge.ports.loopback import Ports
from bridge.ports.midi import RtMidiPorts
from bridge.ports.osc_messages import format_message, parse_packet
from bridge.urgency import claim_realtime
from engine.errors import UserError

CALL = (60, 64, 62)
NOTE_S, HELD_S = 0.09, 0.06
ANSWER_WITHIN_S = 3.0
LISTEN_S = 0.2
"""So long an answer is listened to before the next call comes into it."""
PLAY_ON_S = 5.0
OSC_EVERY_S = 0.08
"""The bridge tells a control at most 30 times a second."""
OSC_WITHIN_S = 1.0
"""What is not told back by then was lost, as UDP may lose it."""
POLL_S = 0.0005
IN_TIME: dict[str, float | str] = {"turn": "free", "length": 4.0}
OSC_CONTROL = "wait_max"
"""A control whose moves leave the answer alone."""


class Player:
    """Play, hear, and write down when. hear: returns what has come back; else the ports do."""

    def __init__(
        self, ports: Ports, osc_port: int, hear: Callable[[float], list[MidiEvent]] | None = None
    ) -> None:
        self._ports, self._hear = ports, hear or ports.poll
        self._osc = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._osc.connect(("127.0.0.1", osc_port))
        self._osc.setblocking(False)
        self._asked: tuple[float, float] | None = None
        self.record = FarEnd()

    def turn(self) -> None:
        """Play a call, and listen to the beginning of its answer."""
        begin_s = time.monotonic()
        for index, pitch in enumerate(CALL):
            self.listen(begin_s + index * NOTE_S - time.monotonic())
            self.record.played.append((time.monotonic(), pitch))
            self._ports.send((0x90, pitch, 90))
            self.listen(begin_s + index * NOTE_S + HELD_S - time.monotonic())
            self._ports.send((0x80, pitch, 0))
        over_s = time.monotonic()
        while (first_s := self._first_since(over_s)) is None and time.monotonic() < over_s + ANSWER_WITHIN_S:
            self.listen(POLL_S)
        self.record.answers.append((over_s, first_s))
        self.listen(LISTEN_S)

    def play_on(self) -> None:
        """Have the bridge play on and on, and move a control meanwhile."""
        self._tell("subscribe")
        for name, value in IN_TIME.items():
            self._tell(name, value)
        begin_s, moves = time.monotonic(), 0
        while (now_s := time.monotonic()) < begin_s + PLAY_ON_S:
            if self._asked is not None and now_s > self._asked[0] + OSC_WITHIN_S:
                self._asked = None
            if self._asked is None and now_s >= begin_s + moves * OSC_EVERY_S:
                moves += 1
                value = 1.5 + 0.1 * (moves % 2)
                self._asked = time.monotonic(), value
                self._tell(OSC_CONTROL, value)
            self.listen(POLL_S)

    def close(self) -> None:
        """Close the socket; the ports are not ours."""
        self._osc.close()

    def listen(self, seconds: float) -> None:
        """Gather what comes back, for so long."""
        end_s = time.monotonic() + seconds
        while True:
            for event in self._hear(time.monotonic()):
                if isinstance(event, NoteOn | NoteOff):
                    is_on = isinstance(event, NoteOn)
                    self.record.heard.append(Heard(event.time_s, is_on, event.channel, event.pitch))
            self._hear_osc()
            left_s = end_s - time.monotonic()
            if left_s <= 0:
                return
            time.sleep(min(POLL_S, left_s))

    def _first_since(self, since_s: float) -> float | None:
        """Return when the first note since then was heard."""
        return next((heard.time_s for heard in self.record.heard if heard.is_on and heard.time_s > since_s), None)

    def _tell(self, name: str, *values: float | str) -> None:
        self._osc.send(format_message(f"/melody/{name}", values))

    def _hear_osc(self) -> None:
        while True:
            try:
                told = parse_packet(self._osc.recv(65536))
            except (BlockingIOError, ConnectionError):
                return
            now_s = time.monotonic()
            for address, arguments in told:
                if self._asked is None or address != f"/melody/{OSC_CONTROL}":
                    continue
                asked_s, value = self._asked
                if abs(float(arguments[0]) - value) < 1e-3:
                    self.record.osc_ms.append((now_s - asked_s) * 1000)
                    self._asked = None


def main() -> int:
    """Open, wait for a line, play, print the record."""
    api, name_in, name_out, osc_port, turns = sys.argv[1:]
    try:
        ports = RtMidiPorts(name_out, name_in, api, existing=True)
    except UserError as error:
        print(f"error {error}", flush=True)
        return 2
    with contextlib.ExitStack() as ending:
        ending.callback(ports.close)
        ear = _ear(ports)
        if ear is not None:
            ending.callback(ear.close)
        print("open", flush=True)
        if not sys.stdin.readline():
            return 0
        claim_realtime()
        with contextlib.closing(Player(ports, int(osc_port), ear.poll if ear else None)) as player:
            for turn in range(int(turns)):
                print(f"turn {turn + 1}", flush=True)
                player.turn()
            print("on", flush=True)
            player.play_on()
            print(json.dumps(dataclasses.asdict(player.record)), flush=True)
    return 0


def _ear(ports: RtMidiPorts) -> JackEar | None:
    """Return what hears the ports' input to the frame: on JACK, where it runs in real time."""
    if ports.api == "jack":
        with contextlib.suppress(NoJackError):
            return JackEar(ports.source)
    return None


if __name__ == "__main__":
    sys.exit(main())

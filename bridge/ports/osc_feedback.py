"""What OSC surfaces are told: every applied value, state, notes, latency, errors. Opens no socket itself."""

from __future__ import annotations

import contextlib
import math
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

from bridge.controls import Controls, Value
from bridge.observers import Observer
from bridge.ports.osc import DONT_WAIT, Address, format_message
from engine.errors import UserError

SUBSCRIBERS_MOST = 16
ECHO_EVERY_S = 1 / 30
"""A control is echoed at most this often; surfaces choke on more, and the last value always follows."""


class OscFeedback(Observer):
    """Tell a configured address and the subscribers what holds and what happens.

    `/melody/<control> value` and `/melody/norm/<control> 0..1` whenever a value is applied, at most 30 times
    a second each, the last one always (`flush` must be called often); `/melody/state`, `/melody/note`,
    `/melody/latency`, `/melody/tempo`, `/melody/key`, `/melody/phrase_end`, `/melody/engine`, `/melody/log`
    and `/melody/error` as they come.
    """

    def __init__(
        self,
        sock: socket.socket,
        prefix: str,
        controls: Controls,
        target: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Send from `sock`; target: "HOST:PORT" or "".

        Raises UserError when the target cannot be resolved or is the socket itself.
        """
        self._sock, self._prefix, self._controls, self._clock = sock, prefix, controls, clock
        self._lock = threading.Lock()
        self._fixed: tuple[Address, ...] = (self._resolve(target),) if target else ()
        self._until_s: dict[Address, float] = {}
        self._sent_s: dict[str, float] = {}
        self._owed: dict[str, Value] = {}
        self._state = ""

    def _resolve(self, target: str) -> Address:
        host, _, port = target.rpartition(":")
        try:
            address = socket.getaddrinfo(host, int(port), self._sock.family, socket.SOCK_DGRAM)[0][4]
        except (OSError, ValueError) as error:
            raise UserError(f"osc-feedback: '{target}': {error}; it takes HOST:PORT") from None
        found = (str(address[0]), int(address[1]))
        if self._is_ourselves(found):
            raise UserError(f"osc-feedback: {target} is the port this bridge listens on; choose another, as 9001")
        return found

    def _is_ourselves(self, address: Address) -> bool:
        own = self._sock.getsockname()
        return address[1] == own[1] and address[0] in (own[0], "127.0.0.1", "0.0.0.0", "::1")

    def subscribe(self, address: Address, seconds: float) -> str | None:
        """Tell this address everything for so long (0 ends it); return why not, or None."""
        if self._is_ourselves(address):
            return f"{address[1]} is the port this bridge listens on"
        with self._lock:
            self._expire()
            if seconds > 0 and address not in self._until_s and len(self._until_s) >= SUBSCRIBERS_MOST:
                return f"there are {SUBSCRIBERS_MOST} subscribers already"
            self._until_s[address] = self._clock() + seconds
            if seconds == 0:
                del self._until_s[address]
        if seconds > 0:
            self._tell_all(address)
        return None

    def tell(self, address: Address, name: str) -> None:
        """Tell one address a control's value, or with "*" everything, because it asked."""
        if name == "*":
            self._tell_all(address)
        else:
            for message in self._value_messages(name, self._controls[name]):
                self._to(address, *message)

    def _tell_all(self, address: Address) -> None:
        for name, value in self._controls.values().items():
            for message in self._value_messages(name, value):
                self._to(address, *message)
        if self._state:
            self._to(address, "state", self._state)

    def _expire(self) -> None:
        now_s = self._clock()
        for address in [a for a, until_s in self._until_s.items() if until_s < now_s]:
            del self._until_s[address]

    def _send(self, name: str, *arguments: Value) -> None:
        if not self._fixed and not self._until_s:
            return
        with self._lock:
            self._expire()
            targets = {*self._fixed, *self._until_s}
        for address in targets:
            self._to(address, name, *arguments)

    def _to(self, address: Address, name: str, *arguments: Value) -> None:
        # A surface that is switched off, or a full buffer, is no reason to stop or to wait.
        with contextlib.suppress(OSError):
            self._sock.sendto(format_message(f"{self._prefix}/{name}", arguments), DONT_WAIT, address)

    def _value_messages(self, name: str, value: Value) -> list[tuple[Any, ...]]:
        return [(name, value), (f"norm/{name}", float(self._controls.find(name).position(value)))]

    def flush(self, now_s: float) -> None:
        """Send the values that were held back and are due."""
        if self._owed:
            for name in [n for n in self._owed if now_s - self._sent_s[n] >= ECHO_EVERY_S]:
                self._echo(name, self._owed.pop(name), now_s)

    def _echo(self, name: str, value: Value, now_s: float) -> None:
        self._sent_s[name] = now_s
        for message in self._value_messages(name, value):
            self._send(*message)

    def on_control(self, name: str, value: Value, source: str) -> None:
        """Echo the value, or keep it for `flush` when the last echo is too young."""
        now_s = self._clock()
        if now_s - self._sent_s.get(name, -math.inf) >= ECHO_EVERY_S:
            self._owed.pop(name, None)
            self._echo(name, value, now_s)
        else:
            self._owed[name] = value

    def on_state(self, state: str) -> None:
        """Send `/melody/state text`."""
        self._state = state
        self._send("state", state)

    def on_answer_note(self, time_s: float, pitch: int, velocity: int, channel: int) -> None:
        """Send `/melody/note pitch velocity`."""
        self._send("note", pitch, velocity)

    def on_phrase_end(self, probability: float) -> None:
        """Send `/melody/phrase_end 0..1`."""
        self._send("phrase_end", float(probability))

    def on_tempo(self, bpm: float, source: str, confidence: float) -> None:
        """Send `/melody/tempo bpm source confidence`."""
        self._send("tempo", float(bpm), source, float(confidence))

    def on_key(self, name: str, confidence: float) -> None:
        """Send `/melody/key name confidence`."""
        self._send("key", name, float(confidence))

    def on_latency(self, turn_to_note_ms: float, off_to_note_ms: float | None) -> None:
        """Send `/melody/latency turn_to_note_ms off_to_note_ms`, the second only where it is known."""
        known_ms = [turn_to_note_ms] if off_to_note_ms is None else [turn_to_note_ms, off_to_note_ms]
        self._send("latency", *map(float, known_ms))

    def on_engine(self, text: str, ready: bool) -> None:
        """Send `/melody/engine text 0|1`."""
        self._send("engine", text, int(ready))

    def on_log(self, text: str) -> None:
        """Send `/melody/log text`."""
        self._send("log", text)

    def on_error(self, text: str) -> None:
        """Send `/melody/error text`."""
        self._send("error", text)

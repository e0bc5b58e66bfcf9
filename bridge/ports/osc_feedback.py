"""What OSC surfaces are told: every applied value, state, notes, latency, errors. Opens no socket itself."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

from bridge.controls import Controls, Value
from bridge.observers import Observer
from bridge.ports.osc import DONT_WAIT, Address
from bridge.ports.osc_messages import format_message
from bridge.ports.osc_numbers import numbered_position
from bridge.take import Take
from engine.errors import UserError

SUBSCRIBERS_MOST = 16
FOREIGN_TELL_ALL_S = 1.0
"""Addresses off this machine are told everything at most this often, all of them together: who sends from a forged
address must not make of a few bytes a flood for somebody else."""


class OscFeedback(Observer):
    """Tell a configured address and the subscribers what holds and what happens.

    `/melody/<control> value` and `/melody/norm/<control> 0..1` whenever a value is applied; `/melody/state`,
    `/melody/preset`, `/melody/note`, `/melody/latency`, `/melody/tempo`, `/melody/tonality`, `/melody/metre`,
    `/melody/phrase_end`, `/melody/count`, `/melody/learning`, `/melody/bound`, `/melody/engine`, `/melody/log`,
    `/melody/warning` and `/melody/error` as they come.
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
        self._told_foreign_s = -FOREIGN_TELL_ALL_S
        self._state = self._preset = self._checkpoint = ""

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
            if seconds > 0 and not self._may_tell_all(address):
                return "others were just told everything; try again in a second"
            self._until_s[address] = self._clock() + seconds
            if seconds == 0:
                del self._until_s[address]
        if seconds > 0:
            self._tell_all(address)
        return None

    def tell(self, address: Address, name: str) -> str | None:
        """Tell one address a control's value, or with "*" everything, because it asked.

        Return why not, or None: everything is told on this machine, and elsewhere to those who are told anyway.
        """
        if name == "*":
            with self._lock:
                self._expire()
                known = address[0] in {host for host, _ in (*self._fixed, *self._until_s)}
                if not _is_here(address) and not (known and self._may_tell_all(address)):
                    return f"{self._prefix}/* is answered to subscribers, once a second; {self._prefix}/subscribe"
            self._tell_all(address)
        else:
            for message in self._value_messages(name, self._controls[name]):
                self._to(address, *message)
        return None

    def _may_tell_all(self, address: Address) -> bool:
        if _is_here(address):
            return True
        now_s = self._clock()
        if now_s - self._told_foreign_s < FOREIGN_TELL_ALL_S:
            return False
        self._told_foreign_s = now_s
        return True

    def _tell_all(self, address: Address) -> None:
        for name, value in self._controls.values().items():
            for message in self._every_form(name, value):
                self._to(address, *message)
        if self._preset:
            self._to(address, "preset", self._preset)
        if self._checkpoint:
            self._to(address, "checkpoint", self._checkpoint)
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

    def _every_form(self, name: str, value: Value) -> list[tuple[Any, ...]]:
        numbered = numbered_position(self._controls.find(name), value)
        return [*self._value_messages(name, value), *([numbered] if numbered is not None else [])]

    def on_control(self, name: str, value: Value, source: str) -> None:
        """Tell the value in each of its forms."""
        for message in self._every_form(name, value):
            self._send(*message)

    def on_learning(self, name: str) -> None:
        """Send `/melody/learning name`: its controller is waited for; with "" none is."""
        self._send("learning", name)

    def on_bound(self, name: str, controller: str) -> None:
        """Send `/melody/bound name controller`."""
        self._send("bound", name, controller)

    def on_preset(self, name: str) -> None:
        """Send `/melody/preset name`."""
        self._preset = name
        self._send("preset", name)

    def on_checkpoint(self, name: str) -> None:
        """Send `/melody/checkpoint name`: this model plays from now on."""
        self._checkpoint = name
        self._send("checkpoint", name)

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

    def on_count(self, beat: int, left: int) -> None:
        """Send `/melody/count beat left`; 0 0 when the count is over."""
        self._send("count", beat, left)

    def on_key(self, name: str, confidence: float) -> None:
        """Send `/melody/tonality name confidence`; `/melody/key` is the control."""
        self._send("tonality", name, float(confidence))

    def on_bars(self, name: str, upbeat_beats: float, confidence: float) -> None:
        """Send `/melody/metre name upbeat_beats confidence`."""
        self._send("metre", name, float(upbeat_beats), float(confidence))

    def on_latency(self, turn_to_note_ms: float, off_to_note_ms: float | None) -> None:
        """Send `/melody/latency turn_to_note_ms off_to_note_ms`, the second only where it is known."""
        known_ms = [turn_to_note_ms] if off_to_note_ms is None else [turn_to_note_ms, off_to_note_ms]
        self._send("latency", *map(float, known_ms))

    def on_take(self, take: Take) -> None:
        """Send `/melody/take number 0|1`: an answer has become one, or is kept now."""
        self._send("take", take.number, int(take.kept))

    def on_again(self, number: int, looping: bool) -> None:
        """Send `/melody/sounding number 0|1`: a take begins to sound again, 1 over and over."""
        self._send("sounding", number, int(looping))

    def on_engine(self, text: str, ready: bool) -> None:
        """Send `/melody/engine text 0|1`."""
        self._send("engine", text, int(ready))

    def on_log(self, text: str) -> None:
        """Send `/melody/log text`."""
        self._send("log", text)

    def on_warning(self, text: str) -> None:
        """Send `/melody/warning text`."""
        self._send("warning", text)

    def on_error(self, text: str) -> None:
        """Send `/melody/error text`."""
        self._send("error", text)


def _is_here(address: Address) -> bool:
    """Say whether an address is this machine's own; no network delivers such a sender from elsewhere."""
    return ipaddress.ip_address(address[0].partition("%")[0]).is_loopback

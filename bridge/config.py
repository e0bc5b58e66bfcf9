"""What a session is set to before it starts: frozen, validated settings."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field

from bridge.actions import ACTIONS
from bridge.bindings import Binding, parse_binding
from bridge.controls import TABLE, Controls, cc_map, suggest
from bridge.web_address import parse_address
from engine.controls import PRECISIONS
from engine.errors import UserError

MIDI_APIS = ("auto", "alsa", "jack", "coremidi", "winmm", "loopback")
DEVICES = ("auto", "cuda", "mps", "cpu")
LOG_LEVELS = ("debug", "info", "warning", "error")
TAKEOVERS = ("soft", "jump")
OFF, ON = "off", "on"
SUSTAIN_CC = 64


@dataclass(frozen=True, slots=True)
class Config:
    """Hold the settings that do not change while the bridge runs.

    channel: MIDI input channel 1..16, or 0 for all. footswitch_cc: the controller (value 64 and up) that
    passes the turn. cc: MIDI controllers, by the name of the control or action, in place of the table's:
    0..119, as `parse_binding` reads it; "off" takes one away. takeover: when a controller moves a control that
    something else has moved: "soft", once it has come to its value, or "jump", at once. cc_feedback: where
    values are sent back as controllers: "off", "on" (the output), or the name of another port. osc_feedback:
    "HOST:PORT" or "". oscquery: TCP port, 0 for none. web: where the page is served, "HOST:PORT", or "" for
    nowhere. record: the folder that sessions are recorded in, "off", or "" for the platform's. preset: the name
    of the one that this comes from, or "". controls: starting values of live controls, by name.
    """

    port: str = "GPT In"
    out_port: str = ""
    midi_api: str = "auto"
    checkpoint: str = "essen"
    device: str = "auto"
    precision: str = "auto"
    osc_host: str = "127.0.0.1"
    osc_port: int = 9000
    osc_feedback: str = ""
    osc_prefix: str = "/melody"
    web: str = ""
    oscquery: int = 0
    channel: int = 0
    footswitch_cc: int = 66
    cc: Mapping[str, int | str] = field(default_factory=dict)
    takeover: str = "soft"
    cc_feedback: str = OFF
    seed: int | None = None
    log_level: str = "info"
    record: str = ""
    preset: str = ""
    controls: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for each in dataclasses.fields(self):
            _of_kind(each.name, getattr(self, each.name), str(each.type))
        _one_of("midi_api", self.midi_api, MIDI_APIS)
        _one_of("device", self.device, DEVICES)
        _one_of("precision", self.precision, PRECISIONS)
        _one_of("takeover", self.takeover, TAKEOVERS)
        _one_of("log_level", self.log_level, LOG_LEVELS)
        _within("osc_port", self.osc_port, 1, 65535)
        _within("oscquery", self.oscquery, 0, 65535)
        _within("channel", self.channel, 0, 16)
        _within("footswitch_cc", self.footswitch_cc, 0, 119)
        if self.osc_feedback:
            host, _, port = self.osc_feedback.rpartition(":")
            if not host or not (port.isascii() and port.isdigit()) or not 1 <= int(port) <= 65535:
                raise UserError(
                    f"osc_feedback: {self.osc_feedback!r} refused; it takes HOST:PORT, as 127.0.0.1:9001"
                )
        if self.web:
            parse_address(self.web)
        if not self.osc_prefix.strip("/ "):
            raise UserError(f"osc_prefix: {self.osc_prefix!r} refused; it takes a name, as /melody")
        if not self.port.strip():
            raise UserError("port: an empty name refused; give the input port a name, as 'GPT In'")
        Controls().update(self.controls)
        self._check_cc()

    def _check_cc(self) -> None:
        if not isinstance(self.cc, Mapping):
            raise UserError(f"cc: {self.cc!r} refused; it takes lines of 'control: number', as temperature: 21")
        taken = {self.footswitch_cc: "the footswitch (footswitch_cc)", SUSTAIN_CC: "the sustain pedal"}
        for name, number in self.cc.items():
            find_bindable(str(name))
            if number == OFF:
                continue
            if str(name) in SWITCHED and parse_binding(str(name), number).kind:
                raise UserError(f"cc of {name}: {number!r} refused; a switch has a number alone, as 67")
            for each in parse_binding(str(name), number).numbers:
                if each in taken:
                    raise UserError(f"cc of {name}: {each} refused; it is {taken[each]}; choose another")
                taken[each] = f"the controller of {name}"

    @property
    def bindings(self) -> dict[str, Binding]:
        """Return which control is moved by which controller: the table's, but for what `cc` says."""
        chosen = {name: parse_binding(name, number) for name, number in self.cc.items() if number != OFF}
        taken = {self.footswitch_cc, *(number for each in chosen.values() for number in each.numbers)}
        table = {name: Binding(number) for number, name in cc_map().items() if number not in taken}
        return {name: each for name, each in table.items() if name not in self.cc} | chosen

    @property
    def output_name(self) -> str:
        """Return the output port's name: as given, else the input's with In turned into Out."""
        if self.out_port:
            return self.out_port
        words = self.port.split(" ")
        for i in reversed(range(len(words))):
            turned = {"In": "Out", "IN": "OUT", "in": "out"}.get(words[i])
            if turned:
                return " ".join([*words[:i], turned, *words[i + 1 :]])
        return self.port + " Out"


SWITCHED = tuple(row.name for row in ACTIONS if row.osc and not row.argument)
"""The actions that a controller can ask for, from 64 up: a footswitch, a pad, a button."""


def find_bindable(name: str) -> str:
    """Return the name of a control or of an action that a controller can have.

    Raises UserError naming the nearest one when there is none.
    """
    known = [*(control.name for control in TABLE), *SWITCHED]
    if name not in known:
        raise UserError(f"unknown control or action '{name[:80]}'" + suggest(name[:80], known))
    return name


def _of_kind(name: str, value: object, kind: str) -> None:
    """Raise UserError where a value is not of its field's type, given as text; mappings are checked elsewhere."""
    wanted = {"str": str, "int": int, "int | None": int}.get(kind)
    if value is None and kind.endswith("None"):
        return
    if isinstance(value, bool) or (wanted and not isinstance(value, wanted)):
        raise UserError(f"{name}: {value!r} refused; it takes {'a text' if wanted is str else 'a whole number'}")


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise UserError(f"{name}: {value!r} refused; it takes one of {', '.join(allowed)}")


def _within(name: str, value: object, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise UserError(f"{name}: {value!r} refused; it takes a whole number from {low} to {high}")

"""What a session is set to before it starts: frozen, validated settings."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field

from bridge.controls import Controls, cc_map
from bridge.web_address import parse_address
from engine.errors import UserError
from engine.messages import PRECISIONS

MIDI_APIS = ("auto", "alsa", "jack", "coremidi", "winmm", "loopback")
DEVICES = ("auto", "cuda", "mps", "cpu")
LOG_LEVELS = ("debug", "info", "warning", "error")
OFF = "off"
SUSTAIN_CC = 64
LAST_CC = 119
"""What lies above are MIDI's channel mode messages, as all notes off."""


@dataclass(frozen=True, slots=True)
class Config:
    """Hold the settings that do not change while the bridge runs.

    channel: MIDI input channel 1..16, or 0 for all. footswitch_cc: the controller (value 64 and up) that
    passes the turn. cc: MIDI controllers 0..119 that move controls, by the control's name, in place of the
    table's; "off" takes one away. osc_feedback: "HOST:PORT" or "". oscquery: TCP port, 0 for none. web: where the
    page is served, "HOST:PORT", or "" for nowhere. record: the
    folder that sessions are recorded in, "off", or "" for the platform's. preset: the name of the one that this
    comes from, or "". controls: starting values of live controls, by name.
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
            Controls().find(str(name))
            if number == OFF:
                continue
            _within(f"cc of {name}", number, 0, LAST_CC)
            if number in taken:
                raise UserError(f"cc of {name}: {number} refused; it is {taken[int(number)]}; choose another")
            taken[int(number)] = f"the controller of {name}"

    @property
    def controllers(self) -> dict[int, str]:
        """Return which controller number moves which control: the table's, but for what `cc` says."""
        numbers = {name: number for number, name in cc_map().items() if name not in self.cc}
        chosen = {name: int(number) for name, number in self.cc.items() if number != OFF}
        free = {name: number for name, number in numbers.items() if number not in chosen.values()}
        return {number: name for name, number in {**free, **chosen}.items() if number != self.footswitch_cc}

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

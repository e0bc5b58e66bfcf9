"""What a session is set to before it starts: frozen, validated settings, and presets from YAML."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

from bridge.controls import TABLE, Controls, cc_map, suggest
from engine.errors import UserError

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
    table's; "off" takes one away. osc_feedback: "HOST:PORT" or "". record: the folder that sessions are
    recorded in, "off", or "" for the platform's. controls: starting values of live controls, by name.
    """

    port: str = "GPT In"
    out_port: str = ""
    midi_api: str = "auto"
    checkpoint: str = "essen"
    device: str = "auto"
    osc_host: str = "127.0.0.1"
    osc_port: int = 9000
    osc_feedback: str = ""
    osc_prefix: str = "/melody"
    channel: int = 0
    footswitch_cc: int = 66
    cc: Mapping[str, int | str] = field(default_factory=dict)
    seed: int | None = None
    log_level: str = "info"
    record: str = ""
    controls: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _one_of("midi_api", self.midi_api, MIDI_APIS)
        _one_of("device", self.device, DEVICES)
        _one_of("log_level", self.log_level, LOG_LEVELS)
        _within("osc_port", self.osc_port, 1, 65535)
        _within("channel", self.channel, 0, 16)
        _within("footswitch_cc", self.footswitch_cc, 0, 119)
        if self.osc_feedback:
            host, _, port = self.osc_feedback.rpartition(":")
            if not host or not (port.isascii() and port.isdigit()) or not 1 <= int(port) <= 65535:
                raise UserError(
                    f"osc_feedback: {self.osc_feedback!r} refused; it takes HOST:PORT, as 127.0.0.1:9001"
                )
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


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise UserError(f"{name}: {value!r} refused; it takes one of {', '.join(allowed)}")


def _within(name: str, value: object, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise UserError(f"{name}: {value!r} refused; it takes a whole number from {low} to {high}")


def preset_names() -> list[str]:
    """Return the presets that travel with the program."""
    folder = resources.files("presets")
    return sorted(
        entry.name.removesuffix(".yaml")
        for entry in folder.iterdir()
        if entry.name.endswith(".yaml") and not entry.name.startswith("train-")
    )


def load_preset(name: str) -> dict[str, object]:
    """Return the settings and control values of a preset: a bundled name or a YAML file's path.

    The keys of `Config` stand as they are; every other key must be a control and lands under "controls".

    Raises UserError for a missing or malformed file, an unknown key, or a value out of range.
    """
    import yaml

    path = Path(name)
    if name not in preset_names() and (path.suffix in (".yaml", ".yml") or len(path.parts) > 1):
        try:
            text = path.read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            raise UserError(f"preset {name}: no such file ({error.strerror})") from None
    elif name in preset_names():
        text = (resources.files("presets") / f"{name}.yaml").read_text(encoding="utf-8")
    else:
        raise UserError(f"unknown preset '{name}'" + suggest(name, preset_names()) + ", or a path to a .yaml file")
    try:
        content = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UserError(f"{name}: not YAML: {' '.join(str(error).split())}") from None
    if content is None:
        content = {}
    if not isinstance(content, dict):
        raise UserError(f"{name}: a preset is a list of 'key: value' lines, not a {type(content).__name__}")
    return _sort_keys(name, content)


def _sort_keys(where: str, content: Mapping[object, object]) -> dict[str, object]:
    settings = {f.name for f in dataclasses.fields(Config)} - {"controls"}
    table = {control.name: control for control in TABLE}
    sorted_out: dict[str, object] = {}
    controls: dict[str, object] = {}
    for key, value in content.items():
        if key == "record" and value is False:
            sorted_out["record"] = OFF  # YAML 1.1 reads a bare off as false
        elif key == "cc" and isinstance(value, Mapping):
            sorted_out["cc"] = {str(name): OFF if number is False else number for name, number in value.items()}
        elif key in settings:
            sorted_out[str(key)] = value
        elif key in table:
            control = table[str(key)]
            if value is False and "off" in control.choices:
                value = "off"  # YAML 1.1 reads a bare off as false
            try:
                controls[control.name] = control.parse(value)
            except UserError as error:
                raise UserError(f"{where}: {error}") from None
        else:
            raise UserError(f"{where}: unknown key '{key}'" + suggest(str(key), settings | set(table)))
    sorted_out["controls"] = controls
    return sorted_out


def make_config(preset: str | None, **overrides: object) -> Config:
    """Return the settings: defaults, then the preset's, then `overrides` that are not None (the flags).

    `overrides["controls"]` and `overrides["cc"]` are merged key by key. Raises UserError as `load_preset` and
    `Config` do.
    """
    values = load_preset(preset) if preset else {}
    merged = {**values, **{name: value for name, value in overrides.items() if value is not None}}
    for name in ("controls", "cc"):
        below, above = values.get(name, {}), merged.get(name, {})
        if isinstance(below, Mapping) and isinstance(above, Mapping):
            merged[name] = {**below, **above}
    where = f"{preset}: " if preset else ""
    for config_field in dataclasses.fields(Config):
        value = merged.get(config_field.name)
        wanted = {"str": str, "int": int, "int | None": int}.get(str(config_field.type))
        if isinstance(value, bool) or (value is not None and wanted and not isinstance(value, wanted)):
            kind = "a text" if wanted is str else "a whole number"
            raise UserError(f"{where}{config_field.name}: {value!r} refused; it takes {kind}")
    return Config(**merged)  # type: ignore[arg-type]

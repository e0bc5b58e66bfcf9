"""A Max for Live device: dials and buttons in Live, its key, scale and bars sent, notes both ways by OSC. Pure.

With it no MIDI port is needed: what is played on the device's track goes to the bridge as OSC, and the answer's
notes come back as OSC and out of the device, to the instrument behind it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from bridge.controls import Control
from bridge.presets.file import Preset
from bridge.surfaces.amxd import CUSTOM_UNIT, ENUM, FLOAT, INT, Patch, Rect, write_amxd
from bridge.surfaces.plan import BUTTONS, CONTROLS, MAIN, Wiring, decimals

WIDTH = 668.0
SUBSCRIBE_MS, SUBSCRIBE_S = 20000, 60
LIVE_SCALES = {
    "Major": "major",
    "Minor": "minor",
    "Harmonic Minor": "harmonic",
    "Dorian": "dorian",
    "Phrygian": "phrygian",
    "Lydian": "lydian",
    "Mixolydian": "mixolydian",
    "Major Pentatonic": "pentatonic",
    "Minor Blues": "blues",
}
"""What Live calls the scales that we know; by any other the scale is followed by ear."""


def live_device(wiring: Wiring, presets: Sequence[Preset]) -> bytes:
    """Return the bytes of an `.amxd` file, a MIDI effect."""
    patch, prefix = Patch(), wiring.prefix
    told = ("note", "state", "preset", *(control.name for control in MAIN))
    patch.object("send", f"udpsend 127.0.0.1 {wiring.bridge_port}", 1, 0)
    patch.object("receive", f"udpreceive {wiring.surface_port}")
    patch.object("told", "route " + " ".join(f"{prefix}/{name}" for name in told), 1, len(told) + 1)
    patch.object("begin", "live.thisdevice", 1, 3)
    patch.object("often", f"metro {SUBSCRIBE_MS} @active 1", 2)
    patch.message("subscribe", f"{prefix}/subscribe {wiring.surface_port} {SUBSCRIBE_S}")
    patch.chain("receive", "told")
    patch.chain("begin", "subscribe", "send")
    patch.line("often", "subscribe")
    _notes(patch, prefix, told.index("note"), told.index("state"))
    for place, control in enumerate(MAIN):
        _dial(
            patch, prefix, control, told.index(control.name), (196 + place % 5 * 52, 4 + place // 5 * 82, 50, 78)
        )
    for place, name in enumerate(BUTTONS):
        _button(patch, prefix, name, (466 + place % 3 * 66, 8 + place // 3 * 26, 62, 20))
    _words(patch, prefix, presets, told)
    _live_set(patch, prefix)
    return write_amxd(patch, WIDTH, [control.name for control in MAIN[:8]])


def _notes(patch: Patch, prefix: str, note: int, state: int) -> None:
    """Send what is played, let out what is answered; what still sounds when the answer is over is ended."""
    patch.object("heard", "midiin")
    patch.object("parse", "midiparse", 1, 8)
    patch.object("play", f"prepend {prefix}/play")
    patch.chain("heard", "parse", "play", "send")
    patch.object("passing", "gate", 2)
    patch.object("out", "midiout", 1, 0)
    _toggle(patch, "thru", "hear yourself", (8, 112, 16, 16))
    patch.chain("thru", "passing", "out")
    patch.line("heard", "passing", inlet=1)
    patch.object("ledger", "flush", 2, 2)
    patch.object("pair", "pack 0 0", 2)
    patch.object("bytes", "midiformat", 7)
    patch.line("told", "ledger", outlet=note)
    patch.line("ledger", "pair", outlet=1, inlet=1)
    patch.chain("ledger", "pair", "bytes", "out")
    patch.object("over", "sel idle listening loading", 1, 4)
    patch.line("told", "over", outlet=state)
    for outlet in range(3):
        patch.line("over", "ledger", outlet=outlet)


def _dial(patch: Patch, prefix: str, control: Control, outlet: int, rect: Rect) -> None:
    whole = control.kind == "int"
    places = decimals(control)
    unit = {"parameter_unitstyle": CUSTOM_UNIT, "parameter_units": f"%.{places}f {control.unit}".strip()}
    parameter = {
        "parameter_longname": control.name,
        "parameter_shortname": control.name,
        "parameter_type": INT if whole else FLOAT,
        "parameter_mmin": control.low,
        "parameter_mmax": control.high,
        "parameter_initial_enable": 1,
        "parameter_initial": [control.default],
        "parameter_exponent": exponent(control),
        **unit,
    }
    look = {"annotation": control.sentence, "annotation_name": control.name}
    patch.shown(control.name, "live.dial", rect, 2, parameter, **look)
    patch.object(f"set {control.name}", f"prepend {prefix}/{control.name}")
    patch.object(f"show {control.name}", "prepend set")
    patch.chain(control.name, f"set {control.name}", "send")
    patch.line("told", f"show {control.name}", outlet=outlet)
    patch.line(f"show {control.name}", control.name)


def exponent(control: Control) -> float:
    """Return the exponent that puts a logarithmic control's geometric mean into the middle of a dial; else 1.

    A dial of Live's shows low + (high - low) * travel ** exponent.
    """
    if control.curve != "log":
        return 1.0
    middle = (math.sqrt(control.low * control.high) - control.low) / (control.high - control.low)
    return round(math.log(middle) / math.log(0.5), 4)


def _button(patch: Patch, prefix: str, name: str, rect: Rect) -> None:
    patch.shown(name, "live.text", rect, 2, _switch(name), mode=0, text=name, texton=name)
    patch.object(f"press {name}", "sel 0", 2, 2)
    patch.object(f"once {name}", "t b")
    patch.message(f"do {name}", f"{prefix}/{name}")
    patch.line(name, f"press {name}")
    patch.line(f"press {name}", f"once {name}", outlet=1)
    patch.chain(f"once {name}", f"do {name}", "send")
    if name == "panic":
        patch.line(f"once {name}", "ledger")


def _toggle(patch: Patch, name: str, label: str, rect: Rect) -> None:
    patch.shown(name, "live.toggle", rect, 1, {**_switch(name), "parameter_initial": [1]})
    x, y, w, h = rect
    _label(patch, f"{name} label", label, (x + w + 4, y, 130, h))


def _switch(name: str) -> dict[str, Any]:
    return {
        "parameter_longname": name,
        "parameter_shortname": name,
        "parameter_type": ENUM,
        "parameter_enum": ["off", "on"],
        "parameter_initial_enable": 1,
        "parameter_initial": [0],
    }


def _label(patch: Patch, name: str, text: str, rect: Rect) -> None:
    patch.shown(name, "comment", rect, 0, text=text)


def _words(patch: Patch, prefix: str, presets: Sequence[Preset], told: Sequence[str]) -> None:
    """Show state and preset; let a preset be chosen."""
    for name, y in (("state", 8), ("preset", 32)):
        patch.object(f"say {name}", "prepend set")
        _label(patch, f"{name} said", name, (8, y, 176, 20))
        patch.line("told", f"say {name}", outlet=told.index(name))
        patch.line(f"say {name}", f"{name} said")
    items: list[str] = []
    for preset in presets:
        items += [*([","] if items else []), preset.name]
    patch.shown("presets", "umenu", (8, 58, 150, 20), 3, items=items)
    patch.object("recall", f"prepend {prefix}/preset")
    patch.line("presets", "recall", outlet=1)
    patch.line("recall", "send")


def _live_set(patch: Patch, prefix: str) -> None:
    """Send the Live set's key, scale, bar and tempo while the toggle is on; off, all are found by ear again."""
    _toggle(patch, "follow", "Live's key, bar, tempo", (8, 138, 16, 16))
    patch.object("switch", "t i i", 1, 2)
    patch.object("following", "gate", 2)
    patch.object("turned", "sel 1 0", 1, 3)
    patch.chain("follow", "switch", "turned")
    patch.line("switch", "following", outlet=1)
    patch.line("following", "send")
    patch.message("set path", "path live_set")
    patch.object("set", "live.path", 1, 3)
    patch.chain("begin", "set path", "set")
    for name in ("root_note", "scale_name", "signature_numerator", "signature_denominator", "tempo"):
        patch.object(name, f"live.observer {name}", 2, 2)
        patch.line("set", name, inlet=1)
        patch.line("turned", name)
    patch.object("tonic", "+ 1", 2)
    patch.object("send key", f"prepend {prefix}/key")
    patch.chain("root_note", "tonic", "send key")
    patch.object("scale word", "tosymbol")
    names = " ".join(f'"{name}"' if " " in name else name for name in LIVE_SCALES)
    patch.object("scale", f"route {names}", 1, len(LIVE_SCALES) + 1)
    patch.chain("scale_name", "scale word", "scale")
    for outlet, ours in enumerate((*LIVE_SCALES.values(), CONTROLS["scale"].choices[0])):
        patch.message(f"scale {ours}", f"{prefix}/scale {ours}")
        patch.line("scale", f"scale {ours}", outlet=outlet)
        patch.line(f"scale {ours}", "following", inlet=1)
    patch.object("signature", "pak 4 4", 2)
    patch.object("spelled", "sprintf symout %i/%i", 2)
    patch.object("send bar", f"prepend {prefix}/bar")
    patch.line("signature_numerator", "signature")
    patch.line("signature_denominator", "signature", inlet=1)
    patch.chain("signature", "spelled", "send bar")
    bpm = CONTROLS["bpm"]
    patch.object("in range", f"clip {bpm.low:g}. {bpm.high:g}.", 3)
    patch.object("send bpm", f"prepend {prefix}/bpm")
    patch.chain("tempo", "in range", "send bpm")
    for name in ("send key", "send bar", "send bpm"):
        patch.line(name, "following", inlet=1)
    for name in ("key", "scale", "bar", "pulse"):
        patch.message(f"leave {name}", f"{prefix}/{name} 0")
        patch.line("turned", f"leave {name}", outlet=1)
        patch.line(f"leave {name}", "send")

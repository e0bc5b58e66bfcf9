"""A REAPER OSC pattern file, and the effect whose parameters it sends: lanes and envelopes for the controls. Pure.

The effect (a JSFX that leaves the sound alone) has a slider for each control and action, in real units. The
pattern sends what they show to the bridge by number, and takes what the bridge tells. REAPER reads such a pattern
as the parameters of the first effect on the track that the device has selected, which is the master until it
selects another: so the effect goes there, whatever is selected in REAPER.
"""

from __future__ import annotations

from bridge.actions import ActionRow
from bridge.controls import Control
from bridge.ports.osc_numbers import NOW, NUMBERED, PARAM
from bridge.surfaces.plan import Wiring

PATTERN = """\
# melody-bridge: the controls as parameters of the effect "melody-bridge" (melody-bridge.jsfx).
#
# Preferences, Control/OSC/web, Add, OSC: pattern config melody-bridge; device IP 127.0.0.1, device port {bridge};
# local listen port {surface}. Start melody-bridge with --osc-feedback 127.0.0.1:{surface}.
# Put the effect into the first slot of the master track: these parameters are its.

DEVICE_TRACK_COUNT 1
DEVICE_FX_COUNT 1
DEVICE_FX_PARAM_COUNT {count}
REAPER_TRACK_FOLLOWS REAPER
DEVICE_TRACK_FOLLOWS DEVICE
DEVICE_TRACK_BANK_FOLLOWS DEVICE
DEVICE_FX_FOLLOWS DEVICE

FX_PARAM_VALUE s{param}@ n{param}@/norm
"""
EFFECT = """\
desc:melody-bridge
// Sliders for the controls of melody-bridge, sent by OSC: see melody-bridge.ReaperOSC. The sound passes as it is.
{sliders}
in_pin:left
in_pin:right
out_pin:left
out_pin:right
"""


def reaper_pattern(wiring: Wiring) -> bytes:
    """Return the bytes of a `.ReaperOSC` file."""
    param = f"{wiring.prefix}/{PARAM}"
    ports = {"bridge": wiring.bridge_port, "surface": wiring.surface_port}
    return PATTERN.format(param=param, count=len(NUMBERED), **ports).encode()


def reaper_effect() -> bytes:
    """Return the bytes of a `.jsfx` file: one slider for each number, in the numbers' order."""
    sliders = [f"slider{number}:{_slider(row)}" for number, row in enumerate(NUMBERED, start=1)]
    return EFFECT.format(sliders="\n".join(sliders)).encode()


def _slider(row: Control | ActionRow) -> str:
    if isinstance(row, ActionRow):
        return f"0<0,1,1{{-,{NOW}}}>{row.name}"
    if row.kind == "choice":
        return f"0<0,{len(row.choices) - 1},1{{{','.join(row.choices)}}}>{row.name}"
    unit = f" ({row.unit})" if row.unit else ""
    return f"{float(row.default):g}<{row.low:g},{row.high:g},{row.step:g}>{row.name}{unit}"

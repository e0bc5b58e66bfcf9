"""The options of the commands that play: their flags, those that --help shows, and the settings that they make."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from bridge.config import DEVICES, LOG_LEVELS, MIDI_APIS, ON, TAKEOVERS, Config
from bridge.controls import TABLE, Control
from bridge.presets.settings import make_config
from bridge.web_address import PORT as WEB_PORT
from engine.controls import PRECISIONS
from engine.errors import UserError

OSCQUERY_PORT = 9010
"""Where `--oscquery` without a number answers."""
USUAL = (
    *("--help", "--help-all", "--port", "--midi-api", "--osc-port", "--preset", "--checkpoint", "--temperature"),
    *("--web", "--cc", "--no-view"),
)
"""The options of the main command that --help shows, so that it fits a small terminal."""


def add_ports(parser: argparse.ArgumentParser) -> None:
    """Add what opens ports and sockets."""
    add = parser.add_argument
    add("--port", metavar="NAME", help='MIDI input to make (Windows: to open); "GPT In"')
    add("--out-port", metavar="NAME", help='MIDI output; default: --port\'s with "Out" for "In"')
    add("--midi-api", choices=MIDI_APIS, metavar="API", help=", ".join(MIDI_APIS))
    add("--channel", type=int, metavar="N", help="hear only MIDI channel 1..16; default 0: all")
    add("--record", metavar="off|FOLDER", help="where sessions are recorded; default: with your music")
    add("--osc-port", type=int, metavar="N", help="UDP port of OSC; default 9000")
    add("--osc-host", metavar="HOST", help="address that OSC listens on; default 127.0.0.1")
    add("--osc-prefix", metavar="NAME", help="what OSC addresses begin with; default /melody")
    add("--oscquery", type=int, nargs="?", const=OSCQUERY_PORT, metavar="PORT", help="addresses by HTTP")
    add("--web", nargs="?", const=str(WEB_PORT), metavar="HOST:PORT", help="a page for phones and tablets")
    add("--osc-feedback", metavar="HOST:PORT", help="tell every value and event to this OSC address")


def add_shared(parser: argparse.ArgumentParser) -> None:
    """Add what the main command and the demo have in common."""
    add = parser.add_argument
    add("--preset", metavar="NAME|FILE", help="duet, echo, swing, a YAML file; see presets")
    add("--checkpoint", metavar="NAME|DIR", help="the model; default essen")
    add("--device", choices=DEVICES, metavar="DEVICE", help="where it runs: " + ", ".join(DEVICES))
    add("--precision", choices=PRECISIONS, metavar="P", help="what it computes in: " + ", ".join(PRECISIONS))
    add("--seed", type=int, metavar="N", help="the same seed and playing give the same answer")
    for control in TABLE:
        add(flag(control), metavar="X", dest=f"control_{control.name}", help=_control_help(control))
    add("--set", metavar="NAME=X", action="append", default=[], help="set any control, as --set key_lock=0.8")
    add("--cc", metavar="NAME=N", action="append", default=[], help="a CC for a control or action: turn=14")
    add("--cc-feedback", nargs="?", const=ON, metavar="PORT", help="send values back as CC, for rings and faders")
    add("--takeover", choices=TAKEOVERS, help="whether a knob must first come to a preset's value; default soft")
    add("--log-level", choices=LOG_LEVELS, metavar="LEVEL", help="one of " + ", ".join(LOG_LEVELS))


def leave_out(parser: argparse.ArgumentParser, kept: Sequence[str]) -> None:
    """Let the parser's help name no other options than these; they are taken all the same."""
    for option in parser._actions:
        if not set(option.option_strings) & set(kept):
            option.help = argparse.SUPPRESS


def flag(control: Control) -> str:
    """Return the flag of a control."""
    return "--" + control.name.replace("_", "-")


def _control_help(control: Control) -> str:
    """Return what a control does, in short: `melody-bridge controls` has room for all of it."""
    what = control.sentence.partition(":")[0].rstrip(".")
    if what[1].islower():
        what = what[0].lower() + what[1:]
    default = control.default if control.kind == "choice" else f"{control.default:g}"
    return f"{what}; default {default}"


def read_config(options: argparse.Namespace) -> Config:
    """Return the settings that the options ask for.

    Raises UserError for what is refused.
    """
    controls = {
        name.removeprefix("control_"): value
        for name, value in vars(options).items()
        if name.startswith("control_") and value is not None
    }
    controls.update(_assignments("--set", options.set, "NAME=VALUE, as --set patience=2"))
    cc = {
        name: int(number) if number.isascii() and number.isdigit() else number
        for name, number in _assignments("--cc", options.cc, "NAME=NUMBER, as --cc temperature=21").items()
    }
    settings = (
        *(
            "port",
            "out_port",
            "midi_api",
            "checkpoint",
            "device",
            "precision",
            "channel",
            "seed",
            "log_level",
            "record",
            "takeover",
            "cc_feedback",
        ),
        *("osc_host", "osc_port", "osc_feedback", "osc_prefix", "oscquery", "web"),
    )
    chosen = {name: getattr(options, name, None) for name in settings}
    return make_config(options.preset, controls=controls, cc=cc, **chosen)


def _assignments(option: str, given: Sequence[str], form: str) -> dict[str, str]:
    assigned: dict[str, str] = {}
    for assignment in given:
        name, equals, value = assignment.partition("=")
        if not equals:
            raise UserError(f"{option} {assignment!r}: it takes {form}")
        assigned[name.strip().replace("-", "_")] = value.strip()
    return assigned

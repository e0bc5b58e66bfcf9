"""The command `melody-bridge`: arguments → preset → settings → objects → run. Imports late, to answer at once."""

from __future__ import annotations

import time

_STARTED_S = time.monotonic()

import argparse  # noqa: E402  (the clock first)
import contextlib  # noqa: E402
import faulthandler  # noqa: E402
import os  # noqa: E402
import sys  # noqa: E402
from collections.abc import Sequence  # noqa: E402
from typing import TYPE_CHECKING  # noqa: E402

from bridge.arguments import parser_of  # noqa: E402
from bridge.config import DEVICES, LOG_LEVELS, MIDI_APIS, ON, TAKEOVERS, Config  # noqa: E402
from bridge.controls import TABLE, Control, as_markdown  # noqa: E402
from bridge.presets.settings import make_config  # noqa: E402
from bridge.web_address import PORT as WEB_PORT  # noqa: E402
from engine.controls import PRECISIONS  # noqa: E402
from engine.errors import UserError  # noqa: E402

if TYPE_CHECKING:
    from bridge.observers import Observer
    from bridge.ports.loopback import Ports

COMMANDS = """\
other commands, after melody-bridge (each with --help):
  ports, controls, presets  what this machine, the tables and your folder hold
  surfaces    layouts for TouchOSC, Open Stage Control, REAPER, Live
  calibrate, latency        your DAW's delay, and what this machine costs
  demo, generate            without MIDI: a phrase answered, a melody continued
  takes, replay, render     what was recorded: listed, drawn again, made sound
"""
LATENCY = """\
Measure for 20 s what a note of yours, a turn and OSC cost on this machine, and
how punctual the output is: through ports of its own, "Latency In" and "Latency
Out" (on Windows through the loopback ports that --port and --out-port name).
"""
CALIBRATE = """\
Make up for the delay of your DAW. What it plays reaches us late by its buffers,
and what we answer takes as long to be heard: beside its clock the answer drags.
Calibrating measures that, and sets the control offset to be on the beat.

1. Start melody-bridge. In the DAW lead a track from "GPT Out" straight back to
   "GPT In", without an instrument; play nothing.
2. Press c in the live view, or send /melody/calibrate by OSC. Nine quiet notes
   go out and should come back; three seconds later you are told the offset.
3. Take that track away. The offset holds until the end; to keep it, start next
   time with the number that you were told, as --offset=-12.5, or write
   offset: -12.5 into a preset.

Did none come back? Then the track does not lead from GPT Out to GPT In, or it
is muted. What an instrument adds to a note cannot be heard over MIDI: where the
answer still drags, lower offset by ear (choose it in the view, and press -).
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code (2: something the user can mend, said in one line)."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    commands = {
        "ports": _ports,
        "controls": _controls,
        "presets": _presets,
        "surfaces": _surfaces,
        "calibrate": _calibrate,
        "demo": _demo,
        "latency": _latency,
        "generate": _generate,
        "takes": _takes,
        "replay": _replay,
        "render": _render,
    }
    command = commands.get(arguments[0]) if arguments else None
    try:
        return command(arguments[1:]) if command is not None else _play(arguments)
    except UserError as error:
        print(f"melody-bridge: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        return 0
    except KeyboardInterrupt:
        return 130


def play_parser(*, everything: bool = False) -> argparse.ArgumentParser:
    """Return the parser of the main command. everything: its help names every option, not the usual ones alone."""
    parser = parser_of("melody-bridge", "Play a phrase into your DAW; a GPT answers it.", COMMANDS)
    parser.usage = 'melody-bridge [--port "GPT In"] [options]'
    _add_ports(parser)
    _add_shared(parser)
    parser.add_argument("--no-view", action="store_true", help="plain log lines instead of the live view")
    parser.add_argument("--version", action="store_true", help="print the version")
    parser.add_argument("--help-all", action="store_true", help="every option, a flag for each control")
    if not everything:
        _leave_out(parser, USUAL)
    return parser


OSCQUERY_PORT = 9010
"""Where `--oscquery` without a number answers."""
USUAL = (
    *("--help", "--help-all", "--port", "--midi-api", "--osc-port", "--preset", "--checkpoint", "--temperature"),
    *("--web", "--cc", "--no-view"),
)
"""The options of the main command that --help shows, so that it fits a small terminal."""


def _leave_out(parser: argparse.ArgumentParser, kept: Sequence[str]) -> None:
    """Let the parser's help name no other options than these; they are taken all the same."""
    for option in parser._actions:
        if not set(option.option_strings) & set(kept):
            option.help = argparse.SUPPRESS


def _add_ports(parser: argparse.ArgumentParser) -> None:
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


def _add_shared(parser: argparse.ArgumentParser) -> None:
    """Add what the main command and the demo have in common."""
    add = parser.add_argument
    add("--preset", metavar="NAME|FILE", help="duet, echo, swing, a YAML file; see presets")
    add("--checkpoint", metavar="NAME|DIR", help="the model; default essen")
    add("--device", choices=DEVICES, metavar="DEVICE", help="where it runs: " + ", ".join(DEVICES))
    add("--precision", choices=PRECISIONS, metavar="P", help="what it computes in: " + ", ".join(PRECISIONS))
    add("--seed", type=int, metavar="N", help="the same seed and playing give the same answer")
    for control in TABLE:
        add(_flag(control), metavar="X", dest=f"control_{control.name}", help=_control_help(control))
    add("--set", metavar="NAME=X", action="append", default=[], help="set any control, as --set key_lock=0.8")
    add("--cc", metavar="NAME=N", action="append", default=[], help="a CC for a control or action: turn=14")
    add("--cc-feedback", nargs="?", const=ON, metavar="PORT", help="send values back as CC, for rings and faders")
    add("--takeover", choices=TAKEOVERS, help="whether a knob must first come to a preset's value; default soft")
    add("--log-level", choices=LOG_LEVELS, metavar="LEVEL", help="one of " + ", ".join(LOG_LEVELS))


def _flag(control: Control) -> str:
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


def _open_line(ports: Ports, since_start_s: float) -> str:
    """Return what says which ports are open."""
    names = f'"{ports.name_in}" and "{ports.name_out}"'
    return f"{names} are open ({ports.api}), {since_start_s:.2f} s after the start."


def _play(arguments: Sequence[str]) -> int:
    options = play_parser().parse_args(arguments)
    if options.version:
        print(f"melody-bridge {version()}")
        return 0
    if options.help_all:
        play_parser(everything=True).print_help()
        return 0
    config = read_config(options)
    if config.log_level != "debug":
        quiet_c_libraries()
    from bridge.ports.midi import open_ports

    ports = open_ports(config.port, config.output_name, config.midi_api)
    open_line = _open_line(ports, time.monotonic() - _STARTED_S)
    print(open_line, flush=True)  # before all else is loaded: they can be connected now
    from bridge.app import greeting, opened, record
    from bridge.views.lines import PlainLog, Printer

    with contextlib.ExitStack() as ending:
        printer = Printer()
        ending.callback(printer.close)
        bridge = ending.enter_context(opened(config, ports))
        routing = list(greeting(bridge))
        writer = record(bridge, version())
        if writer is not None:
            ending.callback(lambda: printer.line(writer.close()))
            routing.append(f"Recording to {writer.folder}; melody-bridge takes lists it.")
        for line in routing:
            printer.line(line)
        code = _code(bridge.page_link) if bridge.page_token and sys.stdout.isatty() else ""
        if code:
            printer.line(code)
        with contextlib.ExitStack() as looking:
            looker: Observer
            if options.no_view or not sys.stdout.isatty() or os.environ.get("TERM") == "dumb":
                looker = PlainLog(printer, config.log_level)
            else:
                from bridge.views.keys import in_foreground
                from bridge.views.terminal import View

                looker = view = View(f'"{ports.name_in}" → "{ports.name_out}"', bridge.controls, bridge.inbox.put)
                for line in (open_line, *routing):
                    view.on_log(line)
                if code:
                    view.show(f"{code}\n{bridge.page_link}\nany key: the view; w: this again")
                looking.callback(view.close)
                view.start()
                if not in_foreground(sys.stdout.fileno()):
                    printer.line("In the background: fg brings the live view and its keys.")
            bridge.announce.observers.append(looker)
            bridge.run()
        printer.line("ended; every note released")
    if getattr(ports, "stuck", False):
        sys.stdout.flush()
        os._exit(0)  # a driver hangs in its close; Python's own clean-up would wait for it
    return 0


def _code(link: str) -> str:
    from bridge.ports.web_link import qr_code

    return qr_code(link)


def _ports(arguments: Sequence[str]) -> int:
    parser = parser_of("melody-bridge ports", "List what each MIDI API of this machine sees.")
    parser.add_argument("--check", action="store_true", help="exit code 2 when no MIDI API works")
    options = parser.parse_args(arguments)
    quiet_c_libraries()
    from bridge.ports.midi import list_ports, next_steps

    found = list_ports()
    for api, ports in found.items():
        if isinstance(ports, str):
            print(f"{api}: not here ({ports})")
            continue
        print(f"{api}:")
        for kind, meaning in (("inputs", "can be heard"), ("outputs", "can be played")):
            names = ports[kind]
            print(f"  {kind} ({meaning}): " + (", ".join(f'"{name}"' for name in names) or "none"))
    works = any(isinstance(ports, dict) for ports in found.values())
    if not works:
        print(next_steps())
    return 2 if options.check and not works else 0


def _controls(arguments: Sequence[str]) -> int:
    parser = parser_of("melody-bridge controls", "List every live control.")
    parser.add_argument("--markdown", action="store_true", help="as the table in the README")
    if parser.parse_args(arguments).markdown:
        print(as_markdown())
        return 0
    print("Live, from all sides: in the view choose one with ← → and move it with ↑ ↓ + -; by OSC")
    print("/melody/NAME value; by any MIDI controller, as --cc NAME=21, or with cc: in a preset.")
    for control in TABLE:
        cc = f", CC {control.cc}" if control.cc is not None else ""
        print(f"{_flag(control)} ({control.allowed()}; default {control.default}{cc})")
        print(f"    {control.sentence}")
    return 0


def _presets(arguments: Sequence[str]) -> int:
    parser = parser_of("melody-bridge presets", "List every preset; your own stand in a folder of yours.")
    parser.parse_args(arguments)
    from bridge.presets.shelf import Shelf

    shelf = Shelf()
    for name in shelf.names():
        try:
            preset = shelf.read(name)
        except UserError as error:
            print(f"     {name}  (broken) {error}")
        else:
            print(f"{preset.number or '':>4} {preset.name:<12} {preset.about}")
    print(f"Your own: {shelf.own_folder}")
    return 0


def _surfaces(arguments: Sequence[str]) -> int:
    parser = parser_of(
        "melody-bridge surfaces",
        "Write layouts of every control, action and preset: TouchOSC, Open Stage\nControl, REAPER, Max for Live.",
    )
    add = parser.add_argument
    add("--out", metavar="DIR", required=True, help="folder to write them into")
    add("--osc-port", type=int, metavar="N", help="where melody-bridge listens; default 9000")
    add("--osc-prefix", metavar="NAME", help="what its addresses begin with; default /melody")
    add("--surface-port", type=int, default=9001, metavar="N", help="where the surface listens; default 9001")
    options = parser.parse_args(arguments)
    from pathlib import Path

    from bridge.presets.shelf import Shelf
    from bridge.surfaces.plan import Wiring
    from bridge.surfaces.write import write_surfaces

    config = make_config(None, osc_port=options.osc_port, osc_prefix=options.osc_prefix)
    if not 1 <= options.surface_port <= 65535 or options.surface_port == config.osc_port:
        raise UserError(
            f"--surface-port {options.surface_port} refused; it takes 1 to 65535, another than --osc-port"
        )
    wiring = Wiring("/" + config.osc_prefix.strip("/"), config.osc_port, options.surface_port)
    for file in write_surfaces(Path(options.out), wiring, list(Shelf().numbered().values())):
        print(file)
    return 0


def _calibrate(arguments: Sequence[str]) -> int:
    parser = parser_of("melody-bridge calibrate", CALIBRATE)
    parser.usage = "melody-bridge calibrate"
    parser.parse_args(arguments)
    print(CALIBRATE, end="")
    return 0


def _demo(arguments: Sequence[str]) -> int:
    parser = parser_of("melody-bridge demo", "Play a phrase into ports in memory; hear the answer as a MIDI file.")
    parser.add_argument("--input", metavar="FILE.mid", help="the phrase; default: one of two bars, built in")
    parser.add_argument("--out", metavar="FILE.mid", default="take.mid", help="the take; default take.mid")
    _add_shared(parser)
    _leave_out(parser, (*USUAL, "--input", "--out", "--seed"))
    options = parser.parse_args(arguments)
    config = read_config(options)
    from bridge.demo import run_demo

    return run_demo(config, options.input, options.out)


def _latency(arguments: Sequence[str]) -> int:
    parser = parser_of("melody-bridge latency", LATENCY)
    _add_ports(parser)
    parser.add_argument("--json", metavar="FILE", help="write the figures as JSON; - for standard output")
    parser.add_argument("--picture", metavar="FILE", help="draw them, as a PNG; needs matplotlib")
    _add_shared(parser)
    _leave_out(parser, ("--help", "--json", "--picture", "--port", "--midi-api", "--checkpoint", "--device"))
    options = parser.parse_args(arguments)
    if options.port is None and sys.platform != "win32":
        options.port = "Latency In"  # a bridge that runs keeps its ports, and whatever is connected to them
    config = read_config(options)
    quiet_c_libraries()
    from bridge.latency.run import run_latency

    return run_latency(config, options.json, options.picture)


def _generate(arguments: Sequence[str]) -> int:
    """Run the engine's own command: it loads torch, which this process never does."""
    import subprocess

    from bridge.engine.process import child_environment, python_module

    return subprocess.call([*python_module("engine.generate"), *arguments], env=child_environment())


def _takes(arguments: Sequence[str]) -> int:
    from bridge.take_commands import takes

    quiet_c_libraries()
    return takes(arguments)


def _replay(arguments: Sequence[str]) -> int:
    from bridge.take_commands import replay

    return replay(arguments, version())


def _render(arguments: Sequence[str]) -> int:
    from bridge.take_commands import render_file

    return render_file(arguments)


def version() -> str:
    """Return the version that is installed, or the checkout's."""
    from importlib import metadata

    try:
        return metadata.version("melody-bridge")
    except metadata.PackageNotFoundError:
        import tomllib
        from pathlib import Path

        project = Path(__file__).resolve().parent.parent / "pyproject.toml"
        return str(tomllib.loads(project.read_text(encoding="utf-8"))["project"]["version"])


def quiet_c_libraries() -> None:
    """Keep what ALSA and JACK print out of the console; Python's own standard error stays."""
    stderr = sys.__stderr__
    if stderr is None or sys.stderr is not stderr:
        return
    with contextlib.suppress(OSError, ValueError):
        kept = os.fdopen(os.dup(stderr.fileno()), "w", 1, encoding=stderr.encoding, errors="replace")
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stderr.fileno())
        os.close(nowhere)
        sys.stderr = kept
        faulthandler.enable(kept)  # a crash in a driver must not be a silent one


if __name__ == "__main__":
    sys.exit(main())

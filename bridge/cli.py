"""The command `melody-bridge`: which command was given, and its way there. Imports late, to answer at once."""

from __future__ import annotations

import time

_STARTED_S = time.monotonic()

import argparse  # noqa: E402  (the clock first)
import sys  # noqa: E402
from collections.abc import Sequence  # noqa: E402

from bridge.arguments import parser_of  # noqa: E402
from bridge.console import quiet_c_libraries  # noqa: E402
from bridge.listings import controls, ports, presets  # noqa: E402
from bridge.options import USUAL, add_ports, add_shared, leave_out, read_config  # noqa: E402
from bridge.presets.settings import make_config  # noqa: E402
from engine.errors import UserError  # noqa: E402

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
        "ports": ports,
        "controls": controls,
        "presets": presets,
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
    add_ports(parser)
    add_shared(parser)
    parser.add_argument("--no-view", action="store_true", help="plain log lines instead of the live view")
    parser.add_argument("--version", action="store_true", help="print the version")
    parser.add_argument("--help-all", action="store_true", help="every option, a flag for each control")
    if not everything:
        leave_out(parser, USUAL)
    return parser


def _play(arguments: Sequence[str]) -> int:
    options = play_parser().parse_args(arguments)
    if options.version:
        print(f"melody-bridge {version()}")
        return 0
    if options.help_all:
        play_parser(everything=True).print_help()
        return 0
    from bridge.play import play

    return play(options, version, _STARTED_S)


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
    add_shared(parser)
    leave_out(parser, (*USUAL, "--input", "--out", "--seed"))
    options = parser.parse_args(arguments)
    config = read_config(options)
    from bridge.demo import run_demo

    return run_demo(config, options.input, options.out)


def _latency(arguments: Sequence[str]) -> int:
    parser = parser_of("melody-bridge latency", LATENCY)
    add_ports(parser)
    parser.add_argument("--json", metavar="FILE", help="write the figures as JSON; - for standard output")
    parser.add_argument("--picture", metavar="FILE", help="draw them, as a PNG; needs matplotlib")
    add_shared(parser)
    leave_out(parser, ("--help", "--json", "--picture", "--port", "--midi-api", "--checkpoint", "--device"))
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

    from bridge.children import child_environment, python_module

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


if __name__ == "__main__":
    sys.exit(main())

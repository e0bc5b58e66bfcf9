"""The commands `takes`, `replay`, `render`: what was recorded is listed, played, written, drawn again, heard."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bridge.arguments import Parser, parser_of
from bridge.config import DEVICES, MIDI_APIS
from bridge.recording.library import Found, find_take, folder_of, journals, read_session
from bridge.recording.playing import play_take
from bridge.recording.redrawing import draw_again
from bridge.recording.replay import Replay, as_played, changes, compared, heard_figures
from bridge.recording.score import write_take
from bridge.take import Take
from bridge.views.take_list import names, table_of, values_of
from engine.errors import UserError

LISTED = 3
"""Latest sessions that are listed unless all are asked for."""
LEAD_S, CONNECT_S = 0.2, 5.0
"""Before a take that is played, and where its port was only just made: time to connect it."""
WHATS = {
    "": "List what was recorded: sessions, and the takes in them.",
    "play": "Play a take to a MIDI port, as it sounded.",
    "export": "Write a take, behind its call, as a MIDI file.",
}
TAKE = "its number in the last session, as 3, or SESSION/NUMBER"

OUTPUT_APIS = tuple(api for api in MIDI_APIS if api not in ("jack-frames", "loopback"))


def takes(arguments: Sequence[str]) -> int:
    """Run `melody-bridge takes`; return the exit code. Raises UserError for what is refused."""
    what = arguments[0] if arguments and arguments[0] in WHATS else ""
    parser = _parser(f"melody-bridge takes {what}".rstrip(), WHATS[what])
    if what == "play":
        return _play(parser, arguments[1:])
    if what == "export":
        return _export(parser, arguments[1:])
    parser.usage = "melody-bridge takes [--all] [--json]\n       melody-bridge takes play | export TAKE ..."
    parser.add_argument("--all", action="store_true", help="every session, not the last three alone")
    parser.add_argument("--json", action="store_true", help="all of it as JSON, for programs")
    options = parser.parse_args(arguments)
    return _list(_folder(options), everything=options.all, as_json=options.json)


def _parser(prog: str, description: str) -> Parser:
    parser = parser_of(prog, description)
    parser.add_argument("--folder", metavar="FOLDER", help="where sessions are; default: as --record has it")
    return parser


def _folder(options: argparse.Namespace) -> Path:
    folder = folder_of(options.folder or "")
    if folder is None:
        raise UserError("--folder off: it takes a folder")
    return folder


def _list(folder: Path, *, everything: bool, as_json: bool) -> int:
    there = journals(folder)
    shown = [(path, read_session(path)) for path in (there if everything or as_json else there[-LISTED:])]
    if as_json:
        json.dump([values_of(path, session) for path, session in shown], sys.stdout, indent=1)
        print()
        return 0
    if not there:
        print(f"No sessions in {folder} yet: what is played and answered is recorded there.")
        return 0
    from rich.console import Console

    console = Console()
    for path, session in shown:
        console.print(table_of(path, session))
    older = f"; {len(there) - len(shown)} older: --all" if len(there) > len(shown) else ""
    console.print(f"{folder}{older}", highlight=False, soft_wrap=True)
    return 0


def _export(parser: Parser, arguments: Sequence[str]) -> int:
    parser.add_argument("take", metavar="TAKE", help=TAKE)
    parser.add_argument("--out", metavar="FILE.mid", type=Path, required=True, help="the file to write")
    options = parser.parse_args(arguments)
    found, out = find_take(_folder(options), options.take), midi_path("--out", options.out)
    write_take(_marked(found), out)
    print(
        f"{out}: take {found.take.number} of {found.journal.stem}, {len(found.take.notes)} notes behind its call"
    )
    return 0


def _marked(found: Found) -> Take:
    return replace(found.take, kept=found.take.number in found.session.kept)


def _play(parser: Parser, arguments: Sequence[str]) -> int:
    parser.add_argument("take", metavar="TAKE", help=TAKE)
    parser.add_argument("--port", metavar="NAME", default="GPT Out", help='an instrument\'s port; "GPT Out"')
    parser.add_argument(
        "--midi-api", choices=OUTPUT_APIS, metavar="API", default="auto", help=", ".join(OUTPUT_APIS)
    )
    options = parser.parse_args(arguments)
    take = find_take(_folder(options), options.take).take
    from bridge.ports.midi import open_output

    port = open_output(options.port, options.midi_api)
    try:
        if port.made:
            print(
                f'There is no port "{port.name}", so it was made. Connect it: the take comes in {CONNECT_S:g} s.'
            )
        print(f'take {take.number} to "{port.name}": {names(take.melody)}', flush=True)
        play_take(take, port.send, CONNECT_S if port.made else LEAD_S)
    finally:
        port.close()
    return 0


def replay(arguments: Sequence[str], version: str) -> int:
    """Run `melody-bridge replay`; return 0 where the take is the same, else 1. version: of this program.

    Raises UserError for what is refused, and when the engine cannot be had.
    """
    parser = _parser("melody-bridge replay", "Draw a take again by its engine; exit code 1 when it is another.")
    parser.add_argument("take", metavar="TAKE", help=TAKE)
    parser.add_argument("--device", choices=DEVICES, metavar="DEVICE", help="default: the one it was drawn on")
    parser.add_argument("--out", metavar="FILE.mid", type=Path, help="write what was drawn, behind its call")
    options = parser.parse_args(arguments)
    out = midi_path("--out", options.out) if options.out is not None else None
    found = find_take(_folder(options), options.take)
    take = found.take
    if not take.drawings:
        raise UserError(f"take {take.number}: how it was drawn was not noted; melody-bridge takes play has it")
    heard, missing = heard_figures(take, found.session.takes)
    ready, notes = draw_again(Replay(take, heard), options.device or take.model.device)
    verdict = compared(take, notes)
    print(f"take {take.number} of {found.journal.stem}, {ready.checkpoint} on {ready.device}: {names(notes)}")
    for sentence in changes(take, ready, found.session.program, version):
        print(f"note: {sentence}")
    if missing:
        print(f"note: of the answers heard before, takes {missing} are not in the journal any more")
    if out is not None:
        write_take(replace(_marked(found), notes=as_played(take, notes)), out)
        print(f"{out}: written")
    if verdict.first_other is None:
        print(f"the same {len(notes)} notes as then")
        return 0
    sounded = f"melody-bridge takes play {options.take}"
    print(f"not the same from note {verdict.first_other + 1} on; what sounded: {sounded}")
    return 1


def render_file(arguments: Sequence[str]) -> int:
    """Run `melody-bridge render`; return the exit code. Raises UserError with the next step."""
    parser = parser_of("melody-bridge render", "Make sound of a MIDI file, with fluidsynth and a soundfont.")
    parser.add_argument("file", metavar="FILE.mid", type=Path, help="the file to hear")
    parser.add_argument("--wav", metavar="OUT.wav", type=Path, required=True, help="the sound to write")
    parser.add_argument("--soundfont", metavar="FILE.sf2", type=Path, help="default: the system's")
    options = parser.parse_args(arguments)
    from bridge.recording.sound import render

    return render(options.file, options.wav, options.soundfont)


def midi_path(option: str, path: Path) -> Path:
    """Return a path that a MIDI file can be written to. Raises UserError for another ending, or no folder."""
    if path.suffix.lower() not in (".mid", ".midi"):
        raise UserError(f"{option} {path}: it is written as MIDI; end its name in .mid")
    if not path.resolve().parent.is_dir():
        raise UserError(f"{option} {path}: the folder {path.resolve().parent} does not exist; make it first")
    return path

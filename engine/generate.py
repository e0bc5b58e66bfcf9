"""The paper's experiment: continue a melody given as notes, and write both as a MIDI file.

python -m engine.generate "E4 F#4 G#4 A4 B4 F#4" --notes 100 --temperature 1.2 --top-k 7 --out melody.mid
"""

from __future__ import annotations

import argparse
import os
import re
import secrets
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn, TextIO

from engine.controls import DRAWING, PRECISIONS, Control, Sampling, Value, sampling_of
from engine.errors import UserError
from engine.messages import Goal
from engine.midi_file import read_melody
from engine.midi_out import Part, midi_notes, write_midi
from engine.notes import Note
from engine.start import start_improviser
from engine.styles import asked_style

_LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_ACCIDENTALS = {"": 0, "#": 1, "##": 2, "x": 2, "b": -1, "bb": -2, "♯": 1, "♭": -1}
_NAME = re.compile(r"([A-Ga-g])(##|#|x|bb|b|♯|♭)?(-?\d+)")
MOST_NOTES = 100_000
ROWS = tuple(row for row in DRAWING if row.name != "key_lock")
"""The controls that a continuation takes; there is no key here to lock to."""
SUFFIXES = (".mid", ".midi")
LONG_NOTES, TOLD_EVERY = 500, 50
"""Notes from which a continuation takes long enough to tell how far it is, and how often that is told."""


def parse_prompt(text: str) -> list[Note]:
    """Return the notes of a prompt: pitch names, MIDI numbers (both may be mixed), or the path of a .mid file.

    Names are scientific: C4 is 60, with sharps and flats, octaves from -1 to 9; separators are blanks and
    commas. Notes without a length last a beat.
    Raises UserError naming the first word that is none of these.
    """
    if text.strip().lower().endswith(SUFFIXES):
        return read_melody(Path(text.strip()).expanduser())
    words = re.split(r"[\s,;]+", text.strip())
    if words == [""]:
        raise UserError('prompt: empty; give notes, as in "E4 F#4 G#4", MIDI numbers, or a .mid file')
    return [Note(pitch_number(word), 1.0) for word in words]


def pitch_number(word: str) -> int:
    """Return the MIDI number that a pitch name or a number stands for; raise UserError for anything else."""
    match = _NAME.fullmatch(word)
    if match:
        letter, accidental, octave = match.groups()
        number = 12 * (int(octave) + 1) + _LETTERS[letter.upper()] + _ACCIDENTALS[accidental or ""]
    elif re.fullmatch(r"[+-]?\d{1,4}", word):
        number = int(word)
    else:
        raise UserError(
            f"prompt: '{word}' is no note; write pitch names from C-1 to G9 (C4 is 60), "
            "MIDI numbers from 0 to 127, or the path of a .mid file"
        )
    if not 0 <= number <= 127:
        raise UserError(f"prompt: '{word}' is MIDI number {number}; it takes 0 to 127, C-1 to G9")
    return number


def generate(
    prompt: str,
    notes: int = 100,
    *,
    checkpoint: str = "essen",
    device: str = "auto",
    precision: str = "auto",
    sampling: Sampling | None = None,
    seed: int | None = None,
    out: Path | None = None,
    progress: Callable[[int], None] | None = None,
) -> list[Note]:
    """Return the continuation of `prompt` by `notes` notes; with `out`, write both as a MIDI file.

    progress: told how many notes there are, after each.

    The same prompt, sampling, seed and checkpoint give the same notes and the same bytes on a device. A
    checkpoint without durations takes the rhythm of the prompt, in a cycle.
    Raises UserError for a prompt, checkpoint, device or file that is refused.
    """
    if not 1 <= notes <= MOST_NOTES:
        raise UserError(f"--notes {notes}; it takes 1 to {MOST_NOTES}")
    if seed is not None and not 0 <= seed < 1 << 63:
        raise UserError(f"--seed {seed}; it takes 0 to {(1 << 63) - 1}")
    sampling = sampling or Sampling()
    start = parse_prompt(prompt)
    if out is not None:
        _check_out(out)
    drawn_from = secrets.randbits(48) if seed is None else seed
    improviser = start_improviser(checkpoint, device, drawn_from, precision)
    if improviser.checkpoint.way:
        print(f"on {improviser.checkpoint.device_name}: {improviser.checkpoint.way}", file=sys.stderr)
    styles = ("any", *improviser.tokenizer.styles)
    for flag, style in (("--style", sampling.style), ("--style-b", sampling.style_b)):
        if style not in styles:
            raise UserError(f"{flag} '{style}'; '{checkpoint}' takes one of {', '.join(styles)}")
    improviser.sync(0, start, None, asked_style(sampling))
    rhythm = tuple((note.duration_beats, note.rest_beats) for note in start)
    near = len(start) if sampling.closeness else 0
    improviser.begin(sampling, Goal(call_notes=near, rhythm=rhythm), endless=True)
    continuation: list[Note] = []
    for done in range(1, notes + 1):
        continuation.append(improviser.draw().note)
        if progress is not None:
            progress(done)
    if out is not None:
        length_beats = sum(note.rest_beats + note.duration_beats for note in start)
        parts = [Part("Prompt", midi_notes(start)), Part("Continuation", midi_notes(continuation, length_beats))]
        write_midi(out, parts)
    return continuation


def _check_out(out: Path) -> None:
    if out.suffix.lower() not in SUFFIXES:
        raise UserError(f"--out {out}: it is written as MIDI; end its name in {' or '.join(SUFFIXES)}")
    if not out.parent.is_dir():
        raise UserError(f"--out {out}: there is no folder '{out.parent}'; make it first")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; print the continuation's MIDI numbers; return the exit code."""
    try:
        arguments = _parser().parse_args(argv)
        continuation = generate(
            arguments.prompt,
            arguments.notes,
            checkpoint=arguments.checkpoint,
            device=arguments.device,
            precision=arguments.precision,
            sampling=_sampling(arguments),
            seed=arguments.seed,
            out=arguments.out,
            progress=_progress(sys.stderr, arguments.notes),
        )
        print(" ".join(str(note.pitch) for note in continuation), flush=True)
        if arguments.out is not None:
            print(f"wrote {arguments.out}: the prompt and {len(continuation)} notes", file=sys.stderr)
    except UserError as error:
        print(f"melody-bridge: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader has gone, as `head` does; nothing is left to say
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return 130
    return 0


def _progress(stream: TextIO, notes: int) -> Callable[[int], None] | None:
    """Return what keeps a line on a terminal about a long continuation, and clears it at its end; else None."""
    if notes < LONG_NOTES or not stream.isatty():
        return None
    width = len(f"{notes:,} of {notes:,} notes")

    def tell(done: int) -> None:
        if done == notes:
            print("\r" + " " * width, end="\r", file=stream, flush=True)
        elif done % TOLD_EVERY == 0:
            print(f"\r{done:,} of {notes:,} notes", end="", file=stream, flush=True)

    return tell


def _sampling(arguments: argparse.Namespace) -> Sampling:
    given: dict[str, Value] = {}
    for row in ROWS:
        raw = getattr(arguments, row.name)
        if raw is None:
            continue
        try:
            given[row.name] = row.parse(raw)
        except UserError as error:
            raise UserError(_flag(row) + str(error).removeprefix(row.name)) from None
    return sampling_of(given)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UserError(f"{message}; {self.prog} --help shows what there is")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="melody-bridge generate",
        description="Continue a melody; print the MIDI numbers of the continuation.",
        allow_abbrev=False,
    )
    parser.add_argument("prompt", help='"E4 F#4 G#4 A4", "64 66 68 69", or a .mid file')
    parser.add_argument("--notes", type=int, default=100, help="length of the continuation (100)")
    for row in ROWS:
        default = row.default if row.kind == "choice" else f"{row.default:g}"
        parser.add_argument(_flag(row), metavar="X", help=f"{row.sentence} ({default})")
    parser.add_argument("--seed", type=int, help="repeats a continuation exactly")
    parser.add_argument("--out", type=Path, help="write prompt and continuation as a MIDI file (.mid)")
    parser.add_argument("--checkpoint", default="essen", help="name or folder (essen)")
    parser.add_argument("--device", default="auto", help="auto, cuda, mps or cpu")
    parser.add_argument("--precision", default="auto", help=", ".join(PRECISIONS))
    return parser


def _flag(row: Control) -> str:
    return "--" + row.name.replace("_", "-")


if __name__ == "__main__":
    sys.exit(main())

"""The paper's experiment: continue a melody given as notes, and write both as a MIDI file.

python -m engine.generate "E4 F#4 G#4 A4 B4 F#4" --notes 100 --temperature 1.2 --top-k 7 --out melody.mid
"""

from __future__ import annotations

import argparse
import os
import re
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from engine.errors import UserError
from engine.messages import Goal, Sampling
from engine.midi_file import midi_notes, read_melody, write_midi
from engine.notes import Note

_LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_ACCIDENTALS = {"": 0, "#": 1, "##": 2, "x": 2, "b": -1, "bb": -2, "♯": 1, "♭": -1}
_NAME = re.compile(r"([A-Ga-g])(##|#|x|bb|b|♯|♭)?(-?\d+)")
MOST_NOTES = 100_000


def parse_prompt(text: str) -> list[Note]:
    """Return the notes of a prompt: pitch names, MIDI numbers (both may be mixed), or the path of a .mid file.

    Names are scientific: C4 is 60, with sharps and flats, octaves from -1 to 9; separators are blanks and
    commas. Notes without a length last a beat.
    Raises UserError naming the first word that is none of these.
    """
    if text.strip().lower().endswith((".mid", ".midi")):
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
    sampling: Sampling | None = None,
    seed: int | None = None,
    out: Path | None = None,
) -> list[Note]:
    """Return the continuation of `prompt` by `notes` notes; with `out`, write both as a MIDI file.

    The same prompt, sampling, seed and checkpoint give the same notes and the same bytes on a device. A
    checkpoint without durations takes the rhythm of the prompt, in a cycle.
    Raises UserError for a prompt, checkpoint, device or file that is refused.
    """
    if not 1 <= notes <= MOST_NOTES:
        raise UserError(f"--notes {notes}; it takes 1 to {MOST_NOTES}")
    start = parse_prompt(prompt)
    if out is not None and not out.parent.is_dir():
        raise UserError(f"--out {out}: there is no folder '{out.parent}'; make it first")
    import torch

    from engine.checkpoint import live_device, load
    from engine.improviser import Improviser
    from engine.server import threads

    loaded = load(checkpoint, live_device(checkpoint, device))
    torch.set_num_threads(threads(loaded.parameters))
    improviser = Improviser(loaded, secrets.randbits(48) if seed is None else seed)
    improviser.sync(0, start)
    rhythm = tuple((note.duration_beats, note.rest_beats) for note in start)
    improviser.begin(sampling or Sampling(), Goal(rhythm=rhythm), endless=True)
    continuation = [improviser.draw().note for _ in range(notes)]
    if out is not None:
        length_beats = sum(note.rest_beats + note.duration_beats for note in start)
        tracks = [("Prompt", midi_notes(start)), ("Continuation", midi_notes(continuation, length_beats))]
        write_midi(out, tracks)
    return continuation


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; print the continuation's MIDI numbers; return the exit code."""
    try:
        arguments = _parser().parse_args(argv)
        continuation = generate(
            arguments.prompt,
            arguments.notes,
            checkpoint=arguments.checkpoint,
            device=arguments.device,
            sampling=_sampling(arguments),
            seed=arguments.seed,
            out=arguments.out,
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
        return 130
    return 0


def _sampling(arguments: argparse.Namespace) -> Sampling:
    ranges: dict[str, tuple[float, float]] = {
        "temperature": (0.0, 2.0),
        "top_k": (0, 128),
        "top_p": (0.05, 1.0),
        "min_p": (0.0, 0.5),
        "loop_guard": (0.0, 1.0),
    }
    for name, (low, high) in ranges.items():
        value = getattr(arguments, name)
        if not low <= value <= high:
            flag = "--" + name.replace("_", "-")
            raise UserError(f"{flag} {value:g}; it takes {low:g} to {high:g}")
    if arguments.seed is not None and not 0 <= arguments.seed < 1 << 63:
        raise UserError(f"--seed {arguments.seed}; it takes 0 to {(1 << 63) - 1}")
    return Sampling(**{name: getattr(arguments, name) for name in ranges})


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UserError(f"{message}; {self.prog} --help shows what there is")


def _parser() -> argparse.ArgumentParser:
    usual = Sampling()
    parser = _Parser(
        prog="melody-bridge generate",
        description="Continue a melody; print the MIDI numbers of the continuation.",
        allow_abbrev=False,
    )
    parser.add_argument("prompt", help='"E4 F#4 G#4 A4", "64 66 68 69", or a .mid file')
    parser.add_argument("--notes", type=int, default=100, help="length of the continuation (100)")
    parser.add_argument("--temperature", type=float, default=usual.temperature, help="0 takes the likeliest (0.9)")
    parser.add_argument("--top-k", type=int, default=usual.top_k, help="draw from the k likeliest; 0: all (20)")
    parser.add_argument("--top-p", type=float, default=usual.top_p, help="draw from this much probability (1)")
    parser.add_argument("--min-p", type=float, default=usual.min_p, help="drop notes below this share (0)")
    parser.add_argument(
        "--loop-guard", type=float, default=usual.loop_guard, help="0 to 1, leads out of loops (1)"
    )
    parser.add_argument("--seed", type=int, help="repeats a continuation exactly")
    parser.add_argument("--out", type=Path, help="write prompt and continuation as a MIDI file")
    parser.add_argument("--checkpoint", default="essen", help="name or folder (essen)")
    parser.add_argument("--device", default="auto", help="auto, cuda, mps or cpu")
    return parser


if __name__ == "__main__":
    sys.exit(main())

"""A MIDI file as sound, by fluidsynth, where it is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from engine.errors import UserError
from engine.midi_file import read_midi_file

SOUNDFONTS = (
    "/usr/share/sounds/sf2/default-GM.sf2",
    "/usr/share/sounds/sf2/FluidR3_GM.sf2",
    "/usr/share/sounds/sf2/TimGM6mb.sf2",
    "/usr/share/soundfonts/default.sf2",
    "/usr/share/soundfonts/FluidR3_GM.sf2",
    "/opt/homebrew/share/soundfonts/default.sf2",
    "/usr/local/share/soundfonts/default.sf2",
)
"""Where Debian, Fedora, Arch and Homebrew put them; the variable SOUNDFONT goes before."""
RATE = 44100
GAIN = 0.7
"""Loud enough to be heard, and eight voices at full velocity do not clip."""


def render(file: Path, wav: Path, soundfont: Path | None = None) -> int:
    """Write a MIDI file's sound as a WAV file, and say so; return the exit code.

    Raises UserError for a file that is none, a name that is none, and where fluidsynth or a soundfont is missing.
    """
    midi = read_midi_file(file)
    if wav.suffix.lower() != ".wav":
        raise UserError(f"--wav {wav}: it is written as WAV; end its name in .wav")
    if not wav.resolve().parent.is_dir():
        raise UserError(f"--wav {wav}: the folder {wav.resolve().parent} does not exist; make it first")
    program = shutil.which("fluidsynth")
    if program is None:
        raise UserError(f"fluidsynth is not installed; {_install(sys.platform)}")
    font = soundfont if soundfont is not None else find_soundfont()
    if not font.is_file():
        raise UserError(f"--soundfont {font}: no such file")
    command = [program, "-ni", "-q", "-g", str(GAIN), "-r", str(RATE), "-F", str(wav), str(font), str(file)]
    made = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if made.returncode or not wav.is_file():
        said = (made.stderr or made.stdout).strip().splitlines()
        raise UserError(f"fluidsynth could not render {file}: {said[-1] if said else made.returncode}")
    seconds = midi.seconds_at(max(note.end_ticks for note in midi.notes))
    print(f"{wav}: {len(midi.notes)} notes in {seconds:.1f} s, by {font.name}")
    return 0


def find_soundfont(places: Iterable[str] = SOUNDFONTS) -> Path:
    """Return the soundfont that the variable SOUNDFONT names, else one of the system's.

    Raises UserError with the next step when there is none.
    """
    chosen = os.environ.get("SOUNDFONT")
    if chosen:
        return Path(chosen).expanduser()
    for place in places:
        if Path(place).is_file():
            return Path(place)
    raise UserError(
        "no soundfont found; install one (Debian: apt-get install fluid-soundfont-gm) or give --soundfont FILE.sf2"
    )


def _install(platform: str) -> str:
    if platform == "darwin":
        return "brew install fluid-synth, and give a soundfont with --soundfont FILE.sf2"
    if platform == "win32":
        return "take it from https://www.fluidsynth.org, and give a soundfont with --soundfont FILE.sf2"
    return "Debian and Ubuntu: sudo apt-get install fluidsynth fluid-soundfont-gm"

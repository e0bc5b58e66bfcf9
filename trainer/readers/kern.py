"""Read Humdrum **kern: the melody of one spine, in beats."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.notes import Song
from trainer.readers.melody_builder import BEAT_TOLERANCE, MelodyBuilder, metre_of, pulse_beats
from trainer.readers.reader import ReadError, SourceFile

_STEP_PITCHES = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}
_RECIPROCAL = re.compile(r"(\d+)(?:%(\d+))?(\.*)")
_PITCH = re.compile(r"([a-g]+|[A-G]+)([#-]*)")
_METRE = re.compile(r"\*M(\d+)/(\d+)$")


def read_kern(file: SourceFile) -> Iterator[Song]:
    """Yield the melody of the last **kern spine (the top voice), of chords the highest note.

    Curly braces are phrases; the upbeat is deduced from the first bar's length; grace notes are left
    out. Raise ReadError when the text is no kern, splits the spine or holds no melody.
    """
    column: int | None = None
    spine = _Spine(file)
    for number, line in enumerate(file.text.replace("\r", "").split("\n"), start=1):
        if line.startswith("!!!"):
            spine.reference(line)
            continue
        if not line or line.startswith("!"):
            continue
        cells = line.split("\t")
        if line.startswith("**"):
            spines = [index for index, cell in enumerate(cells) if cell == "**kern"]
            if not spines:
                raise ReadError("it has no **kern spine")
            column = spines[-1]
            continue
        if column is None:
            raise ReadError("it is no Humdrum file (no **kern line)")
        if any(cell in ("*^", "*v", "*+", "*x") for cell in cells):
            raise ReadError(f"its spines split, join or swap in line {number}; single voices are read")
        if column >= len(cells):
            raise ReadError(f"line {number} is cut off")
        spine.cell(cells[column])
    if column is None:
        raise ReadError("it is no Humdrum file (no **kern line)")
    yield spine.song()


def kern_pitch(token: str) -> int:
    """Return the MIDI pitch of a kern note such as `cc#` (73); raise ReadError when there is none."""
    match = _PITCH.search(token)
    if match is None:
        raise ReadError(f"{token!r} is no kern note")
    letters, signs = match.groups()
    octave = len(letters) - 1 if letters[0].islower() else -len(letters)
    return 60 + _STEP_PITCHES[letters[0].lower()] + 12 * octave + signs.count("#") - signs.count("-")


def kern_beats(token: str) -> float:
    """Return the length in beats of a kern token such as `8.` (0.75) or `0` (a breve, 8.0)."""
    match = _RECIPROCAL.search(token)
    if match is None:
        raise ReadError(f"{token!r} has no length")
    figure, numerator, dots = match.groups()
    breve = int(figure) == 0
    beats = 4.0 * 2.0 ** len(figure) if breve else 4.0 * int(numerator or 1) / int(figure)
    return beats * (2.0 - 0.5 ** len(dots))


class _Spine:
    """Walk down one spine."""

    def __init__(self, file: SourceFile) -> None:
        self._file, self._region = file, file.folder
        self._builder = MelodyBuilder()
        self._title = ""
        self._bar_and_pulse: tuple[float, float] | None = None
        self._first_bar_beats: float | None = None
        self._phrases_marked = False

    def reference(self, line: str) -> None:
        """Take the title and the region from a reference record."""
        key, _, value = line[3:].partition(":")
        if key.startswith("OTL"):
            self._title = self._title or value.strip()
        elif key == "ARE" and not self._region:
            self._region = value.split(",")[-1].strip()

    def cell(self, cell: str) -> None:
        """Take the spine's cell of one line."""
        metre = _METRE.match(cell)
        if metre is not None:
            above, below = int(metre[1]), int(metre[2])
            if self._bar_and_pulse is None and below:
                self._bar_and_pulse = above * 4.0 / below, pulse_beats(above, below)
        elif cell.startswith("="):
            if self._first_bar_beats is None and self._builder.position_beats > BEAT_TOLERANCE:
                self._first_bar_beats = self._builder.position_beats
        elif cell and cell != "." and not cell.startswith(("*", "!")):
            self._data(cell)

    def _data(self, cell: str) -> None:
        notes = [token for token in cell.split(" ") if "q" not in token.lower()]
        if not notes:
            return
        beats = kern_beats(notes[0])
        if "r" in notes[0]:
            self._builder.rest(beats)
        else:
            top = max(notes, key=kern_pitch)
            tied_on = "_" in top or "]" in top
            if tied_on and self._builder.last_pitch == kern_pitch(top):
                self._builder.lengthen(beats)
            else:
                self._builder.note(kern_pitch(top), beats)
        if "{" in cell or "}" in cell:
            self._phrases_marked = True
            if "}" in cell:
                self._builder.end_phrase()

    def song(self) -> Song:
        """Return what was read."""
        metre = metre_of(self._builder, self._bar_and_pulse, self._first_bar_beats)
        title = self._title or self._file.path.stem
        return self._builder.song(title, metre, self._region, self._file.name, self._phrases_marked)

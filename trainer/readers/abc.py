"""Read ABC: the EsAC-derived Essen files, and plain single-voice tunes in general.

Each line of music is a phrase, as in the Essen files, where bar lines at line ends are left out. In a tune with
words or with several voices lines are what fits the page; there phrases end as `phrases` tells, by verse lines
where a comment `%OHMETRICAL 8 6 8 6` (the Open Hymnal's) says how many syllables they have. Repeats are not
unfolded; of several voices, and of two that share a staff (`&`), the first is read, of a chord the top note.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from engine.notes import Key, Song
from trainer.readers.abc_fields import bar_and_pulse, key_of, key_signature, region_of, unit_beats
from trainer.readers.abc_words import syllables_of, verse_lines
from trainer.readers.melody_builder import BEAT_TOLERANCE, MelodyBuilder, metre_of
from trainer.readers.phrases import Syllable, phrase_ends
from trainer.readers.reader import ReadError, Skipped, SourceFile

_STEP_PITCHES = {"C": 60, "D": 62, "E": 64, "F": 65, "G": 67, "A": 69, "B": 71}
_ACCIDENTALS = {"^^": 2, "^": 1, "=": 0, "_": -1, "__": -2}
# (p notes in the time of q; for 5, 7 and 9 q depends on the metre, 2 being the simple one.
_TUPLET_Q = {2: 3, 3: 2, 4: 3, 5: 2, 6: 2, 7: 2, 8: 3, 9: 2}
_LONGEST_UNITS = 10_000.0
"""More of them no note lasts; written out in hundreds of digits, a length is no number that a float holds."""
_IGNORED = re.compile(r'"[^"]*"|![^!\n]*!|\+[^+\n]*\+|\{[^}]*\}|%.*|`')
# A length without a note (`other` takes it) is a slip in a few of the Essen files: the note is lost.
_TOKEN = re.compile(
    r"(?P<acc>\^\^|__|\^|_|=)?(?P<step>[A-Ga-g])(?P<octave>[,']*)(?P<length>\d*/*\d*)"
    r"|(?P<rest>[zxZ])(?P<rest_length>\d*/*\d*)"
    r"|\[(?P<field>[A-Za-z]):(?P<value>[^\]]*)\]"
    r"|(?P<chord>\[[^\]:|]*\])(?P<chord_length>\d*/*\d*)"
    r"|(?P<bar>\[?[|:][|:\]\[\d]*)"
    r"|\((?P<tuplet>\d)(?::(?P<q>\d?))?(?::(?P<r>\d?))?"
    r"|(?P<broken>[<>]+)|(?P<tie>-)|(?P<overlay>&)|(?P<other>\([,']|[ \t().~HLMOPSTuvy$*\\]|\d+)"
)
_TEXT = re.compile(r"^%%begin(text|ps|svg)\b.*?^%%end\1\b.*?$", re.MULTILINE | re.DOTALL)
_FIELD_LINE = re.compile(r"[A-Za-z+]:")


def read_abc(file: SourceFile) -> Iterator[Song | Skipped]:
    """Yield each tune of a file, or why it cannot be read. Raise ReadError for a file without any `X:` line."""
    text = _TEXT.sub("", file.text.replace("\r", ""))
    blocks = re.split(r"^(?=X:)", text, flags=re.MULTILINE)
    if not any(block.startswith("X:") for block in blocks):
        raise ReadError("it holds no tune (a line that starts with X:)")
    for before, tune in zip(["", *blocks], blocks, strict=False):
        if not tune.startswith("X:"):
            continue
        name = f"{file.name}: X:{tune[2:].split(chr(10), 1)[0].strip()}"
        try:
            yield _Tune(tune, name, verse_lines(before)).song()
        except ReadError as error:
            yield Skipped(name, str(error))


def _multiplier(text: str) -> float:
    """Return what a written length such as `3`, `/2`, `3/2` or `//` multiplies the unit by."""
    if not text:
        return 1.0
    if "/" not in text:
        value = float(text)
    else:
        above, slashes, below = text.partition("/")[0], text.count("/"), text.rpartition("/")[2]
        value = float(above or 1) / (float(below) if below and float(below) else 2.0 ** min(slashes, 16))
    if not 0 < value <= _LONGEST_UNITS:
        raise ReadError(f"a length of {text[:20]!r}")
    return value


class _Tune:
    """Walk through one tune, line by line."""

    def __init__(self, text: str, source: str, verse: Sequence[int] = ()) -> None:
        self._source, self._verse = source, verse
        self._key: Key | None = None
        self._voices = False
        self._overlaid = False
        # What each written note of the last line of music became, and what is sung to which note.
        self._written: list[int] = []
        self._sung: dict[int, Syllable] = {}
        self._cuts: set[int] = set()
        self._builder = MelodyBuilder()
        self._title, self._region, self._voice = "", "", ""
        self._muted = False
        self._bar_beats: float | None = None
        self._unit_beats: float | None = None
        self._signature: dict[str, int] | None = None
        self._first_metre: tuple[float, float] | None = None
        self._altered: dict[str, int] = {}
        self._bar_start_beats = 0.0
        self._first_bar_beats: float | None = None
        self._tied: tuple[str, int] | None = None
        self._tie_open = False
        self._tuplet = (0, 1.0)
        self._broken = 1.0
        self._lines = text.split("\n")

    def song(self) -> Song:
        """Return the tune as a Song; raise ReadError when its text makes no sense."""
        for line in self._lines:
            if _FIELD_LINE.match(line):
                self._field(line[0], line[2:])
            elif self._signature is not None and line.strip() and not line.startswith("%"):
                self._music(line)
        if self._signature is None:
            raise ReadError("it has no K: line")
        metre = metre_of(self._builder, self._first_metre, self._first_bar_beats)
        song = self._builder.song(self._title, metre, self._region, self._source, phrases_marked=True)
        if self._sung or self._voices:
            words = [self._sung.get(index) for index in range(len(song.notes))]
            song = replace(song, phrase_ends=phrase_ends(song.notes, words, self._cuts, self._verse))
        return replace(song, key=self._key)

    def _field(self, letter: str, value: str) -> None:
        value = value.split("%", 1)[0]
        if letter == "T":
            self._title = self._title or value.strip()
        elif letter == "O":
            self._region = self._region or region_of(value)
        elif letter == "M":
            told = bar_and_pulse(value)
            self._bar_beats = told[0] if told else None
            if self._signature is None:
                self._first_metre = told
        elif letter == "L":
            self._unit_beats = unit_beats(value)
        elif letter == "K":
            if self._signature is None:
                self._key = key_of(value)
            self._signature = key_signature(value)
            self._altered = {}
            if self._unit_beats is None:
                short = self._bar_beats is not None and self._bar_beats < 3.0
                self._unit_beats = 0.25 if short else 0.5
        elif letter == "V":
            # The first voice named is the one that is read.
            self._voice = self._voice or value.split()[0] if value.split() else self._voice
            self._muted = bool(value.split()) and value.split()[0] != self._voice
            self._voices = self._voices or self._muted
        elif letter == "w" and not self._muted and self._written:
            # The first verse; those below it have the same notes.
            self._sung.update(syllables_of(value, self._written))
            self._written = []

    def _music(self, line: str) -> None:
        line = _IGNORED.sub("", line)
        position = 0
        sounded = False
        if not self._muted:
            self._written = []
        while position < len(line):
            match = _TOKEN.match(line, position)
            if match is None:
                raise ReadError(f"{line[position]!r} in the music {line.strip()!r}")
            position = match.end()
            if match["field"]:
                self._field(match["field"], match["value"])
            elif self._muted or (self._overlaid and not match["bar"]):
                continue
            elif match["overlay"]:
                self._overlaid = True
            else:
                sounded = self._token(match) or sounded
        if self._muted or not sounded or line.rstrip().endswith("\\"):
            return
        self._builder.end_phrase()
        # The Essen files leave out a bar line where a line of music ends with a full bar. It counts
        # for the first bar's length; accidentals hold until a written bar line all the same (so the
        # tunes agree with the same collection's other encodings in 130 cases where they else do not).
        filled = self._builder.position_beats - self._bar_start_beats
        if self._bar_beats is not None and filled >= self._bar_beats - BEAT_TOLERANCE:
            self._end_bar()

    def _token(self, match: re.Match[str]) -> bool:
        """Take one token of music; return whether it sounds."""
        if match["step"]:
            self._note(match["acc"], match["step"], match["octave"], match["length"])
            return True
        if match["rest"]:
            unit = self._bar_beats if match["rest"] == "Z" and self._bar_beats else self._unit_beats or 0.5
            self._builder.rest(unit * _multiplier(match["rest_length"]) * self._stretch())
            self._tie_open = False
        elif match["chord"]:
            notes = [m for m in _TOKEN.finditer(match["chord"][1:-1]) if m["step"]]
            if notes:
                top = max(notes, key=lambda m: self._pitch(m["acc"], m["step"], m["octave"]))
                self._note(top["acc"], top["step"], top["octave"], match["chord_length"] or top["length"])
                return True
        elif match["bar"]:
            self._overlaid = False
            self._end_bar()
            self._altered = {}
            if ":" in match["bar"] or "||" in match["bar"] or "]" in match["bar"]:
                self._cuts.add(self._builder.count - 1)
        elif match["tie"]:
            self._tie_open = True
        elif match["tuplet"]:
            self._start_tuplet(match)
        elif match["broken"]:
            self._break_rhythm(match["broken"])
        return False

    def _start_tuplet(self, match: re.Match[str]) -> None:
        p = int(match["tuplet"])
        if p not in _TUPLET_Q:
            raise ReadError(f"a tuplet of {p}")
        self._tuplet = (int(match["r"] or p), int(match["q"] or _TUPLET_Q[p]) / p)

    def _break_rhythm(self, sign: str) -> None:
        """Dot the note before and halve the one after for `>`, the other way round for `<`."""
        small = 0.5 ** len(sign)
        before, after = (2.0 - small, small) if sign[0] == ">" else (small, 2.0 - small)
        self._builder.scale_last(before)
        self._broken = after

    def _stretch(self) -> float:
        left, ratio = self._tuplet
        factor = self._broken
        self._broken = 1.0
        if left:
            self._tuplet = (left - 1, ratio)
            factor *= ratio
        return factor

    def _end_bar(self) -> None:
        filled = self._builder.position_beats - self._bar_start_beats
        if self._first_bar_beats is None and filled > BEAT_TOLERANCE:
            self._first_bar_beats = filled
        self._bar_start_beats = self._builder.position_beats

    def _pitch(self, accidental: str | None, step: str, octave: str) -> int:
        upper = step.upper()
        if accidental is not None:
            # It holds for the step in every octave, ABC's default.
            self._altered[upper] = _ACCIDENTALS[accidental]
        alteration = self._altered.get(upper)
        if alteration is None:
            alteration = (self._signature or {}).get(upper, 0)
        base = _STEP_PITCHES[upper] + (12 if step.islower() else 0)
        return base + 12 * (octave.count("'") - octave.count(",")) + alteration

    def _note(self, accidental: str | None, step: str, octave: str, length: str) -> None:
        beats = (self._unit_beats or 0.5) * _multiplier(length) * self._stretch()
        pitch = self._pitch(accidental, step, octave)
        if self._tie_open and self._tied is not None:
            place, tied_pitch = self._tied
            # A tie carries its accidental over the bar line.
            if pitch == tied_pitch or (place == step + octave and accidental is None):
                self._builder.lengthen(beats)
                self._tie_open = False
                self._written.append(self._builder.count - 1)
                return
        self._builder.note(pitch, beats)
        self._written.append(self._builder.count - 1)
        self._tied = (step + octave, pitch)
        self._tie_open = False

"""A part of a MusicXML score as bars: one line of notes with its words, chords, repeats and time signatures.

Positions are fractions of a beat (a quarter note) from the bar's beginning. Of several voices the one with most
notes counts, and where it rests for a whole bar the one that does not; of a chord the top note. Grace and cue
notes are left out. Of an instrument that transposes all is told as it sounds: notes, key and chord symbols.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from xml.etree.ElementTree import Element

from engine.notes import Chord, Key
from trainer.readers.chord_symbols import NO_CHORD, STEPS, chord_of, moved
from trainer.readers.melody_builder import pulse_beats
from trainer.readers.phrases import Syllable
from trainer.readers.reader import ReadError

# No exponents: 1e999999999 is a fraction that no memory holds.
_NUMBER = re.compile(r"[+-]?\d{1,9}(?:\.\d{0,9})?")
_MOST_IN_SIGNATURE = 999
"""Of either number of a time signature; no float holds the longest that can be written."""


@dataclass(slots=True)
class Sung:
    """Hold one written note: where it begins in its bar, its length, pitch, voice, and what is sung to it."""

    onset: Fraction
    beats: Fraction
    pitch: int
    voice: str = "1"
    tied_on: bool = False
    syllable: Syllable | None = None


@dataclass(slots=True)
class Bar:
    """Hold one bar: its length as it is filled, the one that its time signature says with the pulse, its notes.

    endings: the numbers of the ending it stands under ("1", "1,2"), "" under none; closes: a repeat ends with it;
    opens: one begins with it; gap_beats: silence before it that fills up an odd bar.
    """

    beats: Fraction = Fraction(0)
    signature: tuple[float, float] | None = None
    notes: list[Sung] = field(default_factory=list)
    chords: list[Chord] = field(default_factory=list)
    endings: str = ""
    opens: bool = False
    closes: bool = False
    gap_beats: Fraction = Fraction(0)


def key_of(part: Element) -> Key | None:
    """Return the first key signature of a part, as it sounds."""
    key = part.find("measure/attributes/key")
    if key is None or key.findtext("fifths") is None:
        return None
    fifths = _number(key.findtext("fifths"), "key signature")
    if fifths.denominator != 1 or abs(fifths) > 14:
        return None
    semitones = int(_number(part.findtext("measure/attributes/transpose/chromatic"), "transposition", "0"))
    if semitones % 12:
        # A semitone is seven sharps; of the two keys on the same tones the one with fewer signs is meant.
        fifths = (fifths + 7 * semitones + 5) % 12 - 5
    degrees = {"major": 0, "minor": 9}.get((key.findtext("mode") or "").strip())
    tonic = None if degrees is None else (7 * int(fifths) + degrees) % 12
    return Key(int(fifths), tonic)


def bars_of(part: Element) -> list[Bar]:
    """Return the bars of a part; raise ReadError where its numbers make no sense."""
    reading = _Reading()
    bars = [reading.bar(measure) for measure in part.findall("measure")]
    voices = Counter(note.voice for bar in bars for note in bar.notes)
    for bar in bars:
        bar.notes = _line(bar.notes, voices)
    return bars


def last_endings(bars: Sequence[Bar]) -> list[Bar]:
    """Return the bars as they are played the last time: without an ending that another one follows."""
    kept: list[Bar] = []
    for bar, following in zip(bars, [*bars[1:], Bar()], strict=True):
        kept.append(bar)
        if bar.endings and following.endings not in ("", bar.endings):
            while kept and kept[-1].endings == bar.endings:
                kept.pop()
    return kept


def fill_up(bars: Sequence[Bar]) -> None:
    """Put silence before an upbeat that is written out inside a piece (after a repeat, before a strophe).

    Such a bar, or several that a repeat cuts from one, is short though its neighbours are full. Where this is so
    in more than one of eight, bars are not what they seem, and nothing is filled.
    """
    groups: list[list[Bar]] = []
    filled = Fraction(0)
    for bar in bars:
        full = Fraction(bar.signature[0]) if bar.signature else bar.beats
        if groups and groups[-1][0].signature == bar.signature and filled > 0 and filled + bar.beats <= full:
            groups[-1].append(bar)
            filled += bar.beats
        else:
            groups.append([bar])
            filled = bar.beats
        filled = Fraction(0) if filled >= full else filled
    gaps = []
    for group in groups[1:-1]:
        missing = (group[0].signature or (0.0, 0.0))[0] - sum(bar.beats for bar in group)
        if missing > 0 and not any(note.tied_on for note in group[0].notes[:1]):
            gaps.append((group[0], Fraction(missing)))
    if 8 * len(gaps) <= len(groups):
        for bar, gap in gaps:
            bar.gap_beats = gap


class _Reading:
    """Walk through the measures of a part, keeping what holds from one to the next."""

    def __init__(self) -> None:
        self._divisions = Fraction(1)
        self._lengths: dict[str | None, Fraction] = {}
        self._signature: tuple[float, float] | None = None
        self._transposed = 0
        self._ending = ""

    def bar(self, measure: Element) -> Bar:
        """Return the bar that a measure holds."""
        bar = Bar(signature=self._signature)
        cursor = filled = Fraction(0)
        onset = Fraction(0)
        for element in measure:
            if element.tag == "note":
                if element.find("grace") is not None:
                    continue
                beats = self._beats(element)
                if element.find("chord") is None:
                    onset, cursor = cursor, cursor + beats
                note = self._note(element, onset, beats)
                if note is not None:
                    bar.notes.append(note)
            elif element.tag == "backup":
                cursor = max(Fraction(0), cursor - self._beats(element))
            elif element.tag == "forward":
                cursor += self._beats(element)
            elif element.tag == "attributes":
                self._attributes(element)
                bar.signature = self._signature
            elif element.tag == "harmony":
                offset = _number(element.findtext("offset"), "offset", "0") / self._divisions
                chord = chord_of(element, float(max(Fraction(0), cursor + offset)))
                if chord is not None:
                    bar.chords.append(chord if chord.kind == NO_CHORD else moved(chord, self._transposed))
            elif element.tag == "barline":
                self._barline(element, bar)
            filled = max(filled, cursor)
        bar.beats = filled
        return bar

    def _beats(self, element: Element) -> Fraction:
        text = element.findtext("duration")
        beats = self._lengths.get(text)
        if beats is None:
            beats = _number(text, "duration", "0") / self._divisions
            if not 0 <= beats <= 1000:
                raise ReadError(f"a note lasts {float(beats):g} beats")
            self._lengths[text] = beats
        return beats

    def _attributes(self, element: Element) -> None:
        divisions = element.findtext("divisions")
        if divisions is not None:
            self._divisions = _number(divisions, "divisions")
            self._lengths = {}
            if self._divisions <= 0:
                raise ReadError(f"divisions of {divisions.strip()!r}")
        time = element.find("time")
        if time is not None:
            self._signature = _bar_and_pulse(time)
        transpose = element.find("transpose")
        if transpose is not None:
            octaves = _number(transpose.findtext("octave-change"), "transposition", "0")
            self._transposed = int(_number(transpose.findtext("chromatic"), "transposition", "0") + 12 * octaves)

    def _barline(self, element: Element, bar: Bar) -> None:
        repeat, ending = element.find("repeat"), element.find("ending")
        if ending is not None and ending.get("type") == "start":
            self._ending = ending.get("number", "1")
        if self._ending:
            bar.endings = self._ending
        if ending is not None and ending.get("type") in ("stop", "discontinue"):
            self._ending = ""
        if repeat is not None:
            bar.opens = bar.opens or repeat.get("direction") == "forward"
            bar.closes = bar.closes or repeat.get("direction") == "backward"
        if element.findtext("bar-style") in ("light-light", "light-heavy") and element.get("location") != "left":
            bar.closes = True

    def _note(self, element: Element, onset: Fraction, beats: Fraction) -> Sung | None:
        pitch = element.find("pitch")
        if pitch is None or beats == 0 or element.find("cue") is not None:
            return None
        if (element.findtext("staff") or "1").strip() != "1":
            return None
        step = (pitch.findtext("step") or "").strip()
        if step not in STEPS:
            raise ReadError(f"a note of step {step!r}")
        octave = int(_number(pitch.findtext("octave"), "octave"))
        number = 12 * (octave + 1) + STEPS[step] + round(_number(pitch.findtext("alter"), "alteration", "0"))
        tied_on = any(tie.get("type") == "stop" for tie in element.findall("tie"))
        voice = (element.findtext("voice") or "1").strip()
        return Sung(onset, beats, number + self._transposed, voice, tied_on, _syllable(element))


def _bar_and_pulse(time: Element) -> tuple[float, float] | None:
    """Return the lengths of a bar and of its pulse in beats, or None for a free metre."""
    above, below = time.findtext("beats"), time.findtext("beat-type")
    if not above or not below:
        return None
    try:
        parts = [int(part) for part in above.split("+")]
        unit = int(below)
    except ValueError:
        return None
    if min(parts) <= 0 or unit <= 0 or max(sum(parts), unit) > _MOST_IN_SIGNATURE:
        return None
    return sum(parts) * 4.0 / unit, pulse_beats(sum(parts), unit)


def _syllable(element: Element) -> Syllable | None:
    """Return the syllable of the first verse that stands below a note."""
    lyrics = [lyric for lyric in element.findall("lyric") if lyric.find("text") is not None]
    if not lyrics:
        return None
    first = min(lyrics, key=lambda lyric: lyric.get("number", "1"))
    text = "".join(part.text or "" for part in first.findall("text")).strip()
    if not text:
        return None
    syllabic = (first.findtext("syllabic") or "single").strip()
    return Syllable(text, syllabic in ("single", "end"), syllabic in ("single", "begin"))


def _line(notes: Iterable[Sung], voices: Counter[str]) -> list[Sung]:
    """Return a bar's notes as one line: of the voices the busiest that has any, of a chord the top note."""
    notes = list(notes)
    if not notes:
        return []
    voice = max({note.voice for note in notes}, key=lambda name: (voices[name], name))
    top: dict[Fraction, Sung] = {}
    for note in notes:
        held = top.get(note.onset)
        if note.voice == voice and (held is None or note.pitch > held.pitch):
            syllable = note.syllable or (held.syllable if held else None)
            top[note.onset] = replace(note, syllable=syllable)
        elif note.voice == voice and held is not None and held.syllable is None:
            held.syllable = note.syllable
    line = [top[onset] for onset in sorted(top)]
    for before, after in pairwise(line):
        before.beats = min(before.beats, after.onset - before.onset)
    return line


@lru_cache(maxsize=4096)
def _number(text: str | None, name: str, missing: str | None = None) -> Fraction:
    text = (text if text is not None else missing or "").strip()
    if not _NUMBER.fullmatch(text):
        raise ReadError(f"a {name} of {text[:20]!r}")
    return Fraction(text)

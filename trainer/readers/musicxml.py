"""Read MusicXML (`.musicxml`, `.xml`, compressed `.mxl`): the sung line or the lead sheet's, with chord symbols.

Of several parts the first that is sung counts (one with at least half as many syllables as any other), else the
one with chord symbols, else the first with notes. Repeats are not unfolded; of endings the last one counts. Bars
in which the line rests are the others' music: those before it begins are left out, and of several in a row one is
kept, as is the place in the bar; an upbeat written out inside a piece gets the silence that fills its bar. The
metre is that of most bars; where one bar in twenty lies otherwise (another signature, an odd bar) the song has
none. Phrase ends: `phrases`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from xml.etree.ElementTree import Element

from engine.notes import Chord, Metre, Note, Song
from trainer.readers.phrases import Syllable, phrase_ends
from trainer.readers.reader import ReadError, SourceFile, require_melody
from trainer.readers.score_bars import Bar, bars_of, fill_up, key_of, last_endings
from trainer.readers.score_xml import score_of, unpacked_score

_IN_PLACE = 0.95
"""Share of the notes that must lie in the bars as the metre says, for a song to have one."""


def read_musicxml(file: SourceFile) -> Iterator[Song]:
    """Yield the song of a plain score; raise ReadError when it is none."""
    yield _song(score_of(file.data), file)


def read_mxl(file: SourceFile) -> Iterator[Song]:
    """Yield the song of a compressed score; raise ReadError when it is none."""
    yield _song(unpacked_score(file.data), file)


def melody_part(root: Element) -> Element:
    """Return the part that holds the melody; raise ReadError when no part has notes."""
    parts = [part for part in root.findall("part") if part.find("measure/note/pitch") is not None]
    if not parts:
        raise ReadError("it holds no notes")
    sung = [len(part.findall("measure/note/lyric/text")) for part in parts]
    if max(sung):
        return next(part for part, syllables in zip(parts, sung, strict=True) if 2 * syllables >= max(sung))
    return next((part for part in parts if part.find("measure/harmony") is not None), parts[0])


def _song(root: Element, file: SourceFile) -> Song:
    part = melody_part(root)
    bars = _with_music(last_endings(bars_of(part)))
    fill_up(bars)
    line = _Line(bars)
    require_melody(line.notes)
    title = root.findtext("work/work-title") or root.findtext("movement-title") or file.path.stem
    return Song(
        title=" ".join(title.split()),
        notes=tuple(line.notes),
        metre=line.metre(),
        phrase_ends=phrase_ends(line.notes, line.syllables, line.cuts),
        region=file.folder,
        source=file.name,
        key=key_of(part),
        chords=line.chords(),
    )


def _with_music(bars: Sequence[Bar]) -> list[Bar]:
    """Return the bars from the first with notes to the last, of those without only one in a row."""
    kept: list[Bar] = []
    for bar in bars:
        if bar.notes or (kept and kept[-1].notes):
            kept.append(bar)
        elif kept and bar.closes:
            kept[-1].closes = True
    while kept and not kept[-1].notes:
        kept.pop()
    return kept


class _Line:
    """Join the notes of bars to one line.

    notes: from the first on, which no rest precedes; syllables: one a note; cuts: the notes at a repeat's end.
    """

    def __init__(self, bars: Sequence[Bar]) -> None:
        self.notes: list[Note] = []
        self.syllables: list[Syllable | None] = []
        self.cuts: set[int] = set()
        self._bars = bars
        self._begins: list[Fraction] = []
        self._bar_of: list[int] = []
        begin, end = Fraction(0), Fraction(0)
        self._first: Fraction = bars[0].notes[0].onset if bars else Fraction(0)
        for number, bar in enumerate(bars):
            begin += bar.gap_beats
            self._begins.append(begin)
            if bar.opens and self.notes:
                self.cuts.add(len(self.notes) - 1)
            for note in bar.notes:
                onset = begin + note.onset
                last = self.notes[-1] if self.notes else None
                if last is not None and note.tied_on and last.pitch == note.pitch and onset == end:
                    self.notes[-1] = replace(last, duration_beats=_beats(last.duration_beats, note.beats))
                else:
                    if not 0 <= note.pitch <= 127:
                        raise ReadError(f"pitch {note.pitch} is outside MIDI's 0..127")
                    rest = onset - end if self.notes else Fraction(0)
                    self.notes.append(Note(note.pitch, float(note.beats), float(rest)))
                    self.syllables.append(note.syllable)
                    self._bar_of.append(number)
                end = onset + note.beats
            if bar.closes and self.notes:
                self.cuts.add(len(self.notes) - 1)
            begin += max(bar.beats, bar.notes[-1].onset + bar.notes[-1].beats if bar.notes else bar.beats)

    def metre(self) -> Metre | None:
        """Return the metre of most bars, or None where too many notes lie in others."""
        signatures = Counter(self._bars[number].signature for number in self._bar_of)
        [(signature, _)] = signatures.most_common(1)
        if signature is None:
            return None
        bar_beats, pulse = signature
        length = Fraction(bar_beats)
        # A bar that is short lies before the bar line if it is the first, and else after one.
        phases = Counter(
            begin % length
            for number, begin in enumerate(self._begins)
            if number or self._bars[number].beats == length
        )
        phase = phases.most_common(1)[0][0] if phases else (self._bars[0].beats % length)
        placed = sum(
            1
            for number in self._bar_of
            if self._bars[number].signature == signature
            and (self._begins[number] % length == phase or self._fills_up(number, length, phase))
        )
        if placed < _IN_PLACE * len(self.notes):
            return None
        return Metre(bar_beats, float((self._first - phase) % length), pulse)

    def _fills_up(self, number: int, length: Fraction, phase: Fraction) -> bool:
        """Say whether a bar is part of a full one, split by a repeat or the upbeat of all."""
        before = (self._begins[number] - phase) % length
        return before + self._bars[number].beats <= length

    def chords(self) -> tuple[Chord, ...]:
        """Return the chords from the first note on, the one before it moved there; each place has one."""
        chords: dict[float, Chord] = {}
        for bar, begin in zip(self._bars, self._begins, strict=True):
            for chord in bar.chords:
                onset = max(0.0, float(begin - self._first) + chord.onset_beats)
                chords[onset] = replace(chord, onset_beats=onset)
        return tuple(chords[onset] for onset in sorted(chords))


def _beats(before: float, more: Fraction) -> float:
    """Return a sum of lengths without the last digits that floats add."""
    return float(Fraction(before).limit_denominator(10_000) + more)

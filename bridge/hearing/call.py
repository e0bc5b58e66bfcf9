"""The player's call: what is being played, read as a score as it comes. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bridge.events import ControlChange, NoteOff, NoteOn
from bridge.hearing.key import KeyEstimate, estimate_key
from bridge.hearing.rhythm import Beats, Reading, RhythmReader
from bridge.hearing.transcribe import PlayedNote, Transcriber
from bridge.hearing.turn_taking import Heard
from engine.notes import Note

MOST_NOTES = 128
"""A call has at most so many notes, some thirty bars; what came before is past."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Hold a call as it stands: played, read, and how it is held.

    line: as played, the last note may still sound; reading: None before the first note has ended; key: of the
    call, or of the last one where nothing is read; held: a key or the pedal holds a note; last_off_s: when a key
    or the pedal was last let go, None if none was; interjected: notes of an answer that sounded within the call
    and were taken back, in order.
    """

    line: tuple[PlayedNote, ...] = ()
    reading: Reading | None = None
    key: KeyEstimate | None = None
    held: bool = False
    last_off_s: float | None = None
    interjected: tuple[PlayedNote, ...] = ()

    @property
    def notes(self) -> tuple[Note, ...]:
        """Return the complete notes, in beats, the first without a rest before it."""
        return self.reading.notes if self.reading is not None else ()

    @property
    def started(self) -> bool:
        """Say whether a note was played."""
        return bool(self.line)


class Call:
    """Collect one phrase of the player's and read it into notes in beats; `phrase` is the call as it stands."""

    def __init__(self) -> None:
        self.phrase = Phrase()
        self._transcriber = Transcriber()
        self._reader = RhythmReader()
        self._usual_beats: tuple[float, ...] = ()
        self._usual_spans_s: tuple[float, ...] = ()

    def feed(self, event: NoteOn | NoteOff | ControlChange) -> None:
        """Take what was played."""
        self._transcriber.feed(event)
        self._look()

    def interject(self, notes: Sequence[PlayedNote]) -> None:
        """Enter notes of an answer that came in before this call was over: they were heard, and it goes on."""
        self.phrase = replace(self.phrase, interjected=(*self.phrase.interjected, *notes))

    def let_go(self, now_s: float, hold_max_s: float) -> bool:
        """Let time pass: keys held for longer than hold_max_s no longer count as held; return whether any was."""
        released = self._transcriber.let_go(now_s, hold_max_s)
        if released:
            self._look()
        return released

    def _look(self) -> None:
        """Take in the melody and the keys as they are now."""
        heard = self._transcriber
        self.phrase = replace(self.phrase, line=heard.line, held=heard.held, last_off_s=heard.last_off_s)

    def heard(self, phrase_end: float | None, bar_beats: float | None = None) -> Heard:
        """Return what the rules of turns want to know; phrase_end, bar_beats: as they are told there."""
        reading = self.phrase.reading
        return Heard(
            line=self.phrase.line,
            last_off_s=self.phrase.last_off_s,
            held=self.phrase.held,
            phrase_end=phrase_end,
            beats=self._beats(),
            usual_beats=self._usual_beats,
            usual_spans_s=self._usual_spans_s,
            beat_s=60.0 / reading.bpm if reading is not None else None,
            bar_beats=bar_beats,
            late_s=reading.late_s if reading is not None else 0.0,
        )

    def _beats(self) -> float | None:
        """Return the length as read, from the first onset to the end of the last note."""
        reading = self.phrase.reading
        if reading is None or not reading.notes:
            return None
        return reading.beats[-1] - reading.beats[0] + reading.notes[-1].duration_beats

    def read(self, tempo: Beats | None, prior_bpm: float | None, *, until_s: float | None = None) -> None:
        """Read what was played so far.

        A last note that is still held is not among its notes, unless until_s says that it ends then. tempo: the
        beats of a clock, or None to find the tempo in the playing, near prior_bpm if given.
        """
        line = self.phrase.line
        if line and line[-1].end_s is None:
            line = (*line[:-1], replace(line[-1], end_s=until_s)) if until_s is not None else line[:-1]
        reading = self._reader.read(line, tempo, prior_bpm=prior_bpm) if line else None
        key = estimate_key(reading.notes) if reading is not None else None
        self.phrase = replace(self.phrase, reading=reading, key=key)

    def shed(self) -> Phrase | None:
        """Let go of the front of a call that has outgrown MOST_NOTES; return it as it was read, or None.

        A player who never pauses would else make every note cost more than the one before it.
        """
        reading = self.phrase.reading
        if reading is None or len(reading.notes) <= MOST_NOTES:
            return None
        line, interjected = self.phrase.line, self.phrase.interjected
        count = MOST_NOTES // 2
        while any(line[count - 1].onset_s < note.onset_s <= line[count].onset_s for note in interjected):
            count += 1  # what stands at the seam would stand in neither part
        begin_s = line[count].onset_s
        front = replace(reading, notes=reading.notes[:count], beats=reading.beats[:count])
        before = tuple(note for note in interjected if note.onset_s < begin_s)
        shed = Phrase(line[:count], front, self.phrase.key, interjected=before)
        self._transcriber.forget_first(count)
        self.phrase = replace(self.phrase, reading=None, interjected=interjected[len(before) :])
        self._look()
        return shed

    def release(self) -> None:
        """Take every key and pedal for released: what held them is gone, or panic was asked for."""
        for number in (121, 123):
            self._transcriber.feed(ControlChange(0.0, number, 0))
        self._look()

    def clear(self) -> None:
        """Make room for the next call. Keys that are still down stay known, so that their release is no news."""
        beats, line = self._beats(), self.phrase.line
        if beats is not None:
            self._usual_beats = (*self._usual_beats[-3:], beats)
            self._usual_spans_s = (*self._usual_spans_s[-3:], line[-1].onset_s - line[0].onset_s)
        self._transcriber.clear()
        self.phrase = replace(self.phrase, reading=None, interjected=())
        self._look()

    def forget_earlier(self) -> None:
        """Forget how long earlier calls were."""
        self._usual_beats = self._usual_spans_s = ()

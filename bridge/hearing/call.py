"""The player's call: what is being played, read as a score as it comes. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bridge.events import ControlChange, NoteOff, NoteOn
from bridge.hearing.key import KeyEstimate, estimate
from bridge.hearing.rhythm import Beats, Reader, Reading
from bridge.hearing.transcribe import PlayedNote, Transcriber
from bridge.hearing.turns import Heard
from engine.notes import Note

MOST_NOTES = 128
"""A call has at most so many notes, some thirty bars; what came before is past."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Hold a call as it stands: played, read, and how it is held.

    line: as played, the last note may still sound; reading: None before the first note has ended; key: of the
    call, or of the last one where nothing is read; held: a key or the pedal holds a note; last_off_s: when a key
    or the pedal was last let go, None if none was.
    """

    line: tuple[PlayedNote, ...] = ()
    reading: Reading | None = None
    key: KeyEstimate | None = None
    held: bool = False
    last_off_s: float | None = None

    @property
    def notes(self) -> tuple[Note, ...]:
        """Return the complete notes, in beats, the first without a rest before it."""
        return self.reading.notes if self.reading is not None else ()


class Call:
    """Collect one phrase of the player's and read it into notes in beats."""

    def __init__(self) -> None:
        self._transcriber = Transcriber()
        self._reader = Reader()
        self._usual_beats: tuple[float, ...] = ()
        self._usual_spans_s: tuple[float, ...] = ()
        self._reading: Reading | None = None
        self._key: KeyEstimate | None = None

    def feed(self, event: NoteOn | NoteOff | ControlChange) -> None:
        """Take what was played."""
        self._transcriber.feed(event)

    def check(self, now_s: float, hold_max_s: float) -> None:
        """Let time pass: keys held for longer than hold_max_s no longer count as held."""
        self._transcriber.hold_max_s = hold_max_s
        self._transcriber.check(now_s)

    @property
    def started(self) -> bool:
        """Say whether a note was played."""
        return bool(self._transcriber.line)

    @property
    def line(self) -> tuple[PlayedNote, ...]:
        """Return the melody as played."""
        return self._transcriber.line

    @property
    def held(self) -> bool:
        """Say whether a key or the pedal still holds a note."""
        return self._transcriber.held

    @property
    def last_off_s(self) -> float | None:
        """Return when the last note was released."""
        return self._transcriber.last_off_s

    def heard(self, phrase_end: float | None) -> Heard:
        """Return what the rules of turns want to know."""
        line = self._transcriber.line
        return Heard(
            onsets_s=self._transcriber.onset_times,
            last_off_s=self.last_off_s,
            held=self.held,
            phrase_end=phrase_end,
            ends_s=[note.end_s for note in line if note.end_s is not None],
            beats=self._beats(),
            usual_beats=self._usual_beats,
            usual_spans_s=self._usual_spans_s,
        )

    def _beats(self) -> float | None:
        """Return the length as read, from the first onset to the end of the last note."""
        if self._reading is None or not self._reading.notes:
            return None
        return self._reading.beats[-1] - self._reading.beats[0] + self._reading.notes[-1].duration_beats

    def read(self, tempo: Beats | None, prior_bpm: float | None, *, until_s: float | None = None) -> Phrase:
        """Read what was played so far and return it.

        A last note that is still held is not among its notes, unless until_s says that it ends then. tempo: the
        beats of a clock, or None to find the tempo in the playing, near prior_bpm if given.
        """
        line = self._transcriber.line
        if line and line[-1].end_s is None:
            line = (*line[:-1], replace(line[-1], end_s=until_s)) if until_s is not None else line[:-1]
        self._reading = self._reader.read(line, tempo, prior_bpm=prior_bpm) if line else None
        self._key = estimate(self._reading.notes) if self._reading is not None else None
        return self.phrase

    @property
    def phrase(self) -> Phrase:
        """Return the call as it was last read, with the keys as they are now."""
        return Phrase(self.line, self._reading, self._key, self.held, self.last_off_s)

    def shed(self) -> Phrase | None:
        """Let go of the front of a call that has outgrown MOST_NOTES; return it as it was read, or None.

        A player who never pauses would else make every note cost more than the one before it.
        """
        if self._reading is None or len(self._reading.notes) <= MOST_NOTES:
            return None
        count = MOST_NOTES // 2
        reading = replace(self._reading, notes=self._reading.notes[:count], beats=self._reading.beats[:count])
        front = Phrase(self.line[:count], reading, self._key)
        self._transcriber.forget_first(count)
        self._reading = None
        return front

    def release(self) -> None:
        """Take every key and pedal for released: what held them is gone, or panic was asked for."""
        for number in (121, 123):
            self._transcriber.feed(ControlChange(0.0, number, 0))

    def clear(self) -> None:
        """Make room for the next call. Keys that are still down stay known, so that their release is no news."""
        beats = self._beats()
        if beats is not None:
            onsets_s = self._transcriber.onset_times
            self._usual_beats = (*self._usual_beats[-3:], beats)
            self._usual_spans_s = (*self._usual_spans_s[-3:], onsets_s[-1] - onsets_s[0])
        self._transcriber.clear()
        self._reading = None

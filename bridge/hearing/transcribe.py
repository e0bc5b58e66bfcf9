"""Played events to a melody line: overlaps, chords, pedal, lost note-offs. In seconds; beats come later."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bridge.events import ControlChange, NoteOff, NoteOn

CHORD_S = 0.035
"""Onsets this close are one chord: pianists spread a chord over up to about 30 ms, while the quickest trills
come at 70 ms a note and thirty-seconds at 120 bpm at 62 ms, so 35 ms parts the two."""

_SUSTAIN, _SOUND_OFF, _RESET, _NOTES_OFF = 64, 120, 121, 123
_PEDAL_DOWN = 64

_Key = tuple[int, int]


@dataclass(frozen=True, slots=True)
class PlayedNote:
    """Hold one note of the line as it was played.

    pitch, velocity: of the top note of a chord. onset_s: of the chord's first note. end_s: when it stopped
    sounding or the next note of the line began, whichever was first; None while it sounds. chord: the
    other pitches struck with it, ascending.
    """

    pitch: int
    onset_s: float
    end_s: float | None
    velocity: int
    chord: tuple[int, ...] = ()


@dataclass(slots=True)
class _Sounding:
    """A key that is down, or up but held by the pedal."""

    onset_s: float
    down: bool = True


class Transcriber:
    """Make a monophonic melody of what is played, by these rules.

    - Onsets within 35 ms of a chord's first are one note of the line: the top one. The others are kept with
      it in `chord`, so no note-on is ever lost.
    - The line has one note at a time: a later note ends the earlier one, even if that key stays down
      (legato, a pedal point). When the later key goes up the line does not fall back to the earlier.
    - A key struck again without a note-off closes its first note and begins a new one.
    - The sustain pedal (CC 64, of any channel: a player has one) keeps notes sounding until it goes up.
    - A note-off that is lost cannot hold anything up: `let_go` counts a key (or pedalled note) that is older than
      it says as released at that age; its late note-off is ignored.
    - Keys are told apart by channel and pitch, so MPE, one channel a note, needs no rule of its own.
    - CC 120 and 123 release everything, CC 121 lifts the pedal. A note-off without its note-on is ignored.
    - Time does not run backwards: an earlier stamp counts as the latest one seen.
    """

    def __init__(self) -> None:
        self.last_off_s: float | None = None
        self._done: list[PlayedNote] = []
        self._open: PlayedNote | None = None
        self._open_key: _Key | None = None
        self._sounding: dict[_Key, _Sounding] = {}
        self._pedals: set[int] = set()
        self._now_s = float("-inf")

    def feed(self, event: NoteOn | NoteOff | ControlChange) -> None:
        """Take in one played event, in the order of time."""
        self._now_s = max(self._now_s, event.time_s)
        if isinstance(event, NoteOn):
            self._note_on((event.channel, event.pitch), event.velocity)
        elif isinstance(event, NoteOff):
            self._note_off((event.channel, event.pitch))
        elif event.number == _SUSTAIN:
            self._pedal(event.channel, event.value >= _PEDAL_DOWN)
        elif event.number in (_SOUND_OFF, _NOTES_OFF):
            self._pedals.clear()
            self._release(list(self._sounding), self._now_s)
        elif event.number == _RESET:
            self._pedal(event.channel, False)

    def let_go(self, now_s: float, hold_max_s: float) -> bool:
        """Let time pass: release what has been held for longer than hold_max_s; return whether something was."""
        self._now_s = max(self._now_s, now_s)
        before = len(self._sounding)
        for key, sounding in list(self._sounding.items()):
            if self._now_s - sounding.onset_s >= hold_max_s:
                self._release([key], sounding.onset_s + hold_max_s)
        return len(self._sounding) < before

    @property
    def line(self) -> tuple[PlayedNote, ...]:
        """Return the melody since the last `clear`, in order; the last note may still sound."""
        return (*self._done, self._open) if self._open else tuple(self._done)

    @property
    def held(self) -> bool:
        """Tell whether any key is down or kept sounding by the pedal."""
        return bool(self._sounding)

    def clear(self) -> None:
        """Begin a new line. Keys that are down stay known, so that their note-offs find them."""
        self._done.clear()
        self._open = self._open_key = None
        self.last_off_s = None

    def forget_first(self, count: int) -> None:
        """Forget the first notes of the line, fewer than it has."""
        del self._done[:count]

    def _note_on(self, key: _Key, velocity: int) -> None:
        if key in self._sounding:
            self._release([key], self._now_s)
        self._sounding[key] = _Sounding(self._now_s)
        last = self._last()
        if last is None or self._now_s - last.onset_s > CHORD_S:
            self._end(self._now_s)
            self._open = PlayedNote(key[1], self._now_s, None, velocity)
            self._open_key = key
        else:
            self._join(last, key, velocity)

    def _last(self) -> PlayedNote | None:
        return self._open or (self._done[-1] if self._done else None)

    def _join(self, last: PlayedNote, key: _Key, velocity: int) -> None:
        """Add a note to the chord that the line ends with."""
        if self._open is None:
            self._done.pop()
        if key[1] < last.pitch:
            self._open = replace(last, chord=tuple(sorted((*last.chord, key[1]))))
            if last.end_s is not None:
                self._end(last.end_s)
            return
        chord = tuple(sorted((*last.chord, last.pitch)))
        self._open = PlayedNote(key[1], last.onset_s, None, velocity, chord)
        self._open_key = key

    def _note_off(self, key: _Key) -> None:
        sounding = self._sounding.get(key)
        if sounding is None:
            return
        if self._pedals:
            sounding.down = False
        else:
            self._release([key], self._now_s)

    def _pedal(self, channel: int, down: bool) -> None:
        if down:
            self._pedals.add(channel)
            return
        self._pedals.discard(channel)
        if not self._pedals:
            self._release([key for key, it in self._sounding.items() if not it.down], self._now_s)

    def _release(self, keys: list[_Key], time_s: float) -> None:
        for key in keys:
            del self._sounding[key]
            self.last_off_s = max(time_s, self.last_off_s or time_s)
            if key == self._open_key:
                self._end(max(time_s, self._open.onset_s if self._open else time_s))

    def _end(self, time_s: float) -> None:
        """Close the note that the line ends with."""
        if self._open is not None:
            self._done.append(replace(self._open, end_s=time_s))
        self._open = self._open_key = None

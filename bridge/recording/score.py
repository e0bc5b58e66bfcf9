"""A recording as a MIDI file: player and answers on tracks of their own, tempo, bars, markers at the takes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from bridge.recording.journal import Recording, Struck
from bridge.recording.timeline import Stretch, Timeline
from bridge.take import Take
from engine.midi_out import TICKS_PER_BEAT, Conductor, Part, midi_notes, write_midi
from engine.midi_tracks import Keystroke, MidiNote, pair_strokes
from engine.notes import Metre, bar_name

LONGEST_SILENCE_S = 60.0
"""A longer one lasts so long in the file: nobody wants to scroll through an hour."""


def write_recording(recording: Recording, path: Path) -> None:
    """Write a recording as a MIDI file of type 1; raise UserError when the disk refuses.

    What still sounds at the end of a side is released there.
    """
    time = _FileTime(recording)
    parts = [
        Part(
            "player",
            _notes(recording.player, time),
            [(time.ticks(at_s), value) for at_s, value in recording.pedal],
        ),
        Part("answer", _notes(recording.answer, time)),
    ]
    write_midi(path, parts, time.conductor(markers(recording)))


def write_take(take: Take, path: Path) -> None:
    """Write a take behind its call, at its tempo; raise UserError when the disk refuses."""
    call = (*(replace(note, rest_beats=0.0) for note in take.call[:1]), *take.call[1:])
    call_beats = sum(note.rest_beats + note.duration_beats for note in call)
    time = take.time
    place = time.call_place_beats if call else time.place_beats
    lead = place if time.bar_beats else 0.0
    answer = _played(take, lead + call_beats)
    signatures = [(0, _signature(time.bar_beats, time.pulse_beats))] if time.bar_beats else []
    conductor = Conductor(
        [(0, time.bpm)],
        signatures,
        [(round((lead + call_beats) * TICKS_PER_BEAT), _title(take.number, take.kept))],
    )
    write_midi(path, [Part("call", midi_notes(call, lead)), Part("answer", answer)], conductor)


def markers(recording: Recording) -> list[tuple[float, str]]:
    """Return (seconds, text) of each take, and of each time that one sounded again."""
    found = [
        (take.time.begun_s, _title(number, number in recording.kept)) for number, take in recording.takes.items()
    ]
    for at_s, number, looping in recording.again:
        found.append((at_s, f"take {number} " + ("loop" if looping else "again")))
    return sorted(found)


def stretches(recording: Recording) -> list[Stretch]:
    """Return the times in which the tempo is known: beats of a clock, else calls and answers."""
    found = [
        Stretch(each.time_s, each.time_s, each.bpm, each.beat % each.bar_beats, each.bar_beats)
        for each in recording.beats
        if each.bar_beats > 0
    ]
    for take in recording.takes.values():
        if not take.time.clocked:
            found += _of_take(take)
    return found


def _of_take(take: Take) -> Iterable[Stretch]:
    time = take.time
    bar = time.bar_beats or 1.0
    signature = _signature(time.bar_beats, time.pulse_beats) if time.bar_beats else ""
    if time.call_s is not None and time.call_last_s is not None:
        yield Stretch(time.call_s, time.call_last_s, time.bpm, time.call_place_beats % bar, bar, signature)
    last_beats = take.beats - (take.notes[-1].note.duration_beats if take.notes else 0.0)
    last_s = time.begun_s + last_beats * 60.0 / time.bpm
    yield Stretch(time.begun_s, last_s, time.bpm, time.place_beats % bar, bar, signature)


def _signature(bar_beats: float, pulse_beats: float) -> str:
    return bar_name(Metre(bar_beats, 0.0, pulse_beats))


def _title(number: int, kept: bool) -> str:
    return f"take {number}" + (" (kept)" if kept else "")


def _played(take: Take, begin_beats: float) -> list[MidiNote]:
    """Return the notes of a take as they sounded, the first on a beat."""
    notes, beat = [], begin_beats
    for index, each in enumerate(take.notes):
        beat += each.note.rest_beats if index else 0.0
        onset = beat + each.nudge_beats
        ticks = (round(onset * TICKS_PER_BEAT), round((onset + each.sounding_beats) * TICKS_PER_BEAT))
        notes.append(MidiNote(*ticks, each.note.pitch, each.velocity, each.channel))
        beat += each.note.duration_beats
    return notes


def _notes(struck: Sequence[Struck], time: _FileTime) -> list[MidiNote]:
    strokes = [Keystroke(time.ticks(each.time_s), each.pitch, each.velocity, each.channel) for each in struck]
    return pair_strokes(strokes, strokes[-1].ticks if strokes else 0)


@dataclass(frozen=True, slots=True)
class _Cut:
    """A silence that is too long: from when on it is left out, and how much of it."""

    time_s: float
    seconds: float


class _FileTime:
    """Map a recording's seconds to the ticks of its file."""

    def __init__(self, recording: Recording) -> None:
        times_s = sorted(each.time_s for each in (*recording.player, *recording.answer))
        begin_s = times_s[0] if times_s else 0.0
        self._cuts = [
            _Cut(before_s + LONGEST_SILENCE_S, after_s - before_s - LONGEST_SILENCE_S)
            for before_s, after_s in pairwise(times_s)
            if after_s - before_s > LONGEST_SILENCE_S
        ]
        bpm = next((bpm for _, bpm in recording.tempos), 120.0)
        inside = [each for each in stretches(recording) if begin_s - 16.0 <= each.start_s]
        self._timeline = Timeline([self._cut(each) for each in inside], self._seconds(begin_s), bpm)

    def _seconds(self, time_s: float) -> float:
        """Return a time without the silences that are left out."""
        return time_s - sum(min(max(time_s - cut.time_s, 0.0), cut.seconds) for cut in self._cuts)

    def _cut(self, stretch: Stretch) -> Stretch:
        start_s, end_s = self._seconds(stretch.start_s), self._seconds(stretch.end_s)
        return Stretch(start_s, end_s, stretch.bpm, stretch.place_beats, stretch.bar_beats, stretch.signature)

    def ticks(self, time_s: float) -> int:
        """Return the tick of a time, 0 at the earliest."""
        return max(0, round(self._timeline.beat_at(self._seconds(time_s)) * TICKS_PER_BEAT))

    def conductor(self, marked: Iterable[tuple[float, str]]) -> Conductor:
        """Return what the file's first track says: tempos, bars, and these markers."""
        tempos = [(max(0, round(knot.beat * TICKS_PER_BEAT)), knot.bpm) for knot in self._timeline.knots]
        signatures = [(round(beat * TICKS_PER_BEAT), name) for beat, name in self._timeline.signatures]
        return Conductor(tempos, signatures, [(self.ticks(at_s), text) for at_s, text in marked])

"""Which notes of a MIDI file are the melody: of several tracks or channels one is chosen, of chords the top line.

Drums never count. Tracks that hardly overlap are one line (two players in turn). Else a track whose name says that
it is the melody counts; else, of those that are one voice throughout and have at least a quarter of the notes of
the busiest, the highest; else the top line of all. What accompanies below a held note, or far below the line, is
no part of it.
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from engine.midi_file import DRUM_CHANNEL, MidiFile
from engine.midi_tracks import MidiNote

_MELODIC = re.compile(
    r"\b(melod\w*|tune|theme|lead|vocals?|vox|voice|sing\w*|soprano|cantus|canto|chant|gesang|stimme|solo)\b",
    re.IGNORECASE,
)
_BACKING = re.compile(r"\b(back\w*|bgv|choir|harmon\w*|alto|tenor|bass|2|ii)\b", re.IGNORECASE)
_ONE_VOICE = 0.1
"""Share of a line's notes that may begin while an earlier one sounds on."""
_LEAST_SHARE = 0.25
_FAR_BELOW = 19
"""Semitones below a polyphonic track's middle top note at which a note that stands alone is accompaniment."""


@dataclass(frozen=True)
class MelodyChoice:
    """Hold the melody's notes by onset, the name of the track they come from, and how they were chosen.

    remark: "" where there was nothing to choose.
    """

    notes: list[MidiNote]
    name: str
    remark: str = ""


def choose_melody(midi: MidiFile) -> MelodyChoice:
    """Return the melody of a file; without notes where it has none but the drums'."""
    lines: dict[tuple[int, int], list[MidiNote]] = {}
    for number, track in enumerate(midi.tracks, start=1):
        for note in sorted(track.notes):
            if note.channel != DRUM_CHANNEL:
                lines.setdefault((number, note.channel), []).append(note)
    name = next((track.name for track in midi.tracks if track.notes and track.name), "")
    everything = sorted(note for line in lines.values() for note in line)
    grain = midi.ticks_per_beat // 8
    if overlapping(everything, grain) <= _ONE_VOICE:
        return MelodyChoice(everything, name)
    if len(lines) == 1:
        return MelodyChoice(top_line(everything, grain), name, "it has chords: the top line is taken")
    chosen, why = _chosen(midi, lines, grain)
    if chosen is None:
        return MelodyChoice(
            top_line(everything, grain),
            name,
            f"none of its {len(lines)} tracks is one voice: the top line is taken",
        )
    number, channel = chosen
    label = midi.tracks[number - 1].name
    told = f"track {number}" + (f" {label!r}" if label else "") + f", channel {channel + 1}"
    line = lines[chosen]
    if overlapping(line, grain) > _ONE_VOICE:
        line, why = top_line(line, grain), f"{why}; it has chords: of them the top line"
    return MelodyChoice(line, label or name, f"the melody is taken from {told}, one of {len(lines)} ({why})")


def _chosen(
    midi: MidiFile, lines: dict[tuple[int, int], list[MidiNote]], grain: int
) -> tuple[tuple[int, int] | None, str]:
    most = max(len(line) for line in lines.values())
    full = [key for key, line in lines.items() if len(line) >= _LEAST_SHARE * most]
    named = [
        key
        for key in lines
        if _MELODIC.search(midi.tracks[key[0] - 1].name) and not _BACKING.search(midi.tracks[key[0] - 1].name)
    ]
    if named:
        return max(named, key=lambda key: len(lines[key])), "as its name says"
    single = [key for key in full if overlapping(lines[key], grain) <= _ONE_VOICE]
    if not single:
        return None, ""
    return max(
        single, key=lambda key: (statistics.fmean(note.pitch for note in lines[key]), -key[0])
    ), "the highest that is one voice"


def overlapping(notes: Sequence[MidiNote], grain_ticks: int) -> float:
    """Return the share of notes, by onset, that begin together with another or well before the one before ends."""
    if len(notes) < 2:
        return 0.0
    overlaps, end = 0, notes[0].end_ticks
    for before, note in pairwise(notes):
        held = end - note.onset_ticks
        overlaps += note.onset_ticks == before.onset_ticks or held > grain_ticks
        end = max(end, note.end_ticks)
    return overlaps / (len(notes) - 1)


def top_line(notes: Sequence[MidiNote], grain_ticks: int) -> list[MidiNote]:
    """Return the notes that no higher one sounds above when they begin, without what lies far below them."""
    line: list[MidiNote] = []
    sounding: list[MidiNote] = []
    for note in sorted(notes, key=lambda each: (each.onset_ticks, -each.pitch)):
        sounding = [held for held in sounding if held.end_ticks > note.onset_ticks + grain_ticks]
        if all(held.pitch < note.pitch for held in sounding):
            line.append(note)
        sounding.append(note)
    floor = statistics.median(note.pitch for note in line) - _FAR_BELOW if line else 0
    return [note for note in line if note.pitch >= floor]

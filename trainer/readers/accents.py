"""Where the bars lie in a MIDI file, as its loudness tells: abc2midi plays each bar's first note loudest.

A MIDI file says how long a bar is and not where the first one begins, for an upbeat may be written without the
rests before it. Bars are believed only where the loudest notes fall on one place of the bar and no other, and are
not many more than one a bar.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from engine.midi_file import MidiFile
from engine.midi_tracks import MidiNote
from engine.notes import Metre
from trainer.readers.melody_builder import pulse_beats

_IN_PLACE = 0.95
_LEAST_BARS = 4
_GRID = 24
"""Places of a beat that are told apart."""


def metre_of_accents(midi: MidiFile, line: Sequence[MidiNote]) -> Metre | None:
    """Return the metre of a line whose first step is its first note, or None where accents do not tell it.

    line: notes by onset.
    """
    if len({(over, under) for _, over, under in midi.signatures}) != 1 or not line:
        return None
    [(_, over, under), *_] = midi.signatures
    bar_beats = over * 4.0 / under
    bar = round(bar_beats * _GRID)
    loudest = max(note.velocity for note in line)
    # The first note is loud on an upbeat, too.
    accents = [_place(note, midi.ticks_per_beat) for note in line[1:] if note.velocity == loudest]
    quiet = any(note.velocity < loudest for note in line)
    if not quiet or len(accents) < _LEAST_BARS:
        return None
    [(downbeat, count)] = Counter(place % bar for place in accents).most_common(1)
    bars = (_place(line[-1], midi.ticks_per_beat) - _place(line[0], midi.ticks_per_beat)) / bar
    if count < _IN_PLACE * len(accents) or not 0.5 * bars <= len(accents) <= 1.2 * bars + 1:
        return None
    upbeat = (_place(line[0], midi.ticks_per_beat) - downbeat) % bar
    return Metre(bar_beats, upbeat / _GRID, pulse_beats(over, under))


def _place(note: MidiNote, ticks_per_beat: int) -> int:
    return round(note.onset_ticks * _GRID / ticks_per_beat)

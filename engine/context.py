"""What the model has in mind: the transcript so far, read once, cut back at will, never outgrown.

A session lasts longer than the model's context. When the reading in use is three quarters full, a second one
is prepared beside it from the latest half: a chunk of notes is read into it with each note that is heard or
drawn, and when it has caught up the two change places. No step reads more than one chunk besides its own
note, so nothing pauses; after the change the model knows the latest half, exactly as if it had read nothing
else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from engine.decoding.seam import Playable
from engine.errors import UserError
from engine.notes import Metre, Note
from engine.octaves import into_range, octaves_into
from engine.reading import ModelReading
from engine.styles import ANY, Style, known_style
from engine.tokenizer import Step
from engine.tracker import Conditions

CHUNK_NOTES = 8
"""Notes read into the second reading for each note heard or drawn."""
REGISTER_NOTES = 32
"""Latest notes that decide in which octave the model reads."""
NOTE_STEPS = 2
"""Most steps that one note takes: a rest and the note."""
LEAST_CONTEXT = 32
"""Steps of context below which there is nothing to divide."""


class ContextMismatchError(ValueError):
    """Say that more notes are to be kept than there are; the whole transcript must be sent again."""


class Context:
    """Hold the notes, as they sounded, and the model's reading of the latest of them.

    Pitches outside the vocabulary are read some octaves away: all by the same number, so that the melody stays
    one.
    """

    def __init__(self, checkpoint: Playable) -> None:
        self.tokenizer = checkpoint.tokenizer
        self.capacity = checkpoint.config.context
        if self.capacity < LEAST_CONTEXT:
            raise UserError(
                f"{checkpoint.path}: a context of {self.capacity} steps; live play needs {LEAST_CONTEXT} or more"
            )
        self.notes: list[Note] = []
        self.octaves = 0
        self._conditions = Conditions()
        self.reading, self._second = ModelReading(checkpoint), ModelReading(checkpoint)
        self._base = 0
        self._second_base: int | None = None
        self.reading.start(self._conditions)

    @property
    def conditions(self) -> Conditions:
        """Return what is said of the whole transcript."""
        return self._conditions

    @property
    def read_from(self) -> int:
        """Return the index of the first note that the model's reading holds."""
        return self._base

    def metre_at(self, note: int) -> Metre | None:
        """Return the metre as it stands where this note, or the rest before it, begins; None while unknown."""
        return self._conditions_from(note).metre

    def reset(self) -> None:
        """Forget every note."""
        self.notes.clear()
        self.octaves = 0
        self._restart()

    def sync(self, keep: int, notes: Sequence[Note], metre: Metre | None = None, style: Style = ANY) -> None:
        """Keep the first `keep` notes, cut off the others, read `notes` behind them.

        Raises ContextMismatchError when there are fewer than `keep` notes; then nothing is changed.
        """
        if keep > len(self.notes):
            raise ContextMismatchError(
                f"{keep} notes are to be kept, but the engine's context holds {len(self.notes)}; "
                "send the whole transcript with keep=0"
            )
        conditions = Conditions(metre=metre, style=known_style(style, self.tokenizer.styles))
        del self.notes[keep:]
        self.notes += notes
        octaves = self._fitting_octaves()
        if conditions != self._conditions or octaves != self.octaves or keep < self._base:
            self._conditions, self.octaves = conditions, octaves
            self._restart()
            return
        self._cut(keep)
        steps = [self._encode(note) for note in notes]
        if self.reading.length + sum(map(len, steps)) > self.capacity - NOTE_STEPS:
            self._restart()
            return
        if steps:
            self.reading.read_notes(steps)
            self._prepare(len(notes))

    def read_again(self, first: int) -> None:
        """Read the notes from the one with this index on, as a reading did that had begun there."""
        self._second_base, self._base = None, min(first, len(self.notes))
        self.reading.start(self._conditions_from(self._base))
        self.reading.read_notes([self._encode(note) for note in self.notes[self._base :]])

    def add(self, note: Note) -> None:
        """Enter a drawn note whose steps were just read."""
        self.notes.append(note)
        self.reading.end_note()
        self._prepare(1)

    def extend(self, notes: Sequence[Note]) -> None:
        """Read notes that were drawn elsewhere behind what stands here."""
        self.sync(len(self.notes), notes, self._conditions.metre, self._conditions.style)

    def make_room(self, steps: int = NOTE_STEPS) -> None:
        """See to it that so many more steps can be read, at most a quarter of the context."""
        if self.reading.length > self.capacity - steps:
            self._restart()

    def as_read(self, note: Note) -> Note:
        """Return a note of the context as the model reads it, within its vocabulary."""
        pitch = into_range(note.pitch + 12 * self.octaves, self.tokenizer.low, self.tokenizer.high)
        return replace(note, pitch=pitch)

    def _encode(self, note: Note) -> list[Step]:
        return self.tokenizer.encode([self.as_read(note)])

    def _fitting_octaves(self) -> int:
        """Return the octave to read in: the one in which most of the latest notes have a token."""
        low, high = self.tokenizer.low, self.tokenizer.high
        recent = [note.pitch for note in self.notes[-REGISTER_NOTES:]]
        if all(low <= pitch <= high for pitch in recent):
            return 0
        return octaves_into(recent, low, high)

    def _cut(self, keep: int) -> None:
        self.reading.rewind_notes(keep - self._base)
        if self._second_base is not None:
            if keep <= self._second_base:
                self._second_base = None
            elif keep - self._second_base < self._second.notes:
                self._second.rewind_notes(keep - self._second_base)

    def _restart(self) -> None:
        """Read the transcript anew in one pass; only its latest half a context when it is longer than that."""
        self._second_base = None
        base, steps = self._latest(self._almost_full - 1)
        if base:
            base, steps = self._latest(self.capacity // 2)
        self._base = base
        self.reading.start(self._conditions_from(base))
        self.reading.read_notes(steps)

    def _prepare(self, heard: int) -> None:
        """Bring the second reading nearer, a chunk for each of `heard` notes; change places when it is there."""
        if self._second_base is None:
            if self.reading.length < self._almost_full:
                return
            self._second_base, _ = self._latest(self.capacity // 2)
            self._second.start(self._conditions_from(self._second_base))
        for _ in range(heard):
            begin = self._second_base + self._second.notes
            chunk = self.notes[begin : begin + CHUNK_NOTES]
            self._second.read_notes([self._encode(note) for note in chunk])
        if self._second_base + self._second.notes == len(self.notes):
            self.reading, self._second = self._second, self.reading
            self._base, self._second_base = self._second_base, None

    @property
    def _almost_full(self) -> int:
        return self.capacity - self.capacity // 4

    def _latest(self, room: int) -> tuple[int, list[list[Step]]]:
        """Return the index of the first of the latest notes that fit into `room` steps, and the steps of all."""
        found: list[list[Step]] = []
        for note in reversed(self.notes):
            steps = self._encode(note)
            room -= len(steps)
            if room < 0:
                break
            found.append(steps)
        return len(self.notes) - len(found), found[::-1]

    def _conditions_from(self, base: int) -> Conditions:
        """Return the conditions for a reading that begins at note `base`: the bar lines stay where they are."""
        metre = self._conditions.metre
        if metre is None or base == 0:
            return self._conditions
        beats = metre.upbeat_beats + sum(note.rest_beats + note.duration_beats for note in self.notes[:base])
        return replace(self._conditions, metre=replace(metre, upbeat_beats=beats % metre.beats_per_bar))

"""Where a call stands, and where its answer is to: the rests that keep both in their places in the bar. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bridge.answering.bar_lines import BarLines, bar_lines, evidence, grid_bars
from bridge.answering.interjected import woven
from bridge.answering.transcript import Transcript
from bridge.hearing.call import Phrase
from bridge.moment import Moment
from bridge.time.bars import Place, beats, place
from bridge.time.grid import ON_TIME_S, next_line
from engine.messages import BarEvidence, FoundBars
from engine.notes import Metre, Note

AT_ONCE = Place()
"""What follows without a rest, where no upbeat is known."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Hold where a call stands.

    call: its notes and what sounded between them, behind the rest that puts the first one in its place; place: of
    the call, behind what was heard before; lines: the bar lines under it, None while unknown; evidence: of them,
    beside the notes.
    """

    call: tuple[Note, ...] = ()
    place: Place = AT_ONCE
    lines: BarLines | None = None
    evidence: BarEvidence | None = None

    @property
    def bar_beats(self) -> float:
        """Return the length that an answer has some number of; 0 while no bars are known."""
        return self.lines.unit_beats if self.lines is not None else 0.0

    @property
    def metre(self) -> Metre | None:
        """Return the metre of all that was heard, in the bars of this call; None while unknown."""
        return self.place.metre(self.lines.bar_beats, self.lines.pulse_beats) if self.lines is not None else None

    def entrance(self, moment: Moment, at_s: float, before: Sequence[Note]) -> Place:
        """Return the place of an answer whose turn passes at `at_s`: by a clock's grid, else on the call's upbeat.

        before: what was heard before the call. Without bar lines it follows at once.
        """
        lines, call = self.lines, self.call
        if lines is None:
            return Place(0.0, self.place.upbeat_beats)
        if moment.tempo.running:
            start = self.start_beat(moment, at_s)
        else:
            start = lines.entry_beat(lines.first_beat + beats(call) - (call[0].rest_beats if call else 0.0))
        return place((*before, *call), start - lines.origin_beat, lines.bar_beats, self.place.upbeat_beats)

    def start_beat(self, moment: Moment, at_s: float) -> float:
        """Return the beat on which an answer starts whose turn passes at `at_s`, by a clock that runs."""
        tempo, settings = moment.tempo.map, moment.settings
        beat, late = tempo.beat_at(at_s - settings.playing.shift_s), ON_TIME_S / tempo.beat_s
        bar, origin = grid_bars(moment, self.lines) if settings.grid == "bar" else (settings.usual_bar_beats, 0.0)
        return origin + next_line(beat - origin, settings.grid, bar, late)

    def line_before_s(self, moment: Moment, at_s: float) -> float | None:
        """Return the last time up to `at_s` at which an answer best enters, by a running clock; None: at any.

        On grid bar that is a bar line, on grid beat where the call's upbeat stands in bars that are known.
        """
        tempo, settings, lines = moment.tempo.map, moment.settings, self.lines
        beat = tempo.beat_at(at_s)
        if settings.grid == "bar":
            bar, origin = grid_bars(moment, lines)
            return tempo.time_at(origin + (beat - origin) // bar * bar)
        if settings.grid == "beat" and lines is not None:
            return tempo.time_at(lines.entry_beat(beat - lines.unit_beats + 1e-6))
        return None


def standing(
    moment: Moment, phrase: Phrase, transcript: Transcript, found: FoundBars | None, last: Standing
) -> Standing:
    """Return where a call stands behind a transcript; with nothing played, in the bars of the last one.

    found: its bars as the engine hears them.
    """
    notes, lines = woven(phrase), bar_lines(moment, phrase, found)
    where = transcript.place if lines is None else transcript.placed(lines.entrance_beats, lines.bar_beats)
    if not notes:
        return Standing((), where, lines or last.lines, last.evidence)
    if where.rest_beats:
        notes = (replace(notes[0], rest_beats=where.rest_beats), *notes[1:])
    return Standing(notes, where, lines, evidence(moment, phrase))

"""Where the bar lines lie under a call: as the control and a clock say, else as they were found. Pure."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

from bridge.hearing.call import Phrase
from bridge.moment import Moment
from bridge.time.grid import GRID_BEATS, ON_TIME_S
from bridge.time.tempo_map import TempoMap
from engine.entrance import SURE_BARS, entry_beat, unit_beats
from engine.messages import BarEvidence, FoundBars

SURE_TEMPO = 0.4
"""A tempo that was read in the playing with less confidence has no beats to fall in with."""
CLOSING_BARS = 0.9
"""Found bars that are less sure than this say nothing of where a call closes; settled on performances of the
corpus's validation part."""
NEAR_BEATS = 0.25
"""Two bar lines so near are one."""
MOST_ENTRY_S = 0.2
"""Without a clock an answer waits for the player's own beat no longer than this."""


@dataclass(frozen=True, slots=True)
class BarLines:
    """Say where the bar lines lie in a running count of beats.

    bar_beats: from one to the next, above 0; pulse_beats: the beat that is felt, 0 when not told; first_beat: of
    the call's first note; origin_beat: one at which a bar begins; told: the length is the control's and sure.
    """

    bar_beats: float
    pulse_beats: float
    first_beat: float
    origin_beat: float
    told: bool = False

    @property
    def entrance_beats(self) -> float:
        """Return where in the bar the call's first note stands."""
        return (self.first_beat - self.origin_beat) % self.bar_beats

    @property
    def unit_beats(self) -> float:
        """Return what an answer is a number of times as long as: a bar, or half of a long one that was found."""
        return unit_beats(self.bar_beats, told=self.told)

    def entry_beat(self, after_beat: float) -> float:
        """Return the first beat from `after_beat` on at which an answer enters: where the call's upbeat stands."""
        origin = self.origin_beat
        return origin + entry_beat(self.first_beat - origin, after_beat - origin, self.unit_beats)


def bar_lines(moment: Moment, phrase: Phrase, found: FoundBars | None) -> BarLines | None:
    """Return the bar lines under a call, counted by a running clock, else from its reading; None while unknown."""
    if not phrase.line or phrase.reading is None or not phrase.reading.beats:
        return None
    clock, told = moment.tempo.beats, moment.settings.bar_beats
    first = phrase.reading.beats[0]
    sure = found is not None and found.confidence >= SURE_BARS and found.metre.beats_per_bar > 0
    metre = found.metre if sure and found is not None else None
    if clock is not None and told > 0:
        pulse = metre.pulse_beats if metre is not None and metre.beats_per_bar == told else 0.0
        return BarLines(told, moment.settings.pulse_beats or pulse, first, 0.0, told=True)
    if metre is None:
        return None
    return BarLines(metre.beats_per_bar, metre.pulse_beats, first, first - metre.upbeat_beats, told=told > 0)


def closing_bar_beats(moment: Moment, found: FoundBars | None) -> float | None:
    """Return the length of the bars in pairs of which a call is expected to close; None where that is not sure."""
    if moment.settings.bar_beats > 0:
        return moment.settings.bar_beats
    return found.metre.beats_per_bar if found is not None and found.confidence >= CLOSING_BARS else None


def grid_bars(moment: Moment, lines: BarLines | None) -> tuple[float, float]:
    """Return length and a first beat of the bars that the control `grid` means, by a clock that runs.

    Where a DAW says how its song runs, bars that were found and do not begin with its own are not the grid's.
    """
    usual = moment.settings.usual_bar_beats
    if lines is None:
        return usual, 0.0
    off = lines.origin_beat % lines.bar_beats
    if moment.tempo.source == "clock" and min(off, lines.bar_beats - off) > NEAR_BEATS:
        return usual, 0.0
    return lines.bar_beats, lines.origin_beat


def evidence(moment: Moment, phrase: Phrase) -> BarEvidence:
    """Return what is known of the bars beside the call's notes."""
    settings, reading = moment.settings, phrase.reading
    at = reading.beats[-1] if moment.tempo.beats is not None and reading is not None and reading.beats else None
    return BarEvidence(settings.bar_beats, settings.pulse_beats, at, moment.tempo.source == "clock")


def entry_s(moment: Moment, phrase: Phrase, rest_beats: float | None) -> float:
    """Return when an answer without a clock begins: on the grid of the player's beat where that is near, or now.

    rest_beats: written between the call's end and the answer; None where no bars are known: then the grid is that
    on which most of the call's notes begin, for its last one may end beside it.
    """
    reading, settings, now_s = phrase.reading, moment.settings, moment.now_s
    step = settings.usual_bar_beats if settings.grid == "bar" else GRID_BEATS.get(settings.grid, 0.0)
    if reading is None or not reading.notes or reading.confidence < SURE_TEMPO or step <= 0:
        return now_s
    count = TempoMap(reading.bpm, reading.beats[-1], phrase.line[len(reading.notes) - 1].onset_s)
    end = reading.beats[-1] + reading.notes[-1].duration_beats
    if rest_beats is None:
        step = min(step, 1.0)
        [(begin, _)] = Counter(round(beat % step, 6) % step for beat in reading.beats).most_common(1)
        begin += math.ceil((end - begin) / step - 1e-6) * step
    else:
        begin = end + rest_beats
    late = count.beat_at(now_s) - begin
    line = math.ceil((late - ON_TIME_S / count.beat_s) / step) * step
    at_s = count.time_at(begin + max(line, 0.0))
    return max(at_s, now_s) if at_s - now_s <= MOST_ENTRY_S else now_s

"""Whose time an answer goes by: a running clock's, else its player's; where it begins and its bars lie. Pure."""

from __future__ import annotations

from bridge.answering.answer import Answer
from bridge.answering.bar_lines import entry_s
from bridge.answering.standing import Standing
from bridge.answering.touch import Touch
from bridge.hearing.call import Phrase
from bridge.moment import Moment
from bridge.outlook import Lines
from bridge.take import InTime
from bridge.time.scheduler import Scheduler
from bridge.time.tempo_map import TempoMap


def opening(
    moment: Moment, at_s: float, phrase: Phrase, channel: int, stands: Standing, rest_beats: float, out: Scheduler
) -> Answer:
    """Return an answer without notes: on the grid of a clock that runs, else on the player's beat or now.

    at_s: when its turn passes; channel: the player's, 0..15; rest_beats: written before it; out: what sounds it.
    """
    tempo, touch = moment.tempo, Touch(phrase.line, channel)
    if tempo.running:
        return Answer(scheduler=out, touch=touch, start_beat=stands.start_beat(moment, at_s))
    reading = phrase.reading
    read_freely = reading is not None and len(reading.notes) > 1 and tempo.prior_bpm is None
    bpm = reading.bpm if reading is not None and read_freely else tempo.map.bpm
    begin_s = entry_s(moment, phrase, rest_beats if stands.lines is not None else None)
    return Answer(scheduler=out, touch=touch, steady=TempoMap(bpm, 0.0, begin_s))


def lines_under(
    moment: Moment, phrase: Phrase, stands: Standing, answer: Answer | None, time: InTime | None
) -> Lines | None:
    """Return where beats and bars lie: a clock's, else those of the answer, else those of the call.

    time: how the answer lies in time; None where there is none.
    """
    tempo, known = moment.tempo, stands.lines
    if tempo.running:
        bar_beats = known.bar_beats if known is not None else moment.settings.bar_beats
        origin = known.origin_beat if known is not None else 0.0
        return Lines(moment.now_s, tempo.map.time_at(origin), tempo.map.beat_s, bar_beats)
    if answer is not None and answer.steady is not None and time is not None:
        steady = answer.steady
        begins_s = steady.time_at(answer.start_beat)
        return Lines(begins_s, begins_s - time.place_beats * steady.beat_s, steady.beat_s, time.bar_beats)
    reading = phrase.reading
    if reading is None or len(reading.notes) < 2:
        return None
    begins_s, count = phrase.line[0].onset_s, TempoMap(reading.bpm, reading.beats[0], phrase.line[0].onset_s)
    if known is None:
        return Lines(begins_s, begins_s, count.beat_s)
    return Lines(begins_s, count.time_at(known.origin_beat), count.beat_s, known.bar_beats)

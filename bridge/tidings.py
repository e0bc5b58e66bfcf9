"""What the session tells of its own accord as time passes: readings, beats, and what is seen ahead. Pure."""

from __future__ import annotations

import math

from bridge.duet import Duet
from bridge.hearing.call import Phrase
from bridge.moment import Moment
from bridge.observers import Announcer
from bridge.outlook import Outlook
from bridge.time.tempo_choice import Tempo
from bridge.time.tempo_map import TempoMap

LOOK_EVERY_S, LOOK_S = 0.1, 0.002
"""So often it is looked ahead, for those who draw that, and no look takes longer."""


class Tidings:
    """Tell each thing once."""

    def __init__(self, duet: Duet, announce: Announcer) -> None:
        self._duet, self._announce = duet, announce
        self._phrase = Phrase()
        self._beat: int | None = None
        self._outlook, self._looked_s = Outlook(), -math.inf

    def tempo(self, tempo: Tempo, now_s: float) -> None:
        """Tell the tempo, if it is another."""
        self._announce.tempo(tempo.map.bpm, tempo.source, tempo.confidence, now_s)

    def new_reading(self) -> Phrase | None:
        """Return the call if it was read anew since this was last asked, else None; tell its key with `key`."""
        phrase = self._duet.phrase
        if phrase.reading is None or phrase.reading is self._phrase.reading:
            return None
        self._phrase = phrase
        return phrase

    def key(self, phrase: Phrase) -> None:
        """Tell the key of a call, if it is another."""
        if phrase.key is not None:
            self._announce.key(phrase.key.name, phrase.key.confidence)

    def beat(self, moment: Moment) -> None:
        """Tell a beat of a running clock, once."""
        tempo, bar_beats = moment.tempo.map, moment.settings.bar_beats
        beat = math.floor(tempo.beat_at(moment.now_s)) if moment.tempo.running else None
        if beat is not None and beat != self._beat:
            at_s = tempo.time_at(beat)
            self._announce.tell(lambda observer: observer.on_beat(at_s, beat, tempo.bpm, bar_beats))
        self._beat = beat

    def outlook(self, moment: Moment, due_s: float | None) -> None:
        """Tell what is seen ahead, if that is another and anybody looks; not just before a message is due."""
        now_s = moment.now_s
        if now_s < self._looked_s + LOOK_EVERY_S or (due_s is not None and due_s - now_s < LOOK_S):
            return
        if not self._announce.heeds("on_outlook"):
            return
        self._looked_s = now_s
        outlook = self._duet.outlook(moment)
        if not outlook.agrees(self._outlook, now_s):
            self._outlook = outlook
            self._announce.tell(lambda observer: observer.on_outlook(outlook))


def begun_by(phrase: Phrase) -> tuple[TempoMap, float] | None:
    """Return the tempo in which a call was read, from its first note on, and how sure it is; None of one note."""
    reading = phrase.reading
    if reading is None or len(reading.notes) < 2:
        return None
    return TempoMap(reading.bpm, reading.beats[0], phrase.line[0].onset_s), reading.confidence

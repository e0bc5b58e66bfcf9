"""What happens, as the page is told it: an observer that puts plain values into an outbox, and nothing more."""

from __future__ import annotations

from typing import Any

from bridge.controls import Controls, Value
from bridge.observers import Observer
from bridge.outlook import Lines, Outlook
from bridge.take import Take
from bridge.views.page.outbox import Outbox
from bridge.views.roll import GPT, YOU, Roll

LINES_TOLD = 8
"""So many runs of bar lines are told: more than a screen has room for."""


class Told(Observer):
    """Put what is told into an outbox. Times are monotonic seconds, to the tenth of a millisecond."""

    def __init__(self, controls: Controls, outbox: Outbox) -> None:
        self._controls, self._outbox = controls, outbox
        self._last_take = 0
        self._roll = Roll()

    def _tell(self, kind: str, **what: Any) -> None:
        self._outbox.put({"is": kind, **what})

    def on_control(self, name: str, value: Value, source: str) -> None:
        """Tell a value, and where it stands on its travel."""
        position = round(self._controls.find(name).position(value), 5)
        self._tell("control", name=name, value=value, at=position, source=source)

    def on_learning(self, name: str) -> None:
        """Tell what waits for its knob."""
        self._tell("learning", name=name)

    def on_bound(self, name: str, controller: str) -> None:
        """Tell which knob moves something."""
        self._tell("bound", name=name, controller=controller)

    def on_preset(self, name: str) -> None:
        """Tell the preset."""
        self._tell("preset", name=name)

    def on_checkpoint(self, name: str) -> None:
        """Tell the model that plays."""
        self._tell("checkpoint", name=name)

    def on_preset_saved(self, name: str) -> None:
        """Tell that there is another preset."""
        self._tell("preset_saved", name=name)

    def on_state(self, state: str) -> None:
        """Tell the state."""
        self._tell("state", state=state)

    def on_player_note(self, time_s: float, pitch: int, velocity: int) -> None:
        """Tell a note of the player's."""
        self._note(YOU, pitch, velocity, time_s)

    def on_answer_note(self, time_s: float, pitch: int, velocity: int, channel: int) -> None:
        """Tell a note of an answer."""
        self._note(GPT, pitch, velocity, time_s)

    def _note(self, by: str, pitch: int, velocity: int, time_s: float) -> None:
        """Tell what a note changes in the roll; a note is known by whose it is, its pitch and its beginning."""
        coming = self._roll.coming
        for note in self._roll.hear(by, pitch, velocity, time_s):
            off_s = None if note.off_s is None else round(note.off_s, 4)
            on_s = round(note.on_s, 4)
            self._tell("note", by=by, pitch=pitch, velocity=note.velocity, on_s=on_s, off_s=off_s)
        if self._roll.coming != coming:
            self._tell_outlook()

    def on_phrase_end(self, probability: float) -> None:
        """Tell P(phrase end)."""
        self._tell("phrase_end", p=round(probability, 3))

    def on_tempo(self, bpm: float, source: str, confidence: float) -> None:
        """Tell the tempo."""
        self._tell("tempo", bpm=round(bpm, 2), source=source, sure=round(confidence, 3))

    def on_count(self, beat: int, left: int) -> None:
        """Tell a beat of the count; 0 when it is over."""
        self._tell("count", beat=beat, left=left)

    def on_key(self, name: str, confidence: float) -> None:
        """Tell the key."""
        self._tell("tonality", name=name, sure=round(confidence, 3))

    def on_bars(self, name: str, upbeat_beats: float, confidence: float) -> None:
        """Tell the bars of the call."""
        self._tell("metre", name=name, upbeat_beats=upbeat_beats, sure=round(confidence, 3))

    def on_outlook(self, outlook: Outlook) -> None:
        """Tell what is to sound, and where the bars lie."""
        self._roll.look(outlook)
        self._tell_outlook()

    def _tell_outlook(self) -> None:
        coming = self._roll.coming
        notes = [[note.pitch, note.velocity, round(note.on_s, 4), round(note.off_s, 4)] for note in coming]
        self._tell("outlook", notes=notes, lines=[_plain(each) for each in [*self._roll.lines][-LINES_TOLD:]])

    def on_take(self, take: Take) -> None:
        """Tell a take, small enough for a thumbnail; a new one is in hand."""
        onset, notes = 0.0, []
        for place, note in enumerate(take.melody):
            onset += note.rest_beats if place else 0.0
            notes.append([note.pitch, round(onset, 3), round(note.duration_beats, 3)])
            onset += note.duration_beats
        self._tell("take", number=take.number, kept=take.kept, at_s=round(take.time.begun_s, 4), notes=notes)
        if take.number > self._last_take:
            self._last_take = take.number
            self.on_in_hand(take.number)

    def on_in_hand(self, number: int) -> None:
        """Tell which take is in hand."""
        self._tell("in_hand", number=number)

    def on_again(self, number: int, looping: bool) -> None:
        """Tell that a take sounds again."""
        self._tell("again", number=number, looping=looping)

    def on_latency(self, turn_to_note_ms: float, off_to_note_ms: float | None) -> None:
        """Tell the latency."""
        off_ms = None if off_to_note_ms is None else round(off_to_note_ms, 1)
        self._tell("latency", turn_ms=round(turn_to_note_ms, 1), off_ms=off_ms)

    def on_engine(self, text: str, ready: bool) -> None:
        """Tell what the engine is."""
        self._tell("engine", text=text, ready=ready)

    def on_log(self, text: str) -> None:
        """Tell a line."""
        self._tell("log", text=text, wrong=False)

    def on_warning(self, text: str) -> None:
        """Tell a line about something to be mended."""
        self._tell("log", text=text, wrong=False, warning=True)

    def on_error(self, text: str) -> None:
        """Tell a line about something wrong."""
        self._tell("log", text=text, wrong=True)


def _plain(lines: Lines) -> dict[str, float]:
    return {
        "from_s": round(lines.from_s, 4),
        "origin_s": round(lines.origin_s, 4),
        "beat_s": round(lines.beat_s, 6),
        "bar_beats": lines.bar_beats,
    }

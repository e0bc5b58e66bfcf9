"""What the shipped checkpoints draw and what a scripted evening sends, kept as figures: same seed, same notes.

`python -m tests.goldens` writes the files anew; a change of them is a change of what a player hears.
"""

from __future__ import annotations

import json
from collections import deque
from typing import Any

from bridge.events import EngineReply, SetControl
from engine.improviser import Improviser
from engine.messages import Continue, Drawn, Goal, Listened, Ready, Reply, Request, Sampling
from engine.notes import Metre, Note
from engine.start import playable
from engine.styles import asked_style
from tests.paths import ROOT
from tests.stage import Clocked, Stage

FOLDER = ROOT / "tests" / "goldens"
CALL = tuple(
    Note(pitch, beats)
    for pitch, beats in ((67, 1.0), (69, 0.5), (71, 0.5), (74, 1.5), (71, 0.5), (72, 1.0), (69, 1.0), (67, 2.0))
)
G_MAJOR = (7, (7, 9, 11, 0, 2, 4, 6))
SAMPLINGS = {
    "defaults": Sampling(),
    "greedy": Sampling(temperature=0.0),
    "hot": Sampling(temperature=1.3, top_k=0, top_p=0.9),
    "near": Sampling(closeness=0.8, key=G_MAJOR, key_lock=0.3),
    "locked": Sampling(key=G_MAJOR, key_lock=1.0, range_low=60, range_high=72, min_p=0.02),
}


def draws() -> dict[str, list[list[float]]]:
    """Return by checkpoint, sampling and metre what is drawn behind a call: pitch, duration, rest."""
    found = {}
    for name in ("essen", "essen-pitch"):
        improviser = Improviser(playable(name), seed=5)
        for label, sampling in SAMPLINGS.items():
            for metre in (None, Metre(4.0, 0.0)):
                improviser.sync(0, CALL, metre)
                goal = Goal(length_beats=8.0, call_notes=len(CALL), rhythm=((1.0, 0.0), (0.5, 0.0)))
                improviser.begin(sampling, goal, seed=11)
                notes = []
                for _ in range(40):
                    drawn = improviser.draw()
                    notes.append([drawn.note.pitch, drawn.note.duration_beats, drawn.note.rest_beats])
                    if drawn.last:
                        break
                found[f"{name} {label} {metre.beats_per_bar if metre else 0:g}"] = notes
    return found


class ResidentEngine:
    """The real model behind the session, in the same process: every request is served before time goes on."""

    def __init__(self) -> None:
        self.outbox: deque[Reply] = deque()
        self._improviser = Improviser(playable("essen"), seed=1)

    def send(self, request: Request) -> None:
        """Serve a request at once."""
        assert isinstance(request, Continue)
        held = self._improviser.sync(request.keep, request.append, request.metre, asked_style(request.sampling))
        bars = (
            self._improviser.bars(request.goal, request.evidence, over=request.count > 0)
            if request.evidence
            else None
        )
        self.outbox.append(Listened(request.request, held, self._improviser.phrase_end(), bars))
        if request.count:
            self._improviser.begin(request.sampling, request.goal, request.seed)
        for index in range(request.count):
            drawn = self._improviser.draw()
            self.outbox.append(Drawn(request.request, index, drawn.note, drawn.phrase_end, drawn.last, 1.0))
            if drawn.last:
                return

    def restart(self) -> None:
        """Nothing dies here."""


READY = Ready("essen", "cpu", 1, 512, True, True, (), 0.0, 1.0)
RIFF = ((67, 1.0), (69, 0.5), (71, 0.5), (74, 1.5), (71, 0.5), (72, 1.0), (69, 1.0), (67, 2.0))


def _riff(start_s: float, bpm: float, up: int = 0) -> list[tuple[float, float, int]]:
    beat_s, at_s, score = 60.0 / bpm, start_s, []
    for pitch, beats in RIFF:
        score.append((at_s, at_s + 0.8 * beats * beat_s, pitch + up))
        at_s += beats * beat_s
    return score


def _evening(stage: Stage, bpm: float) -> list[list[float]]:
    """Play: a riff, its answer; another key, the answer broken into; a fader moved within an answer."""
    stage.play(_riff(0.0, bpm))
    stage.run(12.0)
    stage.play(_riff(12.0, bpm, 5))
    stage.run(18.5)
    stage.play(_riff(18.5, bpm, 5))
    stage.run(25.0)
    stage.do(SetControl(25.0, "temperature", 1.2, "osc"))
    stage.run(34.0)
    return [[round(time_s, 3), *message] for time_s, message in stage.sent if message[0] & 0xF0 in (0x80, 0x90)]


def evenings() -> dict[str, list[list[float]]]:
    """Return what is sent in scripted evenings: time in seconds, and the bytes of each note message."""
    free: dict[str, Any] = {"turn": "adaptive", "tempo_from": "auto", "key_lock": 0.3}
    return {
        "free": _evening(_stage(Stage, **free), 120.0),
        "near": _evening(_stage(Stage, **free, closeness=0.7), 96.0),
        "clock": _evening(_stage(Clocked, turn="adaptive", key_lock=0.3), 120.0),
        "clock and bar": _evening(_stage(Clocked, turn="adaptive", key_lock=0.3, bar=4), 120.0),
        "bars": _evening(_stage(Clocked, turn="bars", length_mode="bars", grid="bar", bar=4), 120.0),
    }


def _stage(kind: Any, **controls: object) -> Stage:
    stage: Stage = kind(engine=ResidentEngine(), **controls)
    stage.do(EngineReply(0.0, READY))
    return stage


def main() -> None:
    """Write the files."""
    FOLDER.mkdir(exist_ok=True)
    for name, figures in (("draws", draws()), ("evenings", evenings())):
        lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in figures.items())
        (FOLDER / f"{name}.json").write_text("{\n" + lines + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()

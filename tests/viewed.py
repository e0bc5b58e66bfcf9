"""A scripted evening, half-way through its second answer, as the live view shows it on a screen of 80 x 24."""

from __future__ import annotations

import io

from rich.console import Console

from bridge.controls import Controls
from bridge.events import SetControl
from bridge.views.picture import render
from bridge.views.terminal import View
from engine.messages import FoundBars
from engine.notes import Metre, Note
from tests.stage import Clocked, ScriptedEngine

WIDTH, HEIGHT = 80, 24
BPM = 100.0
CALL = ((67, 1.0), (69, 0.5), (71, 0.5), (74, 1.5), (71, 0.5), (72, 1.0), (69, 1.0), (67, 1.0), (62, 1.0))
ANSWER = ((67, 1.0), (69, 0.5), (71, 0.5), (74, 1.0), (72, 0.5), (71, 0.5), (69, 1.0), (66, 1.0), (67, 2.0))
READY = "engine ready: essen, 1.7M parameters on cpu, 0.6 ms a note, up to 16 drafts"


def picture() -> str:
    """Return the picture, without colours."""
    engine = ScriptedEngine(lambda index: Note(*ANSWER[index]), length=len(ANSWER))
    engine.bars = FoundBars(Metre(4.0, 0.0, 1.0), 0.92)
    engine.phrase_end = 0.86
    view = View('"GPT In" → "GPT Out"', Controls(), lambda asked: None)
    stage = Clocked(BPM, engine, [view], turn="adaptive", key_lock=0.3)
    stage.step_s = 0.01
    stage.session.start(0.0)
    view.on_engine(READY, True)
    view.on_log("timing: real-time priority (SCHED_FIFO 5)")
    bar_s = 4 * 60.0 / BPM
    _play(stage, bar_s)
    stage.run(5.5 * bar_s)
    stage.act("keep")
    stage.do(SetControl(stage.clock(), "temperature", 1.3, "osc"))
    stage.do(SetControl(stage.clock(), "patience", 0.7, "cc"))
    _play(stage, 6 * bar_s)
    stage.run(9.2 * bar_s)
    view.on_latency(0.9, 102.0)
    text = io.StringIO()
    console = Console(file=text, width=WIDTH, height=HEIGHT, color_system=None)
    console.print(render(view.seen, WIDTH, HEIGHT, stage.clock(), colour=False))
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines())


def _play(stage: Clocked, from_s: float) -> None:
    score, at_s = [], from_s
    for pitch, beats in CALL:
        length_s = beats * 60.0 / BPM
        score.append((at_s, at_s + 0.85 * length_s, pitch))
        at_s += length_s
    stage.play(score)


if __name__ == "__main__":
    print(picture())

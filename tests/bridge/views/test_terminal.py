"""What the player sees: the live view's picture and the plain log's lines."""

from __future__ import annotations

import io

from rich.console import Console

from bridge.controls import Controls
from bridge.events import Action
from bridge.views.lines import PlainLog, Printer
from bridge.views.terminal import View, meter, render


def picture(view: View) -> str:
    console = Console(file=io.StringIO(), width=100, color_system=None)
    console.print(render(view.seen, Controls()))
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


def drawn() -> View:
    actions: list[Action] = []
    view = View('"GPT In" → "GPT Out"', Controls(), actions.append)
    for name, value in Controls().values().items():
        view.on_control(name, value, "start")
    return view


def test_the_view_shows_ports_state_notes_and_meters() -> None:
    """Names of notes, tempo, key, latency, the phrase-end probability and a meter for a control."""
    view = drawn()
    view.on_engine("engine ready: essen", True)
    view.on_player_note(0.0, 60, 90)
    view.on_player_note(0.1, 60, 0)
    view.on_player_note(0.2, 66, 90)
    view.on_state("answering")
    view.on_answer_note(1.0, 67, 80, 0)
    view.on_tempo(96.0, "player", 0.75)
    view.on_key("G major", 0.5)
    view.on_phrase_end(0.5)
    view.on_latency(0.4, 312.0)
    view.on_control("temperature", 1.0, "osc")
    view.on_error("top_k: 999 refused")
    text = picture(view)
    for shown in (
        *('"GPT In" → "GPT Out"', "answering", "C4 F#4", "G4", "96.0 bpm from player (75%)", "G major"),
        *("50%", "0.4 ms from turn to note", "██████░░░░░░ 1", "top_k: 999 refused", "engine ready: essen"),
    ):
        assert shown in text, shown


def test_a_new_phrase_clears_the_last() -> None:
    """The first note after an answer begins a new line."""
    view = drawn()
    view.on_player_note(0.0, 60, 90)
    view.on_state("listening")
    view.on_state("answering")
    view.on_player_note(5.0, 62, 90)
    assert list(view.seen.call) == [62]


def test_any_text_can_be_logged() -> None:
    """Brackets are text, not markup."""
    view = drawn()
    view.on_log("[red]not a colour[/nonsense]")
    assert "[red]not a colour[/nonsense]" in picture(view)


def test_a_meter_fills_from_left_to_right() -> None:
    """Empty at 0, full at 1, and never beyond."""
    assert [meter(x).count("█") for x in (-1.0, 0.0, 0.5, 1.0, 2.0)] == [0, 0, 6, 12, 12]


def logged(level: str) -> tuple[PlainLog, Printer, io.StringIO]:
    stream = io.StringIO()
    printer = Printer(stream)
    return PlainLog(printer, level), printer, stream


def test_the_log_tells_turns_answers_and_moves() -> None:
    """One line each, the answer's notes by name; values at the start are not told."""
    log, printer, stream = logged("info")
    log.on_control("temperature", 0.9, "start")
    log.on_control("temperature", 1.2, "osc")
    log.on_turn(1, 6, 0.4)
    log.on_answer_note(0.0, 64, 80, 0)
    log.on_state("answering")
    log.on_answer_note(0.5, 64, 0, 0)
    log.on_state("idle")
    printer.close()
    lines = [line.partition(" ")[2] for line in stream.getvalue().splitlines()]
    assert lines == [
        "temperature = 1.2 (osc)",
        "turn 1: heard 6 notes, answering 0.40 s after the last",
        "answered 1 notes: E4",
    ]


def test_the_level_leaves_out_what_is_below_it() -> None:
    """At "error" only errors are told."""
    log, printer, stream = logged("error")
    log.on_log("fine")
    log.on_engine("engine lost", False)
    log.on_error("broken")
    printer.close()
    assert [line.partition(" ")[2] for line in stream.getvalue().splitlines()] == ["! broken"]


def test_a_reader_that_went_away_stops_nothing() -> None:
    """Lines for a closed stream are dropped."""
    stream = io.StringIO()
    printer = Printer(stream)
    stream.close()
    printer.line("x")
    printer.close()

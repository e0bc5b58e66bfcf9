"""The plain log's lines."""

from __future__ import annotations

import io

from bridge.views.lines import PlainLog, Printer, Repeats


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
    """At "error" only errors are told, at "warning" what may want mending too."""
    for level, left in (("error", ["! broken"]), ("warning", ["slow", "engine lost", "! broken"])):
        log, printer, stream = logged(level)
        log.on_log("fine")
        log.on_warning("slow")
        log.on_engine("engine lost", False)
        log.on_error("broken")
        printer.close()
        assert [line.partition(" ")[2] for line in stream.getvalue().splitlines()] == left


def test_the_latency_says_nothing_of_a_last_key_that_is_unknown() -> None:
    """A turn that was passed by hand has no such time."""
    log, printer, stream = logged("debug")
    log.on_latency(0.4, 312.0)
    log.on_latency(0.4, None)
    printer.close()
    assert [line.partition(" ")[2] for line in stream.getvalue().splitlines()] == [
        "first note 0.4 ms after the turn, 312 ms after the last key",
        "first note 0.4 ms after the turn",
    ]


def test_the_same_line_in_a_row_is_printed_once_with_its_count() -> None:
    """The first comes at once; how often it came, when another comes; the time of day makes no line another."""
    repeats = Repeats()
    printed = [repeats.next(text, f"12:00:0{second}") for second, text in enumerate("aaabbac")]
    assert printed == [
        ["12:00:00 a"],
        [],
        [],
        ["12:00:02 a (×3)", "12:00:03 b"],
        [],
        ["12:00:04 b (×2)", "12:00:05 a"],
        ["12:00:06 c"],
    ]


def test_a_count_is_told_when_nothing_else_comes() -> None:
    """Once, and counting goes on after it."""
    repeats = Repeats()
    for _ in range(3):
        repeats.next("a")
    assert repeats.untold
    assert [repeats.rest(), repeats.rest()] == [["a (×3)"], []]
    assert repeats.next("a") == []
    assert repeats.rest() == ["a (×4)"]


def test_repeated_lines_are_counted_to_the_end() -> None:
    """What waits when the log is closed is told."""
    stream = io.StringIO()
    printer = Printer(stream)
    for _ in range(5):
        printer.line("the same")
    printer.close()
    assert stream.getvalue() == "the same\nthe same (×5)\n"


def test_a_reader_that_went_away_stops_nothing() -> None:
    """Lines for a closed stream are dropped."""
    stream = io.StringIO()
    printer = Printer(stream)
    stream.close()
    printer.line("x")
    printer.close()

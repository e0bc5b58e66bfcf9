"""The live view's picture: what it shows, and that it fits every terminal."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from bridge.controls import Controls
from bridge.views.picture import Seen, last_notes, meter, render
from bridge.views.steering import HINTS


def seen() -> Seen:
    """Return what a busy evening leaves to be seen."""
    controls = Controls()
    shown = Seen(title='"GPT In" → "GPT Out"', state="answering", tempo="96.0 bpm from player (75%)")
    shown.key, shown.engine, shown.phrase_end = "G major (50%)", "engine ready: essen", 0.5
    shown.latency = "0.4 ms from turn to note, 312 ms from your last key"
    shown.call.extend([60, 66])
    shown.answer.extend(range(60, 90))
    shown.controls = {name: (controls.find(name), value) for name, value in controls.values().items()}
    shown.chosen = "turn"
    for number in range(30):
        shown.add_line(f"line {number} of the log, which is longer than a narrow terminal is wide: " + "and " * 9)
    shown.add_line("top_k: 999 refused", "red")
    return shown


def picture(shown: Seen, width: int = 100, height: int = 40) -> list[str]:
    file = io.StringIO()
    Console(file=file, width=width, height=height, color_system=None).print(render(shown, width, height))
    return file.getvalue().splitlines()


def test_the_view_shows_ports_state_notes_and_meters() -> None:
    """Names of notes, tempo, key, latency, the phrase-end probability, a meter for a control, the chosen one."""
    text = "\n".join(picture(seen()))
    for shown in (
        *('"GPT In" → "GPT Out"', "answering", "C4 F#4", "E6 F6", "96.0 bpm from player (75%)", "G major"),
        *("50%", "0.4 ms from turn to note", "██████░░░░░░ 1", "top_k: 999 refused", "engine ready: essen"),
        *("▸turn ", "adaptive", "When the answer comes", *HINTS),
    ):
        assert shown in text, shown


@pytest.mark.parametrize("width", [20, 60, 79, 80, 100, 200])
@pytest.mark.parametrize("height", [5, 12, 20, 23, 24, 25, 50])
def test_the_picture_fits_the_terminal(width: int, height: int) -> None:
    """Its frame is whole, no line is wider and there are no more lines than the terminal has; the log stays."""
    lines = picture(seen(), width, height)
    assert len(lines) <= height
    assert all(len(line) == width for line in lines)
    assert (lines[0][0], lines[0][-1], lines[-1][0], lines[-1][-1]) == ("╭", "╮", "╰", "╯")
    assert any("999" in line for line in lines)


def test_a_sheet_takes_the_place_of_everything() -> None:
    """In the middle, cut where the terminal ends."""
    shown = seen()
    shown.sheet = "█▀█\n▀▀▀\nhttp://127.0.0.1:9020/"
    lines = picture(shown, 60, 24)
    assert len(lines) == 5
    assert "█▀█".center(56) in lines[1]
    assert "http://127.0.0.1:9020/" in lines[3]
    assert len(picture(shown, 10, 4)) == 4


def test_a_screen_of_24_lines_shows_everything() -> None:
    """All facts, all meters, the chosen control, some of the log and the keys."""
    text = "\n".join(picture(seen(), 80, 24))
    for shown in ("state", "latency", "temperature", "dynamics", "When the answer", "top_k: 999 refused", *HINTS):
        assert shown in text, shown


def test_the_same_line_again_is_counted() -> None:
    """Repetitions take no room in the log; the same text in another colour is another line."""
    shown = Seen()
    for text, style in (("a", "red"), ("a", "red"), ("a", "red"), ("a", ""), ("b", "")):
        shown.add_line(text, style)
    assert [str(line) for line in shown.log] == ["a (×3)", "a", "b"]


def test_any_text_can_be_logged() -> None:
    """Brackets are text, not markup."""
    shown = Seen()
    shown.add_line("[red]not a colour[/nonsense]")
    assert any("[red]not a colour[/nonsense]" in line for line in picture(shown))


def test_a_copy_no_longer_changes() -> None:
    """What is drawn is not what is being written to."""
    shown = seen()
    copy = shown.copy()
    shown.call.append(70)
    shown.add_line("new")
    shown.controls.clear()
    assert copy == seen()


def test_of_many_notes_the_last_that_fit_are_shown() -> None:
    """Names are never cut."""
    assert last_notes([60, 66, 62], 9) == "C4 F#4 D4"
    assert last_notes([60, 66, 62], 8) == "F#4 D4"
    assert last_notes([60], 1) == ""


def test_a_meter_fills_from_left_to_right() -> None:
    """Empty at 0, full at 1, and never beyond."""
    assert [meter(x).count("█") for x in (-1.0, 0.0, 0.5, 1.0, 2.0)] == [0, 0, 6, 12, 12]

"""The live view's picture: what it shows, and that it fits every terminal."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from bridge.controls import Controls
from bridge.outlook import Lines, Outlook
from bridge.views.picture import kept_takes, last_notes, meter, render, value_text
from bridge.views.roll import GPT, YOU
from bridge.views.seen import WARNING, WRONG, Held, Seen
from bridge.views.steering import HINTS


def seen() -> Seen:
    """Return what a busy evening leaves to be seen."""
    controls = Controls()
    shown = Seen(title='"GPT In" → "GPT Out"', state="answering", tempo="96.0 bpm player 75%")
    shown.key, shown.engine, shown.phrase_end = "G major 50%", "engine ready: essen", 0.5
    shown.bars, shown.take, shown.kept, shown.preset = "4/4 from beat 1 92%", "take 3", (1, 2), "echo"
    shown.latency = "0.4 ms from the turn, 312 ms from your key"
    shown.call.extend([60, 66])
    shown.answer.extend(range(60, 90))
    for voice, pitch, on_s in ((YOU, 60, 0.0), (YOU, 66, 0.5), (GPT, 70, 1.0)):
        shown.roll.hear(voice, pitch, 80, on_s)
        shown.roll.hear(voice, pitch, 0, on_s + 0.5)
    shown.roll.look(Outlook((), Lines(0.0, 0.0, 0.5, 4.0)))
    shown.controls = {name: Held(controls.find(name), value) for name, value in controls.values().items()}
    shown.controls["turn"] = Held(controls.find("turn"), "adaptive", "osc")
    shown.controls["patience"] = Held(controls.find("patience"), 1.0, "preset")
    shown.chosen = "turn"
    for number in range(30):
        shown.add_line(f"line {number} of the log, which is longer than a narrow terminal is wide: " + "and " * 9)
    shown.add_line("top_k: 999 refused", WRONG)
    return shown


def picture(shown: Seen, width: int = 100, height: int = 40, *, colour: bool = False) -> list[str]:
    file = io.StringIO()
    drawn = render(shown, width, height, 1.5, colour=colour)
    Console(file=file, width=width, height=height, color_system=None).print(drawn)
    return file.getvalue().splitlines()


def test_the_view_shows_ports_state_notes_and_meters() -> None:
    """Names of notes, tempo, key, bars, takes, latency, the phrase's end, meters and what moved them, the roll."""
    text = "\n".join(picture(seen()))
    for shown in (
        *('"GPT In" → "GPT Out"', "answering", "C4 F#4", "E6 F6", "96.0 bpm player 75%", "G major 50%"),
        *("██████░░░░░░ 50%", "0.4 ms from the turn", "████░░░ 1", "! top_k: 999 refused"),
        *("engine ready: essen", "▀", *HINTS),
        *("▸turn ", "adaptive  OSC", "When the answer comes", "4/4 from beat 1 92%", "take 3  kept 1 2"),
        *("preset echo", "████░░░ 1         preset", "1 calls"),
    ):
        assert shown in text, shown


@pytest.mark.parametrize("colour", [True, False])
@pytest.mark.parametrize("width", [20, 60, 79, 80, 100, 200])
@pytest.mark.parametrize("height", [5, 12, 20, 23, 24, 25, 50])
def test_the_picture_fits_the_terminal(width: int, height: int, colour: bool) -> None:
    """Its frame is whole, no line is wider and there are no more lines than the terminal has; the log stays."""
    lines = picture(seen(), width, height, colour=colour)
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
    """All facts whole, the roll, all meters, the chosen control, some of the log and the keys."""
    lines = picture(seen(), 80, 24)
    text = "\n".join(lines)
    for shown in (
        *("state", "312 ms from your key", "temperature", "dynamics", "When the answer", "top_k: 999 refused"),
        *("4/4 from beat 1 92%", "kept 1 2   preset echo", "you C4 F#4", "GPT ", *HINTS),
    ):
        assert shown in text, shown
    assert len([line for line in lines if set(line) & set("▀▄⠛⣤")]) >= 2
    assert sum("┊" in line for line in lines) == 7


def test_the_beat_that_is_counted_stands_behind_the_state() -> None:
    """As a player counts."""
    shown = seen()
    shown.state, shown.count = "counting", 3
    assert "state        counting 3" in picture(shown, 80, 24)[1]


def test_a_larger_terminal_shows_more_of_everything() -> None:
    """More of the roll, other controls too, more of the log."""
    lines = picture(seen(), 120, 50)
    assert sum("┊" in line for line in lines) == 14
    assert any("top_p" in line for line in lines)
    assert any("line 25" in line for line in lines)


def test_without_colour_no_line_is_coloured() -> None:
    """NO_COLOR keeps bold and dim; the voices tell themselves apart by their patterns."""
    file = io.StringIO()
    console = Console(file=file, width=80, height=24, force_terminal=True, no_color=True)
    console.print(render(seen(), 80, 24, 1.5, colour=False))
    codes = set(re.findall(r"\x1b\[([\d;]*)m", file.getvalue()))
    assert not [code for code in codes for part in code.split(";") if part and int(part) >= 30]
    assert set("▀▄█") & set(file.getvalue())
    assert set("⠛⣤⣿") & set(file.getvalue())


def test_a_warning_stays_in_sight_while_other_lines_come() -> None:
    """Its one line is above the newest; when eight newer ones have come it has been read."""
    shown = seen()
    shown.log.clear()
    shown.add_line("this model answers 400 ms after the turn", WARNING)
    for number in range(7):
        shown.add_line(f"preset {number}")
    last = [line[2:-2].rstrip() for line in picture(shown, 80, 24)][-5:-3]
    assert last == ["! this model answers 400 ms after the turn", "preset 6"]
    shown.log.pop()
    shown.add_line("preset 6: " + "a long sentence of what it is for, " * 4)
    last = [line[2:-2].rstrip() for line in picture(shown, 80, 24)][-5:-3]
    assert last[0] == "! this model answers 400 ms after the turn"
    assert last[1].startswith("preset 6: a long")
    shown.add_line("preset 7")
    last = [line[2:-2].rstrip() for line in picture(shown, 80, 24)][-5:-3]
    assert last[0].startswith("preset 6: a long")
    assert last[1] == "preset 7"


def test_the_same_line_again_is_counted() -> None:
    """Repetitions take no room in the log; the same text in another colour is another line."""
    shown = Seen()
    for text, style in (("a", WRONG), ("a", WRONG), ("a", WRONG), ("a", ""), ("b", "")):
        shown.add_line(text, style)
    assert [str(line) for line in shown.log] == ["! a (×3)", "a", "b"]


def test_of_a_line_that_is_too_long_the_beginning_is_shown() -> None:
    """Cut with a sign; the end of a sentence alone says nothing."""
    shown = seen()
    shown.log.clear()
    shown.add_line(
        "the controller's port is gone; " + "values are sent back when it is there again; " * 2, WARNING
    )
    shown.add_line("short")
    last = [line[2:-2].rstrip() for line in picture(shown, 80, 24)][-5:-3]
    assert last[0].startswith("! the controller's port is gone; values")
    assert (last[0][-1], last[1]) == ("…", "short")


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
    shown.roll.hear(YOU, 1, 1, 9.0)
    assert copy == seen()


def test_of_many_notes_the_last_that_fit_are_shown() -> None:
    """Names are never cut."""
    assert last_notes([60, 66, 62], 9) == "C4 F#4 D4"
    assert last_notes([60, 66, 62], 8) == "F#4 D4"
    assert last_notes([60], 1) == ""


def test_a_meter_fills_from_left_to_right() -> None:
    """Empty at 0, full at 1, and never beyond."""
    assert [meter(x, 12).count("█") for x in (-1.0, 0.0, 0.5, 1.0, 2.0)] == [0, 0, 6, 12, 12]


def test_a_value_keeps_its_unit_where_there_is_room() -> None:
    """A number is never cut for it."""
    assert [value_text(value, "eighths") for value in (0.25, 0.125)] == ["0.25", "0.125"]
    assert [value_text(20, "notes"), value_text("follow", "")] == ["20 notes", "follow"]


def test_of_many_kept_takes_the_last_are_named() -> None:
    """The others are counted."""
    assert kept_takes(()) == ""
    assert kept_takes(tuple(range(1, 10))) == "kept 4 5 6 7 8 9 and 3 more"

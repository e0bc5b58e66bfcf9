"""The live view: what it takes in, what its keys ask for, and how it behaves in a real terminal."""

from __future__ import annotations

import io
import sys

import pytest
from rich.console import Console

from bridge.controls import Controls
from bridge.events import Action, SetControl
from bridge.views.roll import GPT, YOU
from bridge.views.seen import WARNING, WRONG
from bridge.views.terminal import View
from tests.bridge.recording.takes import a_take
from tests.fakes import FakeClock

if sys.platform == "win32":
    pytest.skip("Windows has no job control", allow_module_level=True)

import termios

from tests.bridge.views.joblab import Shell, in_a_shell


def watching() -> tuple[View, list[Action | SetControl]]:
    asked: list[Action | SetControl] = []
    view = View('"GPT In" → "GPT Out"', Controls(), asked.append)
    for name, value in Controls().values().items():
        view.on_control(name, value, "start")
    return view, asked


def test_what_is_told_is_seen() -> None:
    """Every event has its place."""
    view, _ = watching()
    view.on_engine("engine ready: essen", True)
    view.on_player_note(0.0, 60, 90)
    view.on_player_note(0.1, 60, 0)
    view.on_state("answering")
    view.on_answer_note(1.0, 67, 80, 0)
    view.on_tempo(96.0, "player", 0.75)
    view.on_key("G major", 0.5)
    view.on_phrase_end(0.5)
    view.on_control("temperature", 1.0, "osc")
    view.on_error("top_k: 999 refused")
    seen = view.seen
    assert (seen.engine, seen.state, list(seen.call), list(seen.answer)) == (
        *("engine ready: essen", "answering"),
        *([60], [67]),
    )
    assert (seen.tempo, seen.key, seen.phrase_end) == ("96.0 bpm player 75%", "G major 50%", 0.5)
    assert [(note.by, note.pitch, note.off_s) for note in seen.roll.notes] == [(YOU, 60, 0.1), (GPT, 67, None)]
    assert (seen.controls["temperature"].value, seen.controls["temperature"].source) == (1.0, "osc")
    assert [(line.text, line.style) for line in seen.log] == [("top_k: 999 refused", WRONG)]


def test_where_a_value_came_from_is_shown_until_something_else_moves_it() -> None:
    """At the start it came from nowhere; whoever asks for it moves nothing."""
    view, _ = watching()
    sources = []
    for source in ("start", "preset", "ask", "cc"):
        view.on_control("temperature", 1.0, source)
        sources.append(view.seen.controls["temperature"].source)
    assert sources == ["", "preset", "preset", "cc"]


def test_the_take_in_hand_and_the_kept_ones_are_shown() -> None:
    """A take that is kept later does not become the last one."""
    view, _ = watching()
    for take in (a_take(1), a_take(2), a_take(1, kept=True)):
        view.on_take(take)
    assert (view.seen.take, view.seen.kept) == ("take 2", (1,))
    view.on_in_hand(1)
    assert view.seen.take == "take 1 in hand"


def test_what_waits_for_its_knob_is_shown_and_what_moves_the_chosen_control() -> None:
    """In words, not in the log alone."""
    view, _ = watching()
    view.on_learning("patience")
    view.on_bound("temperature", "rel:21")
    text = io.StringIO()
    Console(width=80, height=24, file=text).print(view._picture(Console(width=80), 80, 24))
    assert "patience: move a knob" in text.getvalue()
    assert "CC rel:21  How freely" in text.getvalue()
    view.on_learning("")
    assert view.seen.learning == ""


def test_a_warning_has_its_colour() -> None:
    """Another than an error's."""
    view, _ = watching()
    view.on_warning("the clock is lost")
    assert [(line.text, line.style) for line in view.seen.log] == [("the clock is lost", WARNING)]


def test_the_roll_asks_to_be_drawn_when_it_has_moved_and_rests_in_silence() -> None:
    """Ten pictures a second of silence would be for nobody."""
    clock = FakeClock()
    view = View("", Controls(), lambda asked: None, clock)
    console = Console(width=80, height=24, file=io.StringIO())
    view.on_player_note(0.0, 60, 90)
    view._picture(console, 80, 24)
    assert 0.0 < view._moves_s() <= 0.125
    clock.advance(0.2)
    assert view._moves_s() == 0.0
    view.on_player_note(0.25, 60, 0)
    clock.advance(10.0)
    view._picture(console, 80, 24)
    clock.advance(3600.0)
    assert view._moves_s() > 0.0


def test_a_new_phrase_clears_the_last() -> None:
    """The first note after an answer begins a new line."""
    view, _ = watching()
    view.on_player_note(0.0, 60, 90)
    view.on_state("listening")
    view.on_state("answering")
    view.on_player_note(5.0, 62, 90)
    assert list(view.seen.call) == [62]


def test_the_time_since_the_last_key_is_shown_only_where_it_is_known() -> None:
    """An answer that was asked for by hand comes from no key."""
    view, _ = watching()
    view.on_latency(0.4, 312.0)
    assert view.seen.latency == "0.4 ms from the turn, 312 ms from your key"
    view.on_latency(0.5, None)
    assert view.seen.latency == "0.5 ms from the turn"


def test_a_measured_offset_is_said_with_how_to_keep_it() -> None:
    """It would be gone with the session."""
    view, _ = watching()
    view.on_control("offset", -12.5, "calibration")
    assert "--offset=-12.5" in view.seen.log[-1].text


def test_keys_choose_a_control_and_ask_for_its_move() -> None:
    """The view itself sets nothing: a move goes where every surface's moves go, and is seen when it is told."""
    view, asked = watching()
    view.press("right", 1.0)
    assert view.seen.chosen == "top_k"
    view.press("up", 2.0)
    view.press(" ", 3.0)
    assert asked == [SetControl(2.0, "top_k", 22, "key"), Action(3.0, "answer", "key")]
    assert view.seen.controls["top_k"].value == 20


def test_a_sheet_is_shown_until_a_key_is_pressed_and_can_be_had_again() -> None:
    """The key that lays it aside does nothing else: nobody means panic who looks at a code."""
    view, asked = watching()
    view.press("w", 0.0)
    assert view.seen.sheet == ""
    view.show("a code")
    assert view.seen.sheet == "a code"
    view.press("p", 1.0)
    assert (view.seen.sheet, asked) == ("", [])
    view.press("p", 2.0)
    assert asked == [Action(2.0, "panic", "key")]
    view.press("w", 3.0)
    assert view.seen.sheet == "a code"
    view.press("w", 4.0)
    assert view.seen.sheet == ""


def shown_in_the_background(shell: Shell) -> object:
    shell.resize(80, 24)
    settings = shell.settings
    settings[3] |= termios.TOSTOP
    shell.settings = settings
    job = shell.start_in_background()
    seen: list[object] = [job.asked("show"), job.asked("hide"), job.state(), shell.settings == settings]
    return [*seen, shell.screen()]


def test_in_the_background_nothing_is_drawn_and_nothing_stops() -> None:
    """Even where the shell stops jobs that write (stty tostop)."""
    assert in_a_shell(shown_in_the_background) == [[], [], "running", True, ""]


def shown_and_resized(shell: Shell) -> object:
    shell.resize(100, 30)
    job = shell.start_in_background()
    job.asked("show")
    shell.foreground(job)
    wide, narrow = "╰" + "─" * 98 + "╯", "╰" + "─" * 58 + "╯"
    seen: list[object] = [wide in shell.screen(wide)]
    shell.resize(60, 20)
    seen.append(narrow in shell.screen(narrow))
    job.asked("hide")
    rest = shell.screen("\x1b[?1049l")
    return [*seen, "\x1b[?1049l" in rest, "\x1b[?25h" in rest]


def test_brought_to_the_foreground_it_is_drawn_and_follows_the_terminals_size() -> None:
    """On the terminal's other screen, which is left at the end with the cursor shown."""
    assert in_a_shell(shown_and_resized) == [True, True, True, True]

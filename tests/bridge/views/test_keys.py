"""Keys from the terminal: what is understood, and that no shell ever stops us for reading them."""

from __future__ import annotations

import os
import signal
import sys
import threading

import pytest

from bridge.views.keys import Keyboard, KeyDecoder, outlive_terminal

if sys.platform == "win32":
    pytest.skip("Windows has no job control", allow_module_level=True)

from tests.bridge.views.joblab import Shell, in_a_shell


def test_arrows_come_as_words_and_everything_else_as_it_is() -> None:
    """Both kinds of arrow that terminals send; other keys that send sequences are no keys of ours."""
    assert KeyDecoder().feed(b"a\x1b[A\x1bOB\x1b[C\x1b[D \x1b[5~\x1b[1;5Aq") == [
        *("a", "up", "down", "right", "left", " ", "up", "q")
    ]


def test_an_arrow_that_comes_in_two_parts_is_one_key() -> None:
    """A terminal far away sends in pieces."""
    decoder = KeyDecoder()
    assert [decoder.feed(part) for part in (b"\x1b", b"[", b"A", b"x")] == [[], [], ["up"], ["x"]]


def test_a_look_that_comes_too_late_stops_nothing() -> None:
    """Between the look whether the terminal is ours and its use a shell may have moved us to the background."""
    blocked: list[set[signal.Signals | int]] = []

    def look() -> None:
        outlive_terminal()
        blocked.append(set(signal.pthread_sigmask(signal.SIG_BLOCK, ())))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert blocked[0] >= {signal.SIGTTIN, signal.SIGTTOU}


def test_a_terminal_that_is_gone_has_no_keys() -> None:
    """Its settings can neither be asked for nor given back, and nothing is raised for that."""
    far, near = os.openpty()
    keyboard = Keyboard(near)
    assert keyboard.poll(0.0) == []
    os.close(far)
    assert keyboard.poll(0.0) == []
    keyboard.close()
    os.close(near)


def in_background(shell: Shell) -> object:
    before = shell.settings
    job = shell.start_in_background()
    shell.type(b"ls\n")
    return [job.asked("look"), job.asked("look"), job.state(), shell.settings == before]


def test_in_the_background_no_key_is_read_and_no_setting_touched() -> None:
    """A shell's job is not stopped for looking; what is typed stays the shell's."""
    assert in_a_shell(in_background) == [[], [], "running", True]


def brought_forward(shell: Shell) -> object:
    before = shell.settings
    job = shell.start_in_background()
    seen: list[object] = [job.asked("look")]
    shell.foreground(job)
    seen += [job.asked("look"), shell.key_by_key]
    shell.type(b"a")
    seen += [job.asked("wait"), job.asked("close"), shell.settings == before]
    return seen


def test_brought_to_the_foreground_keys_work_and_at_the_end_the_settings_are_the_shells() -> None:
    """fg is enough; nothing need be started again."""
    assert in_a_shell(brought_forward) == [[], [], True, ["a"], [], True]


def stopped_and_brought_back(shell: Shell) -> object:
    before = shell.settings
    job = shell.start_in_background()
    shell.foreground(job)
    seen: list[object] = [job.asked("look"), shell.key_by_key]
    shell.type(b"\x1a")
    seen.append(job.state(wait=True))
    shell.take_back(before)
    shell.foreground(job)
    seen += [job.asked("look"), shell.key_by_key]
    shell.type(b"b")
    seen += [job.asked("wait"), job.asked("close"), shell.settings == before]
    return seen


def test_after_ctrl_z_and_fg_keys_come_one_by_one_again() -> None:
    """The shell takes its settings back meanwhile; they are ours again after fg, and the shell's at the end."""
    assert in_a_shell(stopped_and_brought_back) == [[], True, "stopped", [], True, ["b"], [], True]


def stopped_and_left_behind(shell: Shell) -> object:
    before = shell.settings
    job = shell.start_in_background()
    shell.foreground(job)
    seen: list[object] = [job.asked("look")]
    shell.type(b"\x1a")
    seen.append(job.state(wait=True))
    shell.take_back(before)
    os.killpg(job.group, signal.SIGCONT)
    seen += [job.asked("look"), job.asked("close"), job.state(), shell.settings == before]
    return seen


def test_continued_in_the_background_the_terminal_stays_the_shells() -> None:
    """Ctrl-Z and bg: the settings that were ours are no longer given back by us."""
    assert in_a_shell(stopped_and_left_behind) == [[], "stopped", [], [], "running", True]

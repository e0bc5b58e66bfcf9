"""The README says what the program does, on a few screens; what is generated in it is checked in test_docs.py."""

from __future__ import annotations

import re

import pytest

from bridge.cli import COMMANDS, play_parser
from bridge.presets.shelf import bundled_names
from bridge.views.steering import ACTION_KEYS
from tests.paths import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
SCREENS_LINES = 130


def test_it_is_a_few_screens_long() -> None:
    """The README is read to its end; what needs more room has a page."""
    assert len(README.splitlines()) <= SCREENS_LINES


def test_every_preset_that_it_names_is_there() -> None:
    """A preset in the README travels with the program; at least two show what they are."""
    named = set(re.findall(r"--preset ([a-z][\w-]*)", README))
    assert len(named) >= 2
    assert named <= set(bundled_names())


def test_every_flag_that_it_names_is_there() -> None:
    """A flag in the README is one of the program's; those of the trainer's commands test_docs.py tries."""
    flags = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", re.sub(r"melody-train [^`]*`", "", README)))
    assert flags <= set(play_parser()._option_string_actions)


def test_every_command_that_it_names_is_there() -> None:
    """A subcommand or make target in the README is one of the program's."""
    commands = set(re.findall(r"`(?:\.venv/bin/)?melody-bridge (\w+)", README))
    targets = set(re.findall(r"\bmake (\w+)(?=`| {2})", README))
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    listed = [re.split(r"  +", line.strip())[0] for line in COMMANDS.splitlines()[1:]]
    assert commands <= {name for names in listed for name in names.split(", ")}
    assert targets >= {"play", "test"}
    assert [target for target in targets if not re.search(rf"^{target}:", makefile, re.MULTILINE)] == []


@pytest.mark.parametrize(("key", "action"), ACTION_KEYS.items())
def test_every_key_is_named(key: str, action: str) -> None:
    """The README says which keys act in the terminal."""
    assert ("space" if key == " " else f"`{key}`") in README, action

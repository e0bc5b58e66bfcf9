"""REAPER's files: action names that it knows, patterns it can read, a slider for each number."""

from __future__ import annotations

import re

import pytest

from bridge.controls import Control
from bridge.events import Action, SetControl
from bridge.ports.osc_messages import route
from bridge.ports.osc_numbers import NUMBERED
from bridge.surfaces.plan import Wiring
from bridge.surfaces.reaper import reaper_effect, reaper_pattern

PATTERN = reaper_pattern(Wiring("/band", 9100, 9101)).decode()
SLIDERS = re.findall(r"^slider(\d+):(\S+?)<([^{>]*)(?:\{(.*)\})?>(.*)$", reaper_effect().decode(), re.MULTILINE)
KNOWN = {
    *("DEVICE_TRACK_COUNT", "DEVICE_FX_COUNT", "DEVICE_FX_PARAM_COUNT", "REAPER_TRACK_FOLLOWS"),
    *("DEVICE_TRACK_FOLLOWS", "DEVICE_TRACK_BANK_FOLLOWS", "DEVICE_FX_FOLLOWS", "FX_PARAM_VALUE"),
}
"""Action names of REAPER's Default.ReaperOSC; one that it does not know makes it refuse the file."""


def test_every_line_is_a_name_that_reaper_knows_with_what_it_takes() -> None:
    """A count, whom it follows, or patterns: a flag of n f b t r s i, and an address that begins with a slash."""
    lines = [line.split() for line in PATTERN.splitlines() if line and not line.startswith("#")]
    assert {line[0] for line in lines} <= KNOWN
    for name, *given in lines:
        for each in given:
            counts, follows = name.endswith("_COUNT"), name.endswith("_FOLLOWS")
            wanted = r"\d+" if counts else "REAPER|DEVICE" if follows else r"[nfbtrsi]/[^\s@]*@[^\s@]*"
            assert re.fullmatch(wanted, each), each


def test_all_numbers_fit_into_one_bank_and_go_to_the_ports_that_are_told() -> None:
    """REAPER sends the parameters of the first bank alone."""
    assert f"DEVICE_FX_PARAM_COUNT {len(NUMBERED)}\n" in PATTERN
    assert "FX_PARAM_VALUE s/band/param/@ n/band/param/@/norm\n" in PATTERN
    assert "device port 9100" in PATTERN
    assert "--osc-feedback 127.0.0.1:9101" in PATTERN


def test_the_effect_has_a_slider_for_each_number_in_order() -> None:
    """REAPER counts sliders as the bridge counts: the number is the way from one to the other."""
    assert [int(number) for number, *_ in SLIDERS] == list(range(1, len(NUMBERED) + 1))
    assert [label.split(" ")[0] for *_, label in SLIDERS] == [row.name for row in NUMBERED]


@pytest.mark.parametrize("slider", SLIDERS, ids=lambda slider: slider[-1])
def test_what_a_slider_shows_is_taken_as_its_control_takes_it(slider: tuple[str, ...]) -> None:
    """Its range and names are the control's: each end, and each name, sets it."""
    number, default, limits, names, _ = slider
    row = NUMBERED[int(number) - 1]
    low, high, step = map(float, limits.split(","))
    shown = names.split(",") if names else [f"{low:.2f}", f"{high:.2f}", default]
    for text in shown:
        event = route(f"/melody/param/{number}", [text], "/melody", 0.0)
        if isinstance(row, Control):
            assert isinstance(event, SetControl)
            row.parse(event.value)
        else:
            assert event == (Action(0.0, row.name, "osc") if text == "now" else None)
    if isinstance(row, Control) and row.kind != "choice":
        assert (low, high, step) == (row.low, row.high, row.step)

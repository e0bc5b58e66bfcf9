"""A moment's settings, as the table of controls says them."""

from __future__ import annotations

import pytest

from bridge.controls import Controls
from bridge.moment import USUAL_BAR_BEATS, read_settings
from tests.stage import Stage


@pytest.mark.parametrize("bar", [1e-17, 0.001, 0.2])
def test_a_bar_shorter_than_any_note_is_unknown(bar: float) -> None:
    """OSC may send what lies between the control's steps; whoever counts bars would else count for ever."""
    controls = Controls()
    controls.set("bar", bar)
    settings = read_settings(controls)
    assert (settings.bar_beats, settings.usual_bar_beats) == (0.0, USUAL_BAR_BEATS)


def test_a_bar_that_can_be_played_is_as_it_was_set() -> None:
    """From a sixteenth on every length is taken, whether on the control's steps or not."""
    controls = Controls()
    for bar in (0.25, 3.0, 3.3, 12.0):
        controls.set("bar", bar)
        assert read_settings(controls).bar_beats == bar


@pytest.mark.parametrize(
    ("bar", "pulse", "told"),
    [(3.0, 1.5, 1.5), (3.0, 1.0, 1.0), (4.0, 1.5, 0.0), (0.0, 1.5, 0.0), (3.5, 0.5, 0.5), (4.0, 1e-9, 0.0)],
)
def test_a_pulse_counts_in_a_told_bar_that_it_goes_into(bar: float, pulse: float, told: float) -> None:
    """While bars are found, and in a bar that has no whole number of it, it says nothing."""
    controls = Controls()
    controls.update({"bar": bar, "pulse": pulse})
    assert read_settings(controls).pulse_beats == told


def test_in_bars_mode_the_shortest_bar_is_counted_to_its_end() -> None:
    """An answer comes, soon after the call, whatever was set."""
    stage = Stage(turn="bars", turn_bars=1, bar=1e-17)
    stage.play([(0.0, 0.45, 60), (0.5, 0.95, 62)])
    stage.run(8.0)
    assert stage.score != []


def test_a_crossed_range_of_waits_is_taken_in_order() -> None:
    """wait_min above wait_max means the same range."""
    controls = Controls()
    controls.update({"wait_min": 2.0, "wait_max": 0.5})
    waiting = read_settings(controls).waiting
    assert (waiting.min_s, waiting.max_s) == (0.5, 2.0)

"""Calibrating as it plays: through a loop and without one."""

from __future__ import annotations

import pytest

from bridge.events import NoteOff, NoteOn
from tests.stage import Stage


def test_calibration_sets_the_offset_from_the_round_trip() -> None:
    """Test notes that come back after 12 ms are not taken for playing; half of the trip is made up for."""
    stage = Stage()
    stage.act("calibrate")
    looped = 0
    while stage.clock() < 4.0:
        stage.run(stage.clock() + 0.001)
        for time_s, message in stage.sent[looped:]:
            if stage.clock() < time_s + 0.012 - 1e-9:
                break
            looped += 1
            if message[0] == 0x90:
                stage.do(NoteOn(stage.clock(), message[1], message[2]))
            elif message[0] == 0x80:
                stage.do(NoteOff(stage.clock(), message[1]))
    assert ("offset", pytest.approx(-6.0, abs=0.6), "calibration") in stage.witness.controls
    assert stage.session.state == "idle"
    assert stage.hanging == set()


def test_calibration_without_a_loop_says_so_and_leaves_the_offset() -> None:
    """When nothing comes back, one line says what to route; playing meanwhile is heard."""
    stage = Stage()
    stage.act("calibrate")
    stage.run(4.0)
    assert "route a DAW track" in stage.witness.errors[-1]
    assert stage.session.controls["offset"] == 0.0
    assert stage.hanging == set()

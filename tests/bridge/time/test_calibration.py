"""The loop-back calibration."""

from __future__ import annotations

import pytest

from bridge.events import NoteOn
from bridge.time.calibration import Calibration
from tests.fakes import FakeClock


def run(trip_s: list[float | None], limit_s: float = 10.0) -> tuple[Calibration, list[tuple[int, int]]]:
    """Run with a loop that returns the n-th note after trip_s[n] (None: never)."""
    clock = FakeClock(100.0)
    calibration = Calibration(clock())
    sent: list[tuple[int, int]] = []
    waiting: list[tuple[float, int]] = []
    while not calibration.over and clock() < 100.0 + limit_s:
        for note in calibration.step(clock()):
            sent.append((note.pitch, note.velocity))
            if note.velocity:
                after_s = trip_s[(note.pitch - 60) % len(trip_s)]
                if after_s is not None:
                    waiting.append((clock() + after_s, note.pitch))
        for due_s, pitch in [each for each in waiting if each[0] <= clock()]:
            waiting.remove((due_s, pitch))
            assert calibration.hear(NoteOn(due_s, pitch, 1))
        clock.advance(0.001)
    return calibration, sent


def test_median_round_trip_is_measured_and_one_straggler_does_not_matter() -> None:
    calibration, _ = run([0.012, 0.012, 0.011, 0.013, 0.012, 0.080, 0.012, 0.012, 0.012])
    assert calibration.result is not None
    assert calibration.result.median_ms == pytest.approx(12, abs=0.1)
    assert calibration.result.range_ms == pytest.approx(69, abs=0.5)
    assert calibration.result.heard == 9


def test_by_midi_clock_the_whole_trip_is_made_up_for_and_else_the_way_out() -> None:
    """The pulse comes late by the way back and our note by the way out; Link's clock is not late."""
    calibration, _ = run([0.020])
    assert calibration.result is not None
    assert calibration.result.offset_ms("clock") == pytest.approx(-20, abs=0.1)
    assert calibration.result.offset_ms("link") == pytest.approx(-10, abs=0.1)


def test_every_note_is_released() -> None:
    for trips in ([0.01], [None]):
        _, sent = run(list(trips))
        assert len(sent) == 18
        assert {pitch for pitch, velocity in sent if velocity} == {
            pitch for pitch, velocity in sent if not velocity
        }


def test_notes_that_take_longer_than_the_gap_are_still_told_apart() -> None:
    calibration, _ = run([0.240])
    assert calibration.result is not None
    assert calibration.result.median_ms == pytest.approx(240, abs=0.1)


def test_a_few_lost_notes_do_no_harm() -> None:
    calibration, _ = run([0.01, None, 0.01, 0.01, None, 0.01, 0.01, 0.01, 0.01])
    assert calibration.result is not None
    assert calibration.result.heard == 7


def test_nothing_back_ends_with_a_sentence_that_says_what_to_do() -> None:
    calibration, _ = run([None])
    assert calibration.result is None
    assert calibration.failure is not None
    assert "none of the test notes came back" in calibration.failure
    assert "route" in calibration.failure


def test_a_trip_beyond_the_range_of_offset_is_refused() -> None:
    calibration, _ = run([0.4])
    assert calibration.result is None
    assert "400 ms" in (calibration.failure or "")


def test_the_players_own_notes_are_left_alone() -> None:
    calibration = Calibration(0.0)
    calibration.step(0.0)
    assert not calibration.hear(NoteOn(0.1, 40, 90))
    assert not calibration.hear(NoteOn(0.1, 61, 90))


def test_cancel_returns_the_note_offs_owed() -> None:
    calibration = Calibration(0.0)
    calibration.step(0.0)
    assert [(note.pitch, note.velocity) for note in calibration.cancel()] == [(60, 0)]
    assert calibration.over
    assert calibration.cancel() == []

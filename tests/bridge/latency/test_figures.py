"""Figures of both ends' records: each span is what it was, what was lost is left out, the text fits a terminal."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.latency.figures import Figures, Span, figures, histogram
from bridge.latency.record import DueMessage, FarEnd, Heard, Record, Seen

SMALL_S = st.floats(0.0, 0.02)


def spans_of(record: Record) -> dict[str, tuple[float, ...]]:
    return {span.key: tuple(round(value, 6) for value in span.values_ms) for span in figures(record).spans}


@given(st.lists(st.tuples(SMALL_S, SMALL_S), min_size=1, max_size=20))
def test_a_note_is_with_the_model_when_a_request_that_came_after_it_is_answered(
    delays_s: list[tuple[float, float]],
) -> None:
    """However late the bridge saw it and the engine answered; an answer to an older request does not count."""
    record = Record()
    for number, (seen_s, listened_s) in enumerate(delays_s):
        played_s = 10.0 + number
        record.far.played.append((played_s, 60 + number))
        record.seen.append(Seen(played_s + seen_s, 60 + number, last_request=2 * number))
        record.listened.append((2 * number, played_s + seen_s))
        record.listened.append((2 * number + 1, played_s + seen_s + listened_s))
        record.listened.append((2 * number + 2, played_s + 0.9))
    expected = tuple(round((seen_s + listened_s) * 1000, 6) for seen_s, listened_s in delays_s)
    assert spans_of(record)["note_to_context"] == expected


def test_a_note_that_the_bridge_never_saw_is_left_out() -> None:
    """And the ones after it are not taken for it."""
    record = Record(far=FarEnd(played=[(1.0, 60), (2.0, 61), (3.0, 62)]))
    record.seen = [Seen(1.001, 60, 1), Seen(3.001, 62, 2)]
    record.listened = [(2, 1.004), (3, 3.005)]
    assert spans_of(record)["note_to_context"] == (4.0, 5.0)


def test_an_answer_is_measured_from_its_own_turn() -> None:
    """The last turn before the first note that was heard; a call without an answer gives none."""
    record = Record(turns_s=[1.0, 5.0, 5.2], far=FarEnd(answers=[(0.9, 1.012), (3.0, None), (5.1, 5.203)]))
    found = figures(record)
    assert spans_of(record)["turn_to_note"] == (12.0, 3.0)
    assert (found.turns, found.answered) == (3, 2)


@given(st.lists(st.tuples(SMALL_S, st.booleans()), max_size=30))
def test_every_message_is_matched_with_its_own_arrival(late: list[tuple[float, bool]]) -> None:
    """Messages that were lost are left out, and what follows them is not taken for them."""
    record = Record()
    for number, (late_s, lost) in enumerate(late):
        due_s, pitch = number * 0.5, 60 + number % 3
        record.due.append(DueMessage(due_s, (0x90, pitch, 80)))
        record.due.append(DueMessage(due_s + 0.1, (0x80, pitch, 0)))
        if not lost:
            record.far.heard.append(Heard(due_s + late_s, True, 0, pitch))
            record.far.heard.append(Heard(due_s + 0.1 + late_s, False, 0, pitch))
    expected = [round(late_s * 1000, 6) for late_s, lost in late if not lost for _ in range(2)]
    assert list(spans_of(record)["output"]) == expected


@given(st.lists(st.floats(-100, 100), max_size=200))
def test_the_histogram_counts_every_value(values: list[float]) -> None:
    """Whatever lies beyond its edges is in the outer bins."""
    edges, counts = histogram(values)
    assert sum(counts) == len(values)
    assert len(edges) == (len(counts) + 1 if values else 0)


@pytest.mark.parametrize("range_ms", [0.02, 5.0])
def test_no_two_bars_have_one_label(range_ms: float) -> None:
    """Output to the frame is within hundredths of a millisecond: its bars are told to the microsecond."""
    lines = Figures((), tuple(range_ms * index / 200 for index in range(200))).lines()
    labels = [line.split()[0] for line in lines if line.strip()[:1] in "+-" and line.strip()]
    assert len(labels) == len(set(labels)) == 16


def test_the_table_fits_a_terminal_and_says_what_was_not_measured() -> None:
    """80 columns; a span of nothing has a dash and a count of 0; JSON holds the same."""
    found = Figures(
        (Span("a", "a long label of a span", (1.0, 2.0)), Span("b", "another", ())), (0.0, -1.0, 400.0)
    )
    lines = found.lines()
    assert max(map(len, lines)) <= 80
    assert lines[2].split() == ["another", "–", "–", "–", "0"]
    told = json.loads(json.dumps(found.as_json()))
    assert told["spans"]["a"]["p50_ms"] == 2.0
    assert told["spans"]["b"]["p99_ms"] is None
    assert sum(told["jitter"]["counts"]) == 3

"""What the view remembers of what it was told."""

from __future__ import annotations

from bridge.views.seen import LOG_KEPT, WARNING, LogLine, Seen


def test_of_the_log_the_last_lines_are_kept() -> None:
    """However long the evening."""
    seen = Seen()
    for number in range(1000):
        seen.add_line(str(number))
    assert [line.text for line in seen.log] == [str(number) for number in range(1000 - LOG_KEPT, 1000)]


def test_a_line_that_wants_something_is_marked_where_there_is_no_colour() -> None:
    """By a sign before it."""
    assert [str(LogLine("slow", WARNING)), str(LogLine("fine", times=2))] == ["! slow", "fine (×2)"]

"""How long after the turn a model answers: when that is news, and what is said."""

from __future__ import annotations

from bridge.engine.slowness import NOTICED_S, Slowness


def told(*delays_s: float) -> list[str]:
    """Return the line after each of these answers, "" for none."""
    slowness = Slowness()
    return [slowness.take(delay_s, 0.1) for delay_s in delays_s]


def test_one_late_answer_says_nothing_of_the_model() -> None:
    """Two of three do."""
    assert told(0.0, 0.4, 0.0, 0.0) == ["", "", "", ""]
    lines = told(0.4, 0.41, 0.42)
    assert [bool(line) for line in lines] == [False, True, False]
    assert lines[1].startswith("this model answers 400 ms after the turn (100 ms a note)")


def test_only_a_delay_that_is_much_another_is_told_again() -> None:
    """A tenth more is not; three times as much is, and so is none at all."""
    lines = [line for line in told(0.4, 0.4, 0.44, 0.44, 1.2, 1.2, 1.2, 0.0, 0.0, 0.0) if line]
    assert [line.partition(" ms")[0] for line in lines] == [
        "this model answers 400",
        "this model answers 1200",
        "this model now answers at once",
    ]


def test_what_nobody_hears_is_not_told() -> None:
    """A few milliseconds are no delay."""
    assert not any(told(*[NOTICED_S * 0.9] * 9))

"""On what degree an answer ends: engine/drawing/cadence.py."""

from __future__ import annotations

import pytest

from engine.drawing.cadence import closing_bias

C_MAJOR = (0, (0, 2, 4, 5, 7, 9, 11))
D_MINOR = (2, (0, 2, 4, 5, 7, 9, 10))


@pytest.mark.parametrize(
    ("key", "tonic", "third", "fifth", "leading"), [(C_MAJOR, 60, 64, 67, 71), (D_MINOR, 62, 65, 69, 61)]
)
def test_the_tonic_closes_most(
    key: tuple[int, tuple[int, ...]], tonic: int, third: int, fifth: int, leading: int
) -> None:
    """Then the rest of its triad; the leading note and what is outside the scale least."""
    bias = closing_bias(key)
    assert bias is not None
    assert bias[tonic] > max(bias[third], bias[fifth])
    assert min(bias[third], bias[fifth]) > bias[leading]
    assert bias[tonic] == bias[tonic + 12]


def test_what_the_call_ended_on_ends_an_answer_more_often() -> None:
    """A call that ends on the second may be answered there, but the tonic stays the likeliest end."""
    plain, bias = closing_bias(C_MAJOR), closing_bias(C_MAJOR, 62)
    assert plain is not None
    assert bias is not None
    assert bias[62] > plain[62]
    assert bias[60] == plain[60] == bias.max()


def test_without_a_key_no_degree_is_known() -> None:
    """Nothing leans on anything."""
    assert closing_bias(None, 60) is None

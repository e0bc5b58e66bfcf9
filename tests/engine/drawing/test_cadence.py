"""On what degree an answer ends: engine/drawing/cadence.py."""

from __future__ import annotations

import pytest

from engine.drawing.cadence import closing_bias
from engine.key import estimate_key
from engine.notes import Note

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


def test_a_doubtful_key_counts_as_far_as_it_is_believed() -> None:
    """A call that may be in G or in C closes on G less than one that surely is, and on C more."""
    call = [Note(pitch, 1.0) for pitch in (67, 69, 71, 72, 74, 72, 71, 69, 67, 64, 62, 67)]
    key = estimate_key(call)
    assert key is not None
    assert key.tonic == 7
    assert key.confidence < 0.95
    sure, doubtful = closing_bias((7, (7, 9, 11, 0, 2, 4, 6))), closing_bias((7, (7, 9, 11, 0, 2, 4, 6)), call)
    assert sure is not None
    assert doubtful is not None
    assert doubtful[67] - doubtful[72] < sure[67] - sure[72]


def test_a_key_that_was_set_is_in_no_doubt() -> None:
    """What is heard in the call does not count against a tonic that the player chose."""
    call = [Note(pitch, 1.0) for pitch in (67, 69, 71, 72, 74, 71, 67)]
    plain, bias = closing_bias(D_MINOR), closing_bias(D_MINOR, call)
    assert plain is not None
    assert bias is not None
    assert bias.tolist() == plain.tolist()


def test_a_third_that_was_set_is_in_no_doubt() -> None:
    """Minor over the tonic of a call in major: what is heard in the call does not count against it."""
    call = [Note(pitch, 1.0) for pitch in (69, 71, 73, 74, 76, 73, 71, 69)]
    a_minor = (9, (9, 11, 0, 2, 4, 5, 7))
    heard = estimate_key(call)
    assert heard is not None
    assert (heard.tonic, heard.scale) == (9, "major")
    plain, bias = closing_bias(a_minor), closing_bias(a_minor, call)
    assert plain is not None
    assert bias is not None
    assert bias.tolist() == plain.tolist()


def test_without_a_key_no_degree_is_known() -> None:
    """Nothing leans on anything."""
    assert closing_bias(None, [Note(60, 1.0)]) is None

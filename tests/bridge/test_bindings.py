"""Controllers: how they are written, and what their messages mean."""

from __future__ import annotations

import pytest

from bridge.bindings import Binding, Bindings, Pair, parse_binding, ticks
from engine.errors import UserError


@pytest.mark.parametrize(
    ("raw", "binding"),
    [
        (21, Binding(21)),
        ("rel:21", Binding(21, "rel")),
        ("REL64: 119", Binding(119, "rel64")),
        ("14bit:0", Binding(0, "14bit")),
    ],
)
def test_a_controller_is_a_number_with_or_without_its_kind(raw: object, binding: Binding) -> None:
    """What is written back is read the same."""
    assert parse_binding("temperature", raw) == binding
    text = str(binding)
    assert parse_binding("temperature", int(text) if text.isdigit() else text) == binding


@pytest.mark.parametrize("raw", ["rel:", "rel:x", "rel:120", "abs:20", "14bit:32", "", True, 1.0, None, 120])
def test_what_is_no_controller_is_refused(raw: object) -> None:
    """With the control, the value and what is allowed."""
    with pytest.raises(UserError, match=r"cc of turn: .* refused; it takes a whole number from 0 to (119|31)"):
        parse_binding("turn", raw)


def test_ticks_go_both_ways() -> None:
    """Two's complement: 1 is one up, 127 one down; by offset 65 is one up, 63 one down."""
    assert [ticks("rel", value) for value in (0, 1, 3, 63, 64, 65, 125, 127)] == [0, 1, 3, 63, 0, -63, -3, -1]
    assert [ticks("rel64", value) for value in (0, 61, 63, 64, 65, 67, 127)] == [-64, -3, -1, 0, 1, 3, 63]


def test_a_pair_has_16384_places() -> None:
    """The coarse half and then the fine; a fine one alone moves on from the coarse before."""
    pair = Pair()
    assert pair.feed(True, 5) is None
    assert pair.feed(False, 64) == (64 * 128) / 16383
    assert pair.feed(True, 1) == (64 * 128 + 1) / 16383
    assert pair.feed(False, 64) is None
    assert pair.feed(True, 2) == (64 * 128 + 2) / 16383
    assert [pair.feed(False, 127), pair.feed(True, 127)][1] == 1.0


def test_a_coarse_half_without_a_fine_one_reaches_both_ends() -> None:
    """A sender of 7 bits is taken for what it is."""
    pair = Pair()
    assert [pair.feed(False, value) for value in (0, 127, 127)] == [0.0, 1.0, 1.0]


def test_a_pair_takes_both_its_numbers() -> None:
    """The fine half comes 32 above."""
    bindings = Bindings({"temperature": Binding(20, "14bit"), "turn": Binding(14)})
    assert [bindings.name_of(number) for number in (20, 52, 14, 21)] == [
        "temperature",
        "temperature",
        "turn",
        None,
    ]
    assert bindings.get("turn") == Binding(14)
    assert bindings.get("top_k") is None
    assert list(bindings) == ["temperature", "turn"]

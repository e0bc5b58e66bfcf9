"""The table laid out: every control is on one page, the main ones on the first."""

from __future__ import annotations

from bridge.control_pages import FIRST, STARTS, decimals, is_main, with_pages
from bridge.controls import TABLE, Controls


def test_every_control_is_on_one_page() -> None:
    """In the table's order; those with a MIDI controller of their own on the first, no page empty."""
    paged = list(with_pages(TABLE))
    assert [control for _, control in paged] == list(TABLE)
    assert {page for page, _ in paged} == {FIRST, *STARTS}
    assert all((page == FIRST) == is_main(control) for page, control in paged)


def test_numbers_have_as_many_decimals_as_their_step() -> None:
    """Swing moves in thousandths, top_k in whole notes."""
    shown = [decimals(Controls().find(name)) for name in ("temperature", "swing", "bpm", "top_k")]
    assert shown == [2, 3, 1, 0]

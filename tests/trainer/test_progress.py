"""A bar counts on a terminal and leaves everything else alone."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from trainer.progress import counting_bar


@pytest.mark.parametrize(("terminal", "shown"), [(True, True), (False, False)])
def test_how_far_it_is_is_shown_on_a_terminal_alone(terminal: bool, shown: bool) -> None:
    """A log file is not filled with bars."""
    out = io.StringIO()
    with counting_bar(Console(file=out, force_terminal=terminal, width=80), "reading") as advance:
        advance(3, 7)
    assert ("reading" in out.getvalue() and "3/7" in out.getvalue()) is shown

"""How the table of controls is laid out where all of it is shown: pages, and how numbers are written.

The first page is for playing: the controls that a player's hands look for. Values only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bridge.controls import Control

FIRST = "play"
STARTS = {"notes": "temperature", "turns": "turn", "time": "length_mode"}
"""The pages behind the first, and the control of the table with which each begins."""


def is_main(control: Control) -> bool:
    """Say whether a control is on the first page: it has a MIDI controller of its own."""
    return control.cc is not None


def with_pages(table: Iterable[Control]) -> Iterator[tuple[str, Control]]:
    """Yield every control with its page, in the table's order."""
    titles = {name: title for title, name in STARTS.items()}
    title = ""
    for control in table:
        title = titles.get(control.name, title)
        yield FIRST if is_main(control) else title, control


def decimals(control: Control) -> int:
    """Return with how many decimals a control's number is shown: as many as its step has."""
    return len(f"{control.step:.6f}".rstrip("0").partition(".")[2])

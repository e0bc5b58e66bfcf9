"""What a page asks for: a text becomes an event, or is refused in a sentence. Pure.

`{"set": NAME, "to": VALUE}` sets a control in its own units, `{"move": NAME, "to": 0..1}` on its travel,
`{"do": ACTION}` acts, with what it takes in "with". Values go on as they came: the table judges them.
"""

from __future__ import annotations

import json

from bridge.actions import ACTIONS
from bridge.controls import suggest
from bridge.events import Action, SetControl
from engine.errors import UserError

LONGEST_TEXT = 80
SOURCE = "page"
OFFERED = {row.name: row for row in ACTIONS if row.osc}
"""What can be asked for from afar; ending the program cannot."""


def asked(text: str, time_s: float) -> SetControl | Action:
    """Return what a page asks for. Raises UserError for what cannot be understood."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        raise UserError("the page sent something that is no request") from None
    match said:
        case {"set": str() as name, "to": value} if len(said) == 2:
            return SetControl(time_s, _short(name), _plain(value), SOURCE)
        case {"move": str() as name, "to": value} if len(said) == 2:
            return SetControl(time_s, _short(name), _plain(value), SOURCE, normalised=True)
        case {"do": str() as name} if len(said) == 1 and name in OFFERED and not OFFERED[name].argument:
            return Action(time_s, name, SOURCE)
        case {"do": str() as name, "with": value} if len(said) == 2 and name in OFFERED and OFFERED[name].argument:
            return Action(time_s, name, SOURCE, (_plain(value),))
        case {"do": str() as name} if name not in OFFERED:
            raise UserError(f"there is no action '{_short(name)}'" + suggest(_short(name), OFFERED))
        case {"do": str() as name}:
            takes = OFFERED[name].argument
            raise UserError(f"{name}: it takes " + (f"a {takes}" if takes else "nothing"))
        case _:
            raise UserError("the page sent something that is no request")


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT] + "…"


def _plain(value: object) -> object:
    """Return a number or a short text as it came."""
    if not isinstance(value, bool | int | float | str) or len(str(value)) > LONGEST_TEXT:
        raise UserError("the page sent neither a number nor a short text")
    return value

"""TouchOSC's format: nodes with properties, values and messages as XML, in the order its editor writes. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

from bridge.surfaces.plan import Frame

Colour = tuple[float, float, float, float]
WHITE: Colour = (1.0, 1.0, 1.0, 1.0)
CLEAR: Colour = (0.0, 0.0, 0.0, 0.0)
EASTWARD = 1
"""The orientation of a fader that lies; 0 stands."""

COMMON: dict[str, object] = {
    "background": True,
    "cornerRadius": 4.0,
    "grabFocus": True,
    "interactive": True,
    "locked": False,
    "orientation": 0,
    "outline": True,
    "outlineStyle": 0,
    "pointerPriority": 0,
    "shape": 1,
    "visible": True,
}
GROUP: dict[str, object] = {"grabFocus": False, "interactive": False, "outline": False}
TABS = 44
"""How high the row of tabs is, in points."""
PAGER: dict[str, object] = {
    "grabFocus": False,
    "tabLabels": True,
    "tabbar": True,
    "tabbarDoubleTap": False,
    "tabbarSize": TABS,
    "textSizeOff": 16,
    "textSizeOn": 16,
}
TEXT_LOOK: dict[str, object] = {
    "interactive": False,
    "font": 0,
    "textAlignH": 2,
    "textAlignV": 2,
    "textClip": True,
    "textColor": WHITE,
    "textLength": 0,
    "textSize": 15,
}
BUTTON_LOOK: dict[str, object] = {"buttonType": 0, "press": True, "release": True, "valuePosition": False}
FADER_LOOK: dict[str, object] = {
    "bar": True,
    "barDisplay": 0,
    "cursor": True,
    "cursorDisplay": 0,
    "grid": True,
    "gridColor": (0.0, 0.0, 0.0, 0.25),
    "gridSteps": 11,
    "response": 0,
    "responseFactor": 100,
}


def node(
    kind: str,
    name: str,
    frame: Frame,
    properties: Mapping[str, object],
    values: Sequence[str | tuple[str, str]],
    children: str = "",
    messages: str = "",
) -> str:
    """Return one control. values: what it holds, each with its start, or by name alone at rest."""
    whole = {**COMMON, **properties, "name": name, "frame": frame}
    lines = "".join(_property(key, whole[key]) for key in sorted(whole))
    held = "".join(_held(*((each, AT_REST[each]) if isinstance(each, str) else each)) for each in values)
    ident = uuid.uuid5(uuid.NAMESPACE_URL, f"melody-bridge/{kind}/{name}/{frame}")
    return (
        f"<node ID='{ident}' type='{kind}'><properties>{lines}</properties><values>{held}</values>"
        + (f"<messages>{messages}</messages>" if messages else "")
        + (f"<children>{children}</children>" if children else "")
        + "</node>"
    )


AT_REST = {"x": "0", "touch": "false", "page": "0"}


def _property(key: str, value: object) -> str:
    match value:
        case bool():
            kind, text = "b", str(int(value))
        case int():
            kind, text = "i", str(value)
        case float():
            kind, text = "f", f"{value:g}"
        case str():
            kind, text = "s", _quoted(value)
        case Frame(x, y, w, h):
            kind, text = "r", f"<x>{x}</x><y>{y}</y><w>{w}</w><h>{h}</h>"
        case (r, g, b, a):
            kind, text = "c", f"<r>{r:g}</r><g>{g:g}</g><b>{b:g}</b><a>{a:g}</a>"
        case _:
            raise TypeError(f"{key}: {value!r} is none of the format's kinds")
    return f"<property type='{kind}'><key>{_quoted(key)}</key><value>{text}</value></property>"


def _quoted(text: str) -> str:
    return f"<![CDATA[{text}]]>" if "]]>" not in text else escape(text)


def _held(key: str, start: str) -> str:
    return (
        f"<value><key>{_quoted(key)}</key><locked>0</locked><lockedDefaultCurrent>0</lockedDefaultCurrent>"
        f"<default>{_quoted(start)}</default><defaultPull>0</defaultPull></value>"
    )


def osc(
    address: str,
    argument: str,
    watched: str = "x",
    condition: str = "ANY",
    *,
    send: bool = True,
    receive: bool = True,
) -> str:
    """Return a message of a control. argument: a `partial`; watched: whose change sends it, by condition."""
    path = partial("CONSTANT", "STRING", address)
    return (
        f"<osc><enabled>1</enabled><send>{send:d}</send><receive>{receive:d}</receive><feedback>0</feedback>"
        "<noDuplicates>0</noDuplicates><connections>1111111111</connections>"
        f"<triggers><trigger><var>{_quoted(watched)}</var><condition>{condition}</condition></trigger></triggers>"
        f"<path>{path}</path><arguments>{argument}</arguments></osc>"
    )


def partial(kind: str, conversion: str, value: str) -> str:
    """Return a piece of an address or an argument: a constant, or a value of the control by name."""
    return (
        f"<partial><type>{kind}</type><conversion>{conversion}</conversion><value>{_quoted(value)}</value>"
        "<scaleMin>0</scaleMin><scaleMax>1</scaleMax></partial>"
    )

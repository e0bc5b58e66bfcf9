"""A layout for TouchOSC: zlib-compressed XML, as its editor writes it (lexml 6). Pure.

Faders send and take `/melody/norm/...`, so that the curve is the bridge's own; beside each stands its value in its
own units. Scripts (Lua, https://hexler.net/touchosc/manual/script) subscribe, format numbers and light buttons.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

from bridge.controls import Control
from bridge.presets.file import Preset
from bridge.surfaces.plan import (
    CONTROLS,
    HEIGHT,
    WIDTH,
    Frame,
    Page,
    Widget,
    Wiring,
    decimals,
    plan_pages,
    preset_labels,
    tiles,
)
from bridge.surfaces.tosc import (
    BUTTON_LOOK,
    CLEAR,
    EASTWARD,
    FADER_LOOK,
    GROUP,
    PAGER,
    TABS,
    TEXT_LOOK,
    WHITE,
    Colour,
    node,
    osc,
    partial,
)

DARK: Colour = (0.08, 0.09, 0.11, 1.0)
SURFACE: Colour = (0.16, 0.18, 0.22, 1.0)
FADER: Colour = (0.20, 0.62, 0.66, 1.0)
ACTION: Colour = (0.82, 0.52, 0.16, 1.0)
ALARM: Colour = (0.80, 0.20, 0.18, 1.0)
CHOICE: Colour = (0.30, 0.34, 0.42, 1.0)
LIT: Colour = (0.20, 0.62, 0.66, 1.0)
SUBSCRIBE = """\
local port, every, last = {port}, 20000, -20000
function update()
  local now = getMillis()
  if now - last >= every then
    last = now
    sendOSC({{'{prefix}/subscribe', {{{{tag = 'i', value = port}}, {{tag = 'i', value = 60}}}}}})
  end
end
"""
NUMBER = """\
function onReceiveOSC(message)
  if message[1] ~= '{address}' then return false end
  self.values.text = string.format('{form}', message[2][1].value)
  return true
end
"""
TEXT = """\
function onReceiveOSC(message)
  if message[1] ~= '{address}' then return false end
  local first, second = message[2][1], message[2][2]
  local text = type(first.value) == 'number' and string.format('%.1f', first.value) or tostring(first.value)
  if second and second.tag == 's' then text = text .. ' ' .. second.value end
  self.values.text = text
  return true
end
"""
LIGHT = """\
function onReceiveOSC(message)
  if message[1] ~= '{address}' then return false end
  local on = message[2][1].value == '{choice}'
  self.color = on and Color({lit}) or Color({dark})
  return true
end
"""


def touchosc_layout(wiring: Wiring, presets: Sequence[Preset]) -> bytes:
    """Return the bytes of a `.tosc` file."""
    pages = "".join(_page(wiring, presets, page) for page in plan_pages())
    pager = node(
        "PAGER", "pages", Frame(0, 0, WIDTH, HEIGHT + TABS), {"color": DARK, **PAGER}, ("page", "touch"), pages
    )
    script = SUBSCRIBE.format(port=wiring.surface_port, prefix=wiring.prefix)
    whole = Frame(0, 0, WIDTH, HEIGHT + TABS)
    root = node("GROUP", "melody-bridge", whole, {"color": DARK, "script": script, **GROUP}, ("touch",), pager)
    text = f"<?xml version='1.0' encoding='UTF-8'?><lexml version='6'>{root}</lexml>"
    return zlib.compress(text.encode(), 9)


def _page(wiring: Wiring, presets: Sequence[Preset], page: Page) -> str:
    inner = "".join(_widget(wiring, presets, widget, page.title) for widget in page.widgets)
    tab: dict[str, object] = {
        **GROUP,
        "color": DARK,
        "tabLabel": page.title,
        "tabColorOff": SURFACE,
        "tabColorOn": FADER,
        "textColorOff": WHITE,
        "textColorOn": WHITE,
    }
    return node("GROUP", page.title, Frame(0, TABS, WIDTH, HEIGHT), tab, ("touch",), inner)


def _widget(wiring: Wiring, presets: Sequence[Preset], widget: Widget, page: str) -> str:
    name, frame, address = widget.name, widget.frame, f"{wiring.prefix}/{widget.name}"
    match widget.kind:
        case "caption":
            return _label(f"{page}.{name}.caption", frame, name.replace("_", " "), DARK)
        case "fader":
            return _fader(f"{name}", frame, f"{wiring.prefix}/norm/{name}", CONTROLS[name])
        case "value":
            return _value(f"{name}.value", frame, address, CONTROLS[name])
        case "meter":
            return _meter(name, frame, address)
        case "told":
            return _label(name, frame, "", SURFACE, TEXT.format(address=address), address)
        case "action":
            colour = ALARM if name == "panic" else ACTION
            return _button(name, frame, address, name, colour, partial("CONSTANT", "INTEGER", "1"))
        case "choices":
            labels = [(choice, choice) for choice in CONTROLS[name].choices]
            return _choices(name, frame, address, labels, str(CONTROLS[name].default))
        case _:
            return _choices(name, frame, address, preset_labels(presets))


def _fader(name: str, frame: Frame, address: str, control: Control) -> str:
    properties: dict[str, object] = {
        **FADER_LOOK,
        "color": FADER,
        "orientation": 0 if frame.h > frame.w else EASTWARD,
    }
    message = osc(address, partial("VALUE", "FLOAT", "x"))
    values = (("x", f"{control.position(control.default):g}"), ("touch", "false"))
    return node("FADER", name, frame, properties, values, messages=message)


def _meter(name: str, frame: Frame, address: str) -> str:
    properties: dict[str, object] = {**FADER_LOOK, "color": ACTION, "orientation": EASTWARD, "interactive": False}
    message = osc(address, partial("VALUE", "FLOAT", "x"), send=False)
    return node("FADER", name, frame, properties, ("x", "touch"), messages=message)


def _value(name: str, frame: Frame, address: str, control: Control) -> str:
    if control.kind == "choice":
        return _label(name, frame, str(control.default), SURFACE, TEXT.format(address=address), address)
    form = f"%.{decimals(control)}f" + (f" {control.unit}" if control.unit else "")
    script = NUMBER.format(address=address, form=form)
    return _label(name, frame, form % float(control.default), SURFACE, script, address)


def _label(name: str, frame: Frame, text: str, colour: Colour, script: str = "", address: str = "") -> str:
    properties: dict[str, object] = {**TEXT_LOOK, "color": colour, "textSize": 16 if frame.h >= 28 else 12}
    if script:
        properties["script"] = script
    message = osc(address, partial("VALUE", "STRING", "text"), "text", send=False) if address else ""
    return node("LABEL", name, frame, properties, (("text", text), ("touch", "false")), messages=message)


def _choices(name: str, frame: Frame, address: str, labels: Sequence[tuple[str, str]], start: str = "") -> str:
    lit, dark = (", ".join(f"{part:g}" for part in colour) for colour in (LIT, CHOICE))
    return "".join(
        _button(
            f"{name}.{choice}",
            tile,
            address,
            label,
            LIT if choice == start else CHOICE,
            partial("CONSTANT", "STRING", choice),
            LIGHT.format(address=address, choice=choice, lit=lit, dark=dark),
        )
        for (choice, label), tile in zip(labels, tiles(frame, len(labels)), strict=True)
    )


def _button(
    name: str, frame: Frame, address: str, label: str, colour: Colour, argument: str, script: str = ""
) -> str:
    """Return a button with its text over it: in this format a button has none of its own."""
    properties: dict[str, object] = {**BUTTON_LOOK, "color": colour}
    if script:
        properties["script"] = script
    message = osc(address, argument, "x", "RISE", receive=bool(script))
    over = {**TEXT_LOOK, "color": CLEAR, "textSize": 15, "background": False, "outline": False}
    text = node("LABEL", f"{name}.text", frame, over, (("text", label), ("touch", "false")))
    return node("BUTTON", name, frame, properties, ("x", "touch"), messages=message) + text

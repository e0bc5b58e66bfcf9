"""The Open Stage Control session: properties that its reference names, real units, our curves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from bridge.controls import TABLE, Control
from bridge.presets.shelf import bundled_presets
from bridge.surfaces.plan import BUTTONS, Wiring
from bridge.surfaces.stage_control import stage_control_session

SESSION = json.loads(stage_control_session(Wiring("/band"), bundled_presets()))
GENERIC = {
    *("lock", "type", "id", "visible", "interaction", "comments", "left", "top", "width", "height", "expand"),
    *("colorText", "colorWidget", "colorStroke", "colorFill", "alphaStroke", "alphaFillOff", "alphaFillOn"),
    *("lineWidth", "borderRadius", "padding", "html", "css", "value", "default", "linkId", "address", "preArgs"),
    *("typeTags", "decimals", "target", "ignoreDefaults", "bypass", "onCreate", "onValue"),
}
GEOMETRY = {"left", "top", "width", "height", "expand"}
SPECIFIC = {
    "root": "variables traversing colorBg layout justify gridTemplate contain scroll innerPadding tabsPosition"
    " hideMenu widgets tabs onTouch onPreload",
    "tab": "variables traversing colorBg layout justify gridTemplate contain scroll innerPadding tabsPosition"
    " label widgets tabs onTouch",
    "text": "vertical wrap align",
    "fader": "design knobSize colorKnob horizontal pips dashed gradient snap touchZone spring doubleTap range"
    " logScale sensitivity steps origin onTouch",
    "input": "align unit noCanvas asYouType numeric validation maxLength",
    "switch": "colorTextOn layout gridTemplate wrap values mode",
    "button": "colorTextOn label vertical wrap on off mode doubleTap decoupled",
}
"""The properties of each kind of widget beside the generic ones, by the program's properties reference (1.25)."""
WITHOUT = {
    "tab": GEOMETRY,
    "root": {"left", "top", "expand", "visible"},
    "text": {"typeTags", "ignoreDefaults"},
}


def widgets(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for inner in [*node.get("tabs", ()), *node.get("widgets", ())]:
        yield from widgets(inner)


WIDGETS = list(widgets(SESSION["content"]))


def at(kind: str, name: str) -> dict[str, Any]:
    found = [w for w in WIDGETS if w["type"] == kind and w.get("address") == f"/band/{name}"]
    (widget,) = found
    return widget


def test_the_file_is_a_session_of_a_version_that_needs_no_conversion() -> None:
    """The loader converts what is older than 1.24.3, by the version that the file names."""
    assert (SESSION["createdWith"], SESSION["type"]) == ("Open Stage Control", "session")
    assert tuple(map(int, SESSION["version"].split("."))) > (1, 24, 2)
    assert (SESSION["content"]["type"], SESSION["content"]["id"]) == ("root", "root")


def test_every_widget_has_properties_of_its_kind_and_an_id_of_its_own() -> None:
    """A name that the program does not know would be passed over in silence."""
    for widget in WIDGETS:
        kind = widget["type"]
        allowed = (GENERIC - WITHOUT.get(kind, set())) | set(SPECIFIC[kind].split())
        assert set(widget) <= allowed, (widget["id"], set(widget) - allowed)
    ids = [widget["id"] for widget in WIDGETS]
    assert len(set(ids)) == len(ids)


def value_at(percent: float, scale: dict[str, float]) -> float:
    """Return the value at a place of a fader, as the program joins the points of its range by straight lines."""
    places = {"min": 0.0, "max": 100.0}
    points = sorted(
        (places[key] if key in places else float(key.rstrip("%")), value) for key, value in scale.items()
    )
    for i in range(len(points) - 1):
        (start, low), (end, high) = points[i], points[i + 1]
        if start <= percent <= end:
            return low + (high - low) * (percent - start) / (end - start)
    raise AssertionError(percent)


@pytest.mark.parametrize("control", [c for c in TABLE if c.kind != "choice"], ids=lambda control: control.name)
def test_a_number_is_a_fader_in_its_own_units_on_our_curve(control: Control) -> None:
    """From end to end in its own units, within half a percent of the control's travel; its value can be typed."""
    fader, number = at("fader", control.name), at("input", control.name)
    assert fader["typeTags"] == number["typeTags"] == ("i" if control.kind == "int" else "f")
    assert (fader["range"]["min"], fader["range"]["max"]) == (control.low, control.high)
    assert fader["default"] == number["default"] == control.default
    assert number["unit"] == control.unit
    for percent in range(101):
        value = value_at(percent, fader["range"])
        if control.curve == "log":
            assert value == pytest.approx(control.low * (control.high / control.low) ** (percent / 100), rel=0.005)
        else:
            assert value == pytest.approx(control.low + (control.high - control.low) * percent / 100)
        control.parse(value)


@pytest.mark.parametrize(
    "control", [c for c in TABLE if c.kind == "choice" and not c.open], ids=lambda control: control.name
)
def test_a_choice_is_a_switch_of_its_names(control: Control) -> None:
    """What it sends is taken, and what is told lights it."""
    switch = at("switch", control.name)
    assert switch["values"]["values"] == list(control.choices)
    assert (switch["typeTags"], switch["default"]) == ("s", control.default)


def test_actions_presets_and_what_is_told_are_there() -> None:
    """A press sends the address alone; a preset is recalled by its name, and lit by what is told."""
    for name in BUTTONS:
        assert at("button", name)["mode"] == "momentary"
    assert at("switch", "preset")["values"]["values"] == [preset.name for preset in bundled_presets()]
    assert at("text", "state")["default"] == "–"
    assert at("fader", "phrase_end")["bypass"] is True


def test_it_subscribes_at_the_start_and_again() -> None:
    """Without a port: at the one that it sends from."""
    assert SESSION["content"]["onCreate"].count("send('/band/subscribe')") == 2

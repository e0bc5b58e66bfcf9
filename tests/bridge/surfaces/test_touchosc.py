"""The TouchOSC layout: every control at its address, in its own units, and valid to whoever reads the format."""

from __future__ import annotations

import re
import zlib
from xml.etree import ElementTree

import pytest

from bridge.controls import TABLE, Control
from bridge.presets.shelf import bundled_presets
from bridge.surfaces.plan import BUTTONS, Wiring
from bridge.surfaces.touchosc import touchosc_layout

LAYOUT = touchosc_layout(Wiring("/band", 9100, 9101), bundled_presets())
ROOT = ElementTree.fromstring(zlib.decompress(LAYOUT))
NODES = list(ROOT.iter("node"))


def prop(node: ElementTree.Element, key: str) -> str:
    return next(
        (
            item.findtext("value") or ""
            for item in node.findall("properties/property")
            if item.findtext("key") == key
        ),
        "",
    )


def named(name: str) -> ElementTree.Element:
    (found,) = (node for node in NODES if prop(node, "name") == name)
    return found


def starts(node: ElementTree.Element) -> dict[str, str]:
    return {value.findtext("key") or "": value.findtext("default") or "" for value in node.findall("values/value")}


@pytest.mark.parametrize("control", [c for c in TABLE if c.kind != "choice"], ids=lambda control: control.name)
def test_a_number_is_a_fader_on_its_travel_with_its_value_in_its_units(control: Control) -> None:
    """The fader sends and takes the travel, so the curve is the bridge's; the label formats the real value."""
    fader, label = named(control.name), named(f"{control.name}.value")
    assert fader.get("type") == "FADER"
    assert fader.findtext("messages/osc/path/partial/value") == f"/band/norm/{control.name}"
    assert float(starts(fader)["x"]) == pytest.approx(control.position(control.default), abs=1e-5)
    script = prop(label, "script")
    assert f"'/band/{control.name}'" in script
    (form,) = re.findall(r"string\.format\('(.*)', message", script)
    assert starts(label)["text"] == form % float(control.default)
    assert form.endswith(control.unit)


@pytest.mark.parametrize(
    "control", [c for c in TABLE if c.kind == "choice" and not c.open], ids=lambda control: control.name
)
def test_a_choice_is_a_button_each_that_is_lit_by_what_is_told(control: Control) -> None:
    """Each sends its name on being pressed."""
    for choice in control.choices:
        button = named(f"{control.name}.{choice}")
        message = button.find("messages/osc")
        assert message is not None
        assert message.findtext("path/partial/value") == f"/band/{control.name}"
        assert message.findtext("arguments/partial/value") == choice
        assert message.findtext("triggers/trigger/condition") == "RISE"
        assert f"== '{choice}'" in prop(button, "script")


def test_actions_and_presets_have_buttons_with_their_names() -> None:
    """An action sends 1 when it is pressed and nothing when it is let go."""
    for name in BUTTONS:
        message = named(name).find("messages/osc")
        assert message is not None
        assert message.findtext("path/partial/value") == f"/band/{name}"
        assert message.findtext("triggers/trigger/condition") == "RISE"
    for preset in bundled_presets():
        assert starts(named(f"preset.{preset.name}.text"))["text"] == f"{preset.number} {preset.name}"
        assert named(f"preset.{preset.name}").findtext("messages/osc/arguments/partial/value") == preset.name


def test_the_layout_subscribes_where_it_listens() -> None:
    """Again and again, for a bridge that is started later, and for less than the subscription lasts."""
    script = prop(named("melody-bridge"), "script")
    assert "'/band/subscribe'" in script
    assert "port, every, last = 9101, 20000" in script


def test_no_two_nodes_have_one_identity_and_the_same_tables_give_the_same_bytes() -> None:
    """It can be kept under version control."""
    assert len({node.get("ID") for node in NODES}) == len(NODES)
    assert touchosc_layout(Wiring("/band", 9100, 9101), bundled_presets()) == LAYOUT


def test_a_reader_of_the_format_finds_no_fault() -> None:
    """py2tosc, whose rules come from files that the editor wrote, reads it back and has nothing to say."""
    py2tosc = pytest.importorskip("py2tosc")
    assert list(py2tosc.loads(LAYOUT).validate()) == []

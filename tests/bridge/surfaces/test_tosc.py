"""TouchOSC's format: what is given is in the XML, of the right kind."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from bridge.surfaces.plan import Frame
from bridge.surfaces.tosc import node, osc, partial

FRAME = Frame(1, 2, 3, 4)


def test_a_node_holds_its_properties_each_of_its_kind() -> None:
    """Booleans, numbers, texts, frames and colours, in the order of their keys; texts may hold anything."""
    properties = {
        "visible": False,
        "textSize": 12,
        "cornerRadius": 1.5,
        "color": (0.0, 0.5, 1.0, 1.0),
        "tag": "<&>",
    }
    read = ElementTree.fromstring(node("BOX", "a ]]> b", FRAME, properties, ("touch",)))
    held = {item.findtext("key", ""): item for item in read.findall("./properties/property")}
    assert list(held) == sorted(held)
    kinds = {key: held[key].get("type") for key in (*properties, "frame", "name")}
    assert kinds == {"visible": "b", "textSize": "i", "cornerRadius": "f", "color": "c", "tag": "s", "frame": "r",
                     "name": "s"}  # fmt: skip
    assert held["tag"].findtext("value") == "<&>"
    assert held["name"].findtext("value") == "a ]]> b"
    assert [part.text for part in held["frame"].findall("./value/*")] == ["1", "2", "3", "4"]


def test_a_message_says_what_sends_it_and_what() -> None:
    """Address, argument, and whose change; what only listens sends nothing."""
    read = ElementTree.fromstring(osc("/melody/answer", partial("CONSTANT", "INTEGER", "1"), "x", "RISE"))
    assert read.findtext("path/partial/value") == "/melody/answer"
    assert read.findtext("arguments/partial/conversion") == "INTEGER"
    assert (read.findtext("triggers/trigger/var"), read.findtext("triggers/trigger/condition")) == ("x", "RISE")
    assert (read.findtext("send"), read.findtext("receive")) == ("1", "1")
    assert ElementTree.fromstring(osc("/x", "", send=False)).findtext("send") == "0"


def test_a_value_of_another_kind_is_a_fault() -> None:
    """Nothing is written that the program would not know."""
    with pytest.raises(TypeError, match="none of the format's kinds"):
        node("BOX", "x", FRAME, {"visible": None}, ())

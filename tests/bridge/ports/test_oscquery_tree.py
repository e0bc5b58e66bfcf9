"""The tree that OSCQuery tells: the proposal's names, our addresses, every one of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bridge.actions import ACTIONS
from bridge.controls import TABLE, Controls
from bridge.ports.osc_feedback import OscFeedback
from bridge.ports.osc_messages import route
from bridge.ports.oscquery_tree import (
    EXTENSIONS,
    HEARD,
    READ,
    REQUIRED,
    WRITE,
    Node,
    Told,
    find_node,
    host_info,
    query_tree,
)

PROPOSAL = {*REQUIRED, "ACCESS", "VALUE", "RANGE", "DESCRIPTION", "UNIT"}
"""The names of attributes that the proposal gives and we use."""
KINDS: dict[str, type | tuple[type, ...]] = {"f": (int, float), "i": int, "s": str}


def tree(prefix: str = "/melody") -> Node:
    return query_tree(prefix, Controls(), {"state": ("idle",), "tempo": (120.0, "player", 0.5)}, lambda: ["echo"])


def nodes(node: Node) -> Iterator[Node]:
    yield node
    for inner in node.get("CONTENTS", {}).values():
        yield from nodes(inner)


def test_every_node_keeps_to_the_proposal() -> None:
    """Names, a path where it stands, one value and one range a type tag, values of the types that are told."""
    for node in nodes(tree()):
        assert set(node) <= PROPOSAL
        assert find_node(tree(), node["FULL_PATH"]) == node
        assert node["DESCRIPTION"]
        assert node["ACCESS"] in range(4)
        assert (node["ACCESS"] == 0) == ("TYPE" not in node)
        if "VALUE" in node:
            assert [isinstance(v, KINDS[t]) for v, t in zip(node["VALUE"], node["TYPE"], strict=True)]
        for limits in node.get("RANGE", ()):
            assert set(limits) in ({"MIN", "MAX"}, {"VALS"})


@pytest.mark.parametrize("control", TABLE, ids=lambda control: control.name)
def test_every_control_is_told_in_both_forms_with_range_and_value(control: str) -> None:
    """Readable and writable; what lies in its range is taken, its value now among that."""
    row = Controls().find(control.name)  # type: ignore[attr-defined]
    own, travel = find_node(tree(), f"/melody/{row.name}"), find_node(tree(), f"/melody/norm/{row.name}")
    assert own is not None
    assert travel is not None
    assert own["VALUE"] == [row.default]
    (limits,) = own["RANGE"]
    for value in limits.get("VALS") or limits.values():
        row.parse(value)
    assert travel["RANGE"] == [{"MIN": 0.0, "MAX": 1.0}]
    assert own["ACCESS"] == travel["ACCESS"] == READ | WRITE


def test_every_action_and_every_told_address_has_its_node() -> None:
    """None that OSC takes or tells is missing."""
    for row in ACTIONS:
        assert (find_node(tree(), f"/melody/{row.name}") is not None) == row.osc
    told = {name.removeprefix("on_") for name in vars(OscFeedback) if name.startswith("on_")}
    names = {
        "answer_note": "note",
        "bars": "metre",
        "key": "tonality",
        "control": "temperature",
        "again": "sounding",
    }
    for name in told:
        assert find_node(tree(), f"/melody/{names.get(name, name)}") is not None
    assert set(HEARD).isdisjoint(control.name for control in TABLE)


def test_what_can_be_written_is_taken_by_osc_as_it_is_typed() -> None:
    """An argument of each type that a node names is understood at its address."""
    some = {"f": 0.5, "i": 1, "s": "echo", "N": None}
    for node in nodes(tree()):
        if node["ACCESS"] & WRITE and node["FULL_PATH"] not in ("/melody/subscribe", "/melody/ping"):
            arguments = [some[tag] for tag in node["TYPE"]]
            taken = route(node["FULL_PATH"], arguments, "/melody", 0.0)
            assert "OSC" not in getattr(taken, "text", "")


def test_what_was_told_last_is_its_value() -> None:
    """The observer keeps each state under its address."""
    told = Told()
    told.on_state("idle")
    told.on_preset("echo")
    told.on_checkpoint("essen")
    told.on_phrase_end(0.5)
    told.on_tempo(99.0, "clock", 1.0)
    told.on_key("G major", 0.3)
    told.on_bars("3/4", 1.0, 0.9)
    told.on_engine("ready", True)
    whole = query_tree("/melody", Controls(), told.values)
    for name, value in told.values.items():
        node = find_node(whole, f"/melody/{name}")
        assert node is not None
        assert node["VALUE"] == list(value)


def test_the_models_that_can_be_asked_for_are_the_range_of_their_address() -> None:
    """A surface can list them, and shows which one plays."""
    whole = query_tree("/melody", Controls(), {"checkpoint": ("essen",)}, checkpoints=("essen", "mine"))
    node = find_node(whole, "/melody/checkpoint")
    assert node is not None
    assert (node["VALUE"], node["RANGE"]) == (["essen"], [{"VALS": ["essen", "mine"]}])


@pytest.mark.parametrize("prefix", ["/melody", "/band/left/melody"])
def test_another_prefix_leads_to_the_same_tree(prefix: str) -> None:
    """Each word of it is a container."""
    whole = tree(prefix)
    assert whole["FULL_PATH"] == "/"
    assert find_node(whole, f"{prefix}/temperature") is not None
    assert all(find_node(whole, node["FULL_PATH"]) == node for node in nodes(whole))
    assert find_node(whole, f"{prefix}/nothing/at/all") is None


def test_the_host_says_where_osc_is_and_what_is_not_here() -> None:
    """Every optional part of the proposal is told as there or not; at every address none is named."""
    info = host_info("melody-bridge", "127.0.0.1", 9000)
    assert info == {
        "NAME": "melody-bridge",
        "OSC_IP": "127.0.0.1",
        "OSC_PORT": 9000,
        "OSC_TRANSPORT": "UDP",
        "EXTENSIONS": EXTENSIONS,
    }
    assert "OSC_IP" not in host_info("melody-bridge", "", 9000)

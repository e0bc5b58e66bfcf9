"""The Max for Live device: every wire ends somewhere, and what goes in at one end comes out at the other."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from bridge.controls import SCALES, Controls, spelled_out
from bridge.presets.shelf import bundled_presets
from bridge.surfaces.amxd import read_amxd
from bridge.surfaces.live_device import LIVE_SCALES, exponent, live_device
from bridge.surfaces.plan import BUTTONS, MAIN, Wiring

DEVICE = live_device(Wiring("/band", 9100, 9101), bundled_presets())
PATCHER = read_amxd(DEVICE)
BOXES: dict[str, dict[str, Any]] = {box["box"]["id"]: box["box"] for box in PATCHER["boxes"]}
WIRES: dict[tuple[str, int], list[tuple[str, int]]] = defaultdict(list)
for each in PATCHER["lines"]:
    (_s, _o), (_t, _i) = each["patchline"]["source"], each["patchline"]["destination"]
    WIRES[_s, _o].append((_t, _i))


def text(name: str) -> str:
    return str(BOXES[name].get("text", BOXES[name]["maxclass"]))


def reached(name: str, outlet: int | None = None) -> list[str]:
    """Return what the boxes say that are reached from an outlet (or any), in breadth."""
    outlets = range(BOXES[name]["numoutlets"]) if outlet is None else [outlet]
    queue = [target for each in outlets for target, _ in WIRES[name, each]]
    seen: list[str] = []
    while queue:
        name = queue.pop(0)
        if name in seen:
            continue
        seen.append(name)
        queue += [target for each in range(BOXES[name]["numoutlets"]) for target, _ in WIRES[name, each]]
    return [text(each) for each in seen]


def test_every_wire_ends_in_a_box_at_an_inlet_that_it_has() -> None:
    """And begins at an outlet; no two boxes have one name."""
    assert len(BOXES) == len(PATCHER["boxes"])
    for (source, outlet), targets in WIRES.items():
        assert outlet < BOXES[source]["numoutlets"]
        for target, inlet in targets:
            assert inlet < BOXES[target]["numinlets"]


def test_no_two_things_in_its_face_lie_over_each_other() -> None:
    """All within the device's width and Live's height."""
    faces = [box["presentation_rect"] for box in BOXES.values() if box.get("presentation")]
    for i, (x, y, w, h) in enumerate(faces):
        assert x + w <= PATCHER["devicewidth"]
        assert y + h <= 169
        for x2, y2, w2, h2 in faces[i + 1 :]:
            assert not (x < x2 + w2 and x2 < x + w and y < y2 + h2 and y2 < y + h)


@pytest.mark.parametrize("control", MAIN, ids=lambda control: control.name)
def test_a_dial_sends_its_control_in_its_own_units_and_shows_what_is_told(control: Any) -> None:
    """Its range, unit and start are the table's; a log control's geometric mean stands at noon."""
    known = BOXES[control.name]["saved_attribute_attributes"]["valueof"]
    assert (known["parameter_mmin"], known["parameter_mmax"]) == (control.low, control.high)
    assert known["parameter_initial"] == [control.default]
    assert known["parameter_units"].endswith(control.unit)
    assert known["parameter_units"] % 1.0
    assert reached(control.name)[:2] == [f"prepend /band/{control.name}", "udpsend 127.0.0.1 9100"]
    told = text("told").split()[1:].index(f"/band/{control.name}")
    assert reached("told", told)[:2] == ["prepend set", "live.dial"]
    if control.curve == "log":
        noon = control.low + (control.high - control.low) * 0.5 ** exponent(control)
        assert noon == pytest.approx((control.low * control.high) ** 0.5, rel=1e-3)


@pytest.mark.parametrize("name", BUTTONS)
def test_a_button_sends_its_action_once(name: str) -> None:
    """Whether Live's button says bang or 1 and 0."""
    assert f"/band/{name}" in reached(name)
    assert reached(name)[0] == "sel 0"
    assert reached(f"do {name}") == ["udpsend 127.0.0.1 9100"]


def test_notes_go_both_ways_and_none_is_left_hanging() -> None:
    """Played notes go out as OSC; answered ones to the track; those that sound when it is over are ended."""
    assert "prepend /band/play" in reached("parse", 0)
    note = text("told").split()[1:].index("/band/note")
    assert reached("told", note) == ["flush", "pack 0 0", "midiformat", "midiout"]
    assert WIRES["ledger", 1] == [("pair", 1)]
    state = text("told").split()[1:].index("/band/state")
    assert reached("told", state)[0] in ("sel idle listening loading", "prepend set")
    assert "flush" in reached("over", 0)
    assert "flush" in reached("once panic")


def test_the_live_sets_key_scale_bar_and_tempo_are_sent_through_one_gate() -> None:
    """Each observer leads to its control; the toggle closes the gate and lets the ear have it back."""
    for name, address in (("root_note", "key"), ("tempo", "bpm"), ("signature_numerator", "bar")):
        found = reached(name)
        assert f"prepend /band/{address}" in found
        assert found[-2:] == ["gate", "udpsend 127.0.0.1 9100"]
    for place, ours in enumerate(LIVE_SCALES.values()):
        assert reached("scale", place)[:2] == [f"/band/scale {ours}", "gate"]
    assert reached("scale", len(LIVE_SCALES))[0] == "/band/scale follow"
    assert {"/band/key 0", "/band/scale 0", "/band/bar 0", "/band/pulse 0"} <= set(reached("turned", 1))
    assert set(LIVE_SCALES.values()) == set(SCALES)


def test_what_the_device_sends_is_taken() -> None:
    """Live's tonic 0 is C, whose choice is behind the first; 0 gives key, scale and bar back."""
    controls = Controls()
    assert controls.find("key").parse(0 + 1) == "C"
    taken_back = [controls.find(name).parse(0) for name in ("key", "scale", "bar", "pulse")]
    assert taken_back == ["follow", "follow", 0.0, 0.0]
    assert BOXES["spelled"]["text"] == "sprintf symout %i/%i"
    assert spelled_out({"bar": "%i/%i" % (6, 8)}) == {"bar": 3.0, "pulse": 1.5}  # noqa: UP031


def test_a_reader_of_the_format_reads_it_back(tmp_path: Path) -> None:
    """m4l-builder finds a MIDI effect with every box and line, and nothing loose but the labels of toggles."""
    m4l_builder = pytest.importorskip("m4l_builder")
    (tmp_path / "device.amxd").write_bytes(DEVICE)
    device = m4l_builder.MidiEffect.from_amxd(str(tmp_path / "device.amxd"))
    assert device.device_type == "midi_effect"
    assert (len(device.boxes), len(device.lines)) == (len(BOXES), len(PATCHER["lines"]))
    assert [said for said in device.validate() if "label" not in said] == []

"""What OSCQuery tells of our OSC addresses: a tree of nodes, by the names of its proposal. Pure.

https://github.com/Vidvox/OSCQueryProposal
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bridge.actions import ACTIONS
from bridge.controls import Control, Controls, Value
from bridge.observers import Observer
from bridge.take import Take

Node = dict[str, Any]
NONE, READ, WRITE, BOTH = 0, 1, 2, 3
"""Values of ACCESS."""
EXTENSIONS = {
    "ACCESS": True,
    "VALUE": True,
    "RANGE": True,
    "DESCRIPTION": True,
    "UNIT": True,
    "TAGS": False,
    "EXTENDED_TYPE": False,
    "CRITICAL": False,
    "CLIPMODE": False,
    "OVERLOADS": False,
    "HTML": False,
    "LISTEN": False,
    "PATH_CHANGED": False,
}
"""What of the proposal's optional parts is here."""
REQUIRED = ("FULL_PATH", "CONTENTS", "TYPE")
UNITS = {"s": "time.second", "ms": "time.ms", "bpm": "time.bpm", "MIDI pitch": "time.midinote"}
"""Our units by the proposal's names, where it has one."""
TYPES = {"float": "f", "int": "i", "choice": "s"}
ARGUMENTS = {"": "N", "name": "s", "number": "i"}
"""The types of actions' arguments, by the word that the table of actions has for them."""
ALSO_TOLD = ("preset", "take", "checkpoint")
"""Actions whose address tells as well what they last came to."""
HEARD = {
    "state": ("s", "loading, idle, counting, listening, answering or looping"),
    "tempo": ("fsf", "the tempo in force: bpm, where it comes from, how sure, 0 to 1"),
    "tonality": ("sf", "the key in force, and how sure, 0 to 1"),
    "metre": ("sff", "the bars of the call, where in them it begins, in beats, and how sure, 0 to 1"),
    "phrase_end": ("f", "the model's probability that your phrase has ended"),
    "engine": ("si", "a line about the engine, and whether it is ready"),
    "note": ("ii", "a note of an answer: pitch, velocity; velocity 0 ends it"),
    "sounding": ("ii", "the take that begins to sound, by its number, and whether it is repeated"),
    "learning": ("s", "the control or action whose MIDI controller is waited for, or nothing"),
    "bound": ("ss", "a control or action, and the MIDI controller that moves it from now on, or nothing"),
    "latency": ("ff", "of an answer's first note, in ms: since the turn passed, since your last note-off"),
    "log": ("s", "a line for people"),
    "warning": ("s", "a line about what may want mending"),
    "error": ("s", "something was refused or broke; the session goes on"),
}
"""What is told and cannot be set, with its types."""
ASKED = {
    "play": ("iii", "a key goes down, or with velocity 0 up: pitch, velocity, channel 1 to 16"),
    "subscribe": ("if", "tells everything to a port of the sender for so many seconds"),
    "ping": ("N", "is answered by pong"),
}
"""What can be sent and is neither control nor action."""


class Told(Observer):
    """Remember what was told last, by its address; what is an event rather than a state is not kept."""

    def __init__(self) -> None:
        self.values: dict[str, tuple[Value, ...]] = {}

    def on_preset(self, name: str) -> None:
        """Keep the preset's name."""
        self.values["preset"] = (name,)

    def on_checkpoint(self, name: str) -> None:
        """Keep the model's name."""
        self.values["checkpoint"] = (name,)

    def on_take(self, take: Take) -> None:
        """Keep the take's number."""
        self.values["take"] = (take.number,)

    def on_again(self, number: int, looping: bool) -> None:
        """Keep which take sounds again."""
        self.values["sounding"] = (number, int(looping))

    def on_state(self, state: str) -> None:
        """Keep the state."""
        self.values["state"] = (state,)

    def on_phrase_end(self, probability: float) -> None:
        """Keep P(phrase end)."""
        self.values["phrase_end"] = (probability,)

    def on_tempo(self, bpm: float, source: str, confidence: float) -> None:
        """Keep the tempo."""
        self.values["tempo"] = (bpm, source, confidence)

    def on_key(self, name: str, confidence: float) -> None:
        """Keep the key."""
        self.values["tonality"] = (name, confidence)

    def on_bars(self, name: str, upbeat_beats: float, confidence: float) -> None:
        """Keep the metre."""
        self.values["metre"] = (name, upbeat_beats, confidence)

    def on_engine(self, text: str, ready: bool) -> None:
        """Keep what the engine is."""
        self.values["engine"] = (text, int(ready))


def query_tree(
    prefix: str,
    controls: Controls,
    told: Mapping[str, tuple[Value, ...]],
    preset_names: Callable[[], Sequence[str]] = lambda: (),
    checkpoints: Sequence[str] = (),
) -> Node:
    """Return the root node, everything below it in its CONTENTS."""
    ours: Node = {name: _heard(prefix, name, told) for name in HEARD}
    ours |= {name: _asked(prefix, name) for name in ASKED}
    for row in ACTIONS:
        if row.osc and "/" not in row.name:
            access = BOTH if row.name in ALSO_TOLD else WRITE
            types, last = ARGUMENTS[row.argument], told.get(row.name)
            ours[row.name] = _node(f"{prefix}/{row.name}", row.sentence, access, types, last)
    save = _node(f"{prefix}/preset/save", "keeps what is set now as a preset of yours", WRITE, "s")
    names = [{"VALS": list(preset_names())}]
    ours["checkpoint"] |= {"RANGE": [{"VALS": list(checkpoints)}]}
    ours["preset"] |= {"RANGE": names, "CONTENTS": {"save": save}}
    travels: Node = {}
    for name, value in controls.values().items():
        control = controls.find(name)
        ours[name] = _control(f"{prefix}/{name}", control, value)
        ends = [{"MIN": 0.0, "MAX": 1.0}]
        position = (float(control.position(value)),)
        travels[name] = _node(f"{prefix}/norm/{name}", control.sentence, BOTH, "f", position, ends)
    ours["norm"] = _container(f"{prefix}/norm", "the controls on their travel, as a fader has it", travels)
    tree = _container(prefix, "melody-bridge", ours)
    *above, name = prefix.strip("/").split("/")
    while above:
        tree = _container("/" + "/".join(above), above[-1], {name: tree})
        name = above.pop()
    return _container("/", "root", {name: tree})


def find_node(tree: Node, path: str) -> Node | None:
    """Return the node at an OSC address, or None."""
    node: Node | None = tree
    for word in filter(None, path.split("/")):
        node = node.get("CONTENTS", {}).get(word) if node is not None else None
    return node


def host_info(name: str, osc_host: str, osc_port: int) -> Node:
    """Return what a client is told of the host. osc_host: "" where OSC listens at every address."""
    where = {"OSC_IP": osc_host} if osc_host else {}
    return {"NAME": name, **where, "OSC_PORT": osc_port, "OSC_TRANSPORT": "UDP", "EXTENSIONS": EXTENSIONS}


def _container(path: str, description: str, contents: Node) -> Node:
    return {"FULL_PATH": path, "DESCRIPTION": description, "ACCESS": NONE, "CONTENTS": contents}


def _node(
    path: str,
    description: str,
    access: int,
    types: str,
    value: Sequence[Value] | None = None,
    limits: Sequence[Mapping[str, Any]] | None = None,
) -> Node:
    node: Node = {"FULL_PATH": path, "DESCRIPTION": description, "ACCESS": access, "TYPE": types}
    if value is not None:
        node["VALUE"] = list(value)
    if limits is not None:
        node["RANGE"] = list(limits)
    return node


def _control(path: str, control: Control, value: Value) -> Node:
    if control.kind == "choice":
        limits: Mapping[str, Any] = {"VALS": list(control.choices)}
    else:
        whole = int if control.kind == "int" else float
        limits = {"MIN": whole(control.low), "MAX": whole(control.high)}
    node = _node(path, control.sentence, BOTH, TYPES[control.kind], (value,), [limits])
    return node | ({"UNIT": [UNITS[control.unit]]} if control.unit in UNITS else {})


def _heard(prefix: str, name: str, told: Mapping[str, tuple[Value, ...]]) -> Node:
    types, description = HEARD[name]
    return _node(f"{prefix}/{name}", description, READ, types, told.get(name))


def _asked(prefix: str, name: str) -> Node:
    types, description = ASKED[name]
    return _node(f"{prefix}/{name}", description, WRITE, types)

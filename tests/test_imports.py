"""The rooms' rule: imports run one way, and the bridge never needs torch to start."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests.paths import ROOT

ALLOWED = {
    "engine": {"engine"},
    "bridge": {
        "bridge",
        "engine.notes",
        "engine.messages",
        "engine.controls",
        "engine.entrance",
        "engine.errors",
        "engine.files",
        "engine.installed",
        "engine.key",
        "engine.midi_file",
        "engine.midi_out",
        "engine.midi_tracks",
    },
    "trainer": {"trainer", "engine"},
}
STOREYS = (
    ("cli",),
    ("play", "demo", "latency", "listings", "take_commands"),
    ("app", "surfaces", "options"),
    ("views",),
    ("recording",),
    ("loop", "session"),
    ("preset_actions",),
    ("timekeeper",),
    ("take_actions", "model_actions", "hands", "calibrating", "counting", "outlet", "tidings"),
    ("duet", "control_moves", "cc_feedback"),
    ("answering",),
    ("moment", "knobs", "learn"),
    ("hearing", "engine"),
    ("time",),
    ("ports", "presets"),
    ("observers", "config"),
    ("control_pages",),
    (
        "actions",
        "arguments",
        "bindings",
        "children",
        "console",
        "controls",
        "events",
        "folders",
        "outlook",
        "take",
        "urgency",
        "web_address",
    ),
)
"""The bridge from the roof down: who lives in a room or a file knows those below, never those beside or above."""
OURS = ("bridge", "engine", "trainer", "presets", "bench", "tests")
RIM = {
    "rtmidi": {"bridge/ports/midi_apis.py"},
    "pythonosc": {"bridge/ports/osc_messages.py"},
    "websockets": {"bridge/ports/web.py"},
}


def imports(path: Path) -> set[str]:
    """Return the modules that a file imports, by their dotted names."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


NOTHING_TO_TEST = {
    "bridge/events.py",  # records without a method
    "bridge/take.py",  # the same
    "engine/decoding/seam.py",  # protocols without a body
    "bridge/latency/record.py",  # and these
    "engine/drawing/row.py",  # the name of a type
    "engine/errors.py",  # an error without a method
}


FILES = sorted(path for package in ALLOWED for path in (ROOT / package).rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_run_one_way(path: Path) -> None:
    """The engine knows nothing of ours but itself; the bridge only what needs no torch of it."""
    package = path.relative_to(ROOT).parts[0]
    for module in imports(path):
        if module.split(".")[0] in OURS:
            assert any(module == name or module.startswith(name + ".") for name in ALLOWED[package]), (
                f"{path.name} imports {module}"
            )


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_ports_and_osc_stay_at_the_rim(path: Path) -> None:
    """Only the files at the rim import rtmidi and pythonosc."""
    name = str(path.relative_to(ROOT))
    for module in imports(path):
        assert name in RIM.get(module.split(".")[0], {name}), f"{name} imports {module}"


def storey(module: str) -> int:
    """Return on which storey of the bridge a module lives, 0 at the roof."""
    room = module.split(".")[1]
    return next(number for number, rooms in enumerate(STOREYS) if room in rooms)


@pytest.mark.parametrize(
    "path", sorted((ROOT / "bridge").rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT))
)
def test_the_bridge_knows_only_what_lies_below(path: Path) -> None:
    """An import goes to the same room or down to a lower storey: no circle, none that runs back up."""
    here = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    if path.name == "__init__.py":
        assert imports(path) <= {"__future__"}
        return
    for module in imports(path):
        if module.startswith("bridge.") and module.split(".")[1] != here.split(".")[1]:
            assert storey(module) > storey(here), f"{here} imports {module}"


def test_no_module_imports_itself_by_a_detour() -> None:
    """Within every package the imports can be put in an order: there is no circle of modules."""
    graph = {".".join(path.relative_to(ROOT).with_suffix("").parts): imports(path) for path in FILES}
    TopologicalSorter({name: {each for each in names if each in graph} for name, names in graph.items()}).prepare()


def test_the_bridge_starts_without_torch() -> None:
    """Composing the whole bridge imports neither torch nor numpy nor transformers."""
    code = "import bridge.cli, bridge.session, sys; print([m for m in ('torch', 'numpy') if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


NOT_YET = {
    *(
        "subprocess",
        "shutil",
        "tempfile",
        "difflib",
        "ipaddress",
        "urllib.parse",
        "importlib.util",
        "importlib.metadata",
        "yaml",
        "json",
    ),
    *("engine.messages", "bridge.app", "bridge.session", "bridge.ports.osc"),
}


def test_what_opens_no_ports_is_not_imported_before_they_are_open() -> None:
    """Whoever starts the program on a stage looks for its ports: they come first, all the rest behind them."""
    code = (
        "import sys; before = set(sys.modules)\n"
        "import bridge.ports.midi\n"
        "def opened(*_):\n"
        "    import rtmidi\n"
        "    print('\\n'.join(set(sys.modules) - before))\n"
        "    sys.exit()\n"
        "bridge.ports.midi.open_ports = opened\n"
        "import bridge.cli; bridge.cli.main([])"
    )
    out = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    found = set(out.stdout.split())
    assert "bridge.cli" in found
    assert found & NOT_YET == set()


def test_the_lowest_torch_that_is_allowed_has_what_we_import() -> None:
    """`torch.distributed.fsdp.fully_shard` is public from 2.6 on; 2.5 does not have the name."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lowest = next(line for line in project["dependencies"] if line.startswith("torch>=")).removeprefix("torch>=")
    assert tuple(map(int, lowest.split("."))) >= (2, 6)


def test_every_module_has_its_test_file() -> None:
    """The tests of a/b/c.py are found in tests/a/b/test_c.py; none is excused that has them or is gone."""
    modules = {path.relative_to(ROOT) for path in FILES if not path.name.startswith("__")}
    untested = {path for path in modules if not (ROOT / "tests" / path.with_name(f"test_{path.name}")).is_file()}
    assert {path.as_posix() for path in untested} == NOTHING_TO_TEST

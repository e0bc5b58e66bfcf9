"""The pages say what the program does and what the tree is.

`python -m tests.test_docs` writes the generated places of the pages anew.
"""

from __future__ import annotations

import inspect
import re
import shlex
import socket
import textwrap
import tomllib
from collections.abc import Callable, Iterator, Sequence
from typing import get_args

import pytest

from bridge.actions import ACTIONS
from bridge.controls import TABLE, Controls, as_markdown
from bridge.events import Complaint
from bridge.ports.osc_feedback import OscFeedback
from bridge.ports.osc_messages import parse_packet, route
from bridge.presets.file import SETTINGS
from bridge.presets.shelf import bundled_presets
from bridge.surfaces.plan import Wiring
from bridge.surfaces.write import write_surfaces
from bridge.take import Take
from bridge.views.steering import ACTION_KEYS, PRESET_KEYS
from tests import viewed
from tests.bridge.recording.takes import a_take
from tests.paths import ROOT
from tests.test_imports import STOREYS
from trainer.cli import build_parser
from trainer.repositories import as_markdown as corpora

CARDS = sorted(card.relative_to(ROOT).as_posix() for card in (ROOT / "presets").rglob("README.md"))
PAGES = (
    *("README.md", "CONTRIBUTING.md", "CHANGELOG.md"),
    *sorted(f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md")),
    *CARDS,
)
ROOMS = ("bridge", "engine", "trainer", "presets", "bench", "tests", "docs", "tools")
LINE = 130
"""Generated lists are wrapped at so many characters."""


def text_of(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def place(mark: str) -> re.Pattern[str]:
    """Match what stands between `<!-- mark -->` and `<!-- /mark -->`, each on a line of its own."""
    return re.compile(rf"(?<=<!-- {mark} -->\n).*?(?=\n<!-- /{mark} -->)", re.DOTALL)


def span(page: str, mark: str) -> tuple[int, int]:
    """Return where what stands at a mark begins and ends in the page."""
    found = place(mark).search(text_of(page))
    assert found is not None, f"{page} has no place marked {mark}"
    return found.span()


def between(page: str, mark: str) -> str:
    begin, end = span(page, mark)
    return text_of(page)[begin:end]


# What is generated


def listed(items: Sequence[str]) -> str:
    return "\n".join(textwrap.wrap(" · ".join(items), LINE, break_on_hyphens=False))


def readme_controls() -> str:
    """Return the rows of the controls that the README shows now."""
    shown = re.findall(r"^\| `(\w+)`", between("README.md", "controls"), re.MULTILINE)
    return as_markdown([control for control in TABLE if control.name in shown])


def live() -> str:
    """Return the controls whose move is heard within an answer, in the table's order."""
    return listed([f"`{control.name}`" for control in TABLE if control.live])


def keys() -> str:
    """Return the keys of the live view, and what each does."""
    acting = [f"`{'space' if key == ' ' else key}` {action}" for key, action in ACTION_KEYS.items()]
    return listed([*acting, f"`{next(iter(PRESET_KEYS))}` to `9` and `0` presets"])


def presets() -> str:
    """Return the bundled presets by their numbers, each with its sentence."""
    lines = ["| number | preset | what it is for |", "|---|---|---|"]
    rows = (f"| {preset.number} | `{preset.name}` | {preset.about} |" for preset in bundled_presets())
    return "\n".join([*lines, *rows])


def settings() -> str:
    """Return the keys that a preset may hold beside the controls."""
    return listed([f"`{name}`" for name in ("about", "number", *SETTINGS)])


def actions() -> str:
    """Return the OSC address of each action, and what it does."""
    lines = ["| act | what happens |", "|---|---|"]
    for row in ACTIONS:
        if row.osc:
            lines.append(f"| `{' '.join(filter(None, [f'/melody/{row.name}', row.argument]))}` | {row.sentence} |")
    return "\n".join(lines)


def addresses() -> str:
    """Return both OSC addresses of every control, what it takes, and its default."""
    lines = ["| its own units | a fader's travel | it takes | default |", "|---|---|---|---|"]
    for control in TABLE:
        default = control.default if control.kind == "choice" else f"{control.default:g}"
        own, travel = f"`/melody/{control.name}`", f"`/melody/norm/{control.name}`"
        lines.append(f"| {own} | {travel} | {control.allowed()} | {default} |")
    return "\n".join(lines)


def tree() -> str:
    """Return every room with the reason that the picture gives it now, and below it what is in it."""
    reasons = dict(re.findall(r"^(\S+/) +(\S.*)$", between("CONTRIBUTING.md", "tree"), re.MULTILINE))
    lines = ["```"]
    for room, names in rooms():
        lines.append(f"{room:<20} {reasons.get(room, NO_REASON)}")
        inside = textwrap.wrap(" ".join(names), LINE - 4, break_on_hyphens=False)
        lines += [f"    {line}" for line in inside]
    return "\n".join([*lines, "```"])


NO_REASON = "(why?)"


def rooms() -> Iterator[tuple[str, list[str]]]:
    """Yield each room of the tree, and the modules and other files in it.

    Of the tests only what lies at the top: the others mirror the tree, a file a module.
    """
    for top in ROOMS:
        inner = [] if top == "tests" else sorted(path for path in (ROOT / top).rglob("*") if path.is_dir())
        for folder in (ROOT / top, *inner):
            files = (path for path in folder.iterdir() if path.is_file() and path.name != "__init__.py")
            names = sorted(path.stem if path.suffix == ".py" else path.name for path in files)
            if names and folder.name != "__pycache__":
                yield f"{folder.relative_to(ROOT).as_posix()}/", names


def storeys() -> str:
    """Return the storeys that the imports inside the bridge run down."""
    return "\n".join(["```", *(" ".join(rooms) for rooms in STOREYS), "```"])


def view() -> str:
    """Return the live view of a scripted evening."""
    return f"```\n{viewed.picture()}\n```"


GENERATED: dict[tuple[str, str], Callable[[], str]] = {
    ("README.md", "picture"): view,
    ("README.md", "controls"): readme_controls,
    ("docs/controls.md", "controls"): as_markdown,
    ("docs/controls.md", "live"): live,
    ("docs/controls.md", "keys"): keys,
    ("docs/presets.md", "presets"): presets,
    ("docs/presets.md", "settings"): settings,
    ("docs/osc.md", "actions"): actions,
    ("docs/osc.md", "addresses"): addresses,
    ("docs/training.md", "corpora"): corpora,
    ("CONTRIBUTING.md", "tree"): tree,
    ("CONTRIBUTING.md", "storeys"): storeys,
}
"""What stands at a page's marks."""


@pytest.mark.parametrize(("page", "mark"), GENERATED, ids=[" ".join(where) for where in GENERATED])
def test_a_generated_place_says_what_the_program_says(page: str, mark: str) -> None:
    """Tables of controls, keys, presets and addresses, and the picture of the tree, are the program's own."""
    expected = GENERATED[page, mark]()
    if between(page, mark) != expected:
        pytest.fail(
            f"{page}: between the marks '{mark}' should stand (python -m tests.test_docs writes it):\n{expected}",
            pytrace=False,
        )


def test_every_room_has_its_reason() -> None:
    """The picture of the tree says of each room why it is there."""
    assert NO_REASON not in tree()


# OSC


def told_addresses() -> set[str]:
    """Return what OSC feedback sends beside the controls: each of its methods is called with anything."""
    anything = {str: "text", int: 1, float: 1.0, bool: True, Take: a_take()}
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mouth,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear,
    ):
        for each in (mouth, ear):
            each.bind(("127.0.0.1", 0))
        ear.settimeout(5.0)
        feedback = OscFeedback(mouth, "/melody", Controls(), f"127.0.0.1:{ear.getsockname()[1]}")
        names = [name for name in vars(OscFeedback) if name.startswith("on_") and name != "on_control"]
        for name in names:
            method = getattr(feedback, name)
            parameters = inspect.signature(method, eval_str=True).parameters.values()
            kinds = [(get_args(each.annotation) or (each.annotation,))[0] for each in parameters]
            method(*(anything[kind] for kind in kinds))
        return {address for _ in names for address, _ in parse_packet(ear.recv(65536))}


def test_the_page_lists_what_is_told_and_nothing_else() -> None:
    """docs/osc.md has a row for each address that feedback sends."""
    rows = re.findall(r"^\| `(/melody/\w+)", between("docs/osc.md", "told"), re.MULTILINE)
    assert set(rows) == told_addresses()


def test_no_page_names_an_address_that_is_not_there() -> None:
    """Every OSC address in any page is sent or understood."""
    known = told_addresses() | {f"/melody/{name}" for name in ("play", "subscribe", "subscribed", "ping", "pong")}
    for page in PAGES:
        for address in re.findall(r"/melody/(?:norm/)?[a-z_]+\b(?!/)", text_of(page)):
            event = None if address in known else route(address, (), "/melody", 0.0)
            assert not isinstance(event, Complaint), f"{page}: {address}"


# Links and paths


def anchors(page: str) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    lines = re.findall(r"^#+ (.+)$", text_of(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", line.lower()).replace(" ", "-") for line in lines}


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    """What a page links to is in the tree, and an anchor is one of its headings."""
    for target in re.findall(r"\]\(([^)\s]+)\)", text_of(page)):
        if "://" in target:
            continue
        name, _, anchor = target.partition("#")
        path = ((ROOT / page).parent / name if name else ROOT / page).resolve()
        assert path.exists(), f"{page} links to {target}"
        assert not anchor or anchor in anchors(str(path.relative_to(ROOT))), f"{page} links to {target}"


@pytest.mark.parametrize("page", PAGES[1:])
def test_every_page_is_linked_from_the_readme(page: str) -> None:
    """Whoever starts at the README finds every page."""
    assert re.search(rf"\]\({re.escape(page)}[)#]", text_of("README.md"))


@pytest.mark.parametrize("page", PAGES)
def test_every_path_that_a_page_names_is_there(page: str) -> None:
    """A path in backticks that begins in one of the rooms exists, unless it has a placeholder in capitals."""
    for path in re.findall(rf"`((?:{'|'.join(ROOMS)})/[\w./-]*)`", text_of(page)):
        if not re.search(r"\b[A-Z]+\b", path.replace("README", "")):
            assert (ROOT / path).exists(), f"{page} names {path}"


def training_commands() -> list[list[str]]:
    """Return the arguments of each melody-train command of a page: on a line of its own, or to fit within one."""
    command = re.compile(
        r"^(?:\.venv/bin/)?melody-train (.*)|`(?:\.venv/bin/)?melody-train (fit [^`]*)`", re.MULTILINE
    )
    found = [match[1] or match[2] for page in PAGES for match in command.finditer(text_of(page))]
    return [shlex.split(each, comments=True) for each in found]


def test_every_training_command_can_be_given() -> None:
    """As it stands in a page, the trainer takes it; learning from files of one's own is among them."""
    commands = training_commands()
    for arguments in commands:
        build_parser().parse_args(arguments)
    assert any({"fit", "--data", "my-songs"} <= set(arguments) for arguments in commands)


# Dependencies


def test_every_dependency_has_its_reason() -> None:
    """CONTRIBUTING.md names each dependency of pyproject.toml in its table, and no other."""
    project = tomllib.loads(text_of("pyproject.toml"))["project"]
    extras = [each for extra in project["optional-dependencies"].values() for each in extra]
    wanted = {re.split(r"[<>=]", each)[0].lower() for each in [*project["dependencies"], *extras]}
    rows = text_of("CONTRIBUTING.md").partition("| dependency | why |\n|---|---|\n")[2].partition("\n\n")[0]
    cells = [row.split("|")[1] for row in rows.splitlines()]
    assert {name.lower() for cell in cells for name in re.findall(r"[\w-]+", cell.split(":")[-1])} == wanted


def write() -> None:
    """Write the generated places anew, and the surfaces that ship."""
    for (page, mark), generate in GENERATED.items():
        begin, end = span(page, mark)
        text = text_of(page)
        (ROOT / page).write_text(text[:begin] + generate() + text[end:], encoding="utf-8")
    write_surfaces(ROOT / "presets" / "surfaces", Wiring(), bundled_presets())


if __name__ == "__main__":
    write()

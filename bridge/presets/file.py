"""One preset: its YAML read with the line of whatever is wrong in it, and written. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bridge.config import OFF, ON, Config
from bridge.controls import TABLE, Control, Value, spelled_out, suggest
from engine.errors import UserError

SETTINGS = tuple(each.name for each in dataclasses.fields(Config) if each.name not in ("controls", "preset"))
"""What a preset may hold beside controls: it holds from the start to the end of a session."""
OF_THE_PLACE = (
    *("offset", "out_channel", "click_channel", "click_note"),
    *("tempo_from", "bpm", "key", "scale", "bar", "pulse"),
)
"""Controls of the place and the piece, not of how is played: a recalled preset that does not name them leaves them
as they are, for who calibrates or tells the key does so for the evening."""
LAST_NUMBER = 128
"""Numbers are those of MIDI programs, as people count them: 1 to 128."""
LONGEST_ABOUT = 200


@dataclass(frozen=True, slots=True)
class Preset:
    """Hold what a preset says.

    about: a sentence for players; number: of the MIDI program that recalls it, or None; settings: of `Config`, by
    name; controls: values by name, those that it names.
    """

    name: str
    about: str = ""
    number: int | None = None
    settings: Mapping[str, object] = field(default_factory=dict)
    controls: Mapping[str, Value] = field(default_factory=dict)


def parse_preset(name: str, where: str, text: str) -> Preset:
    """Return the preset that a YAML text holds. where: what errors call its file.

    Raises UserError, with the line, for what is no list of keys and values, an unknown or repeated key, a value of
    the wrong kind or out of range.
    """
    heading: dict[str, Any] = {}
    settings: dict[str, object] = {}
    controls: dict[str, Value] = {}
    cc: dict[str, object] = {}
    seen: set[str] = set()
    for path, value, line in _entries(where, text):
        try:
            if str(path) in seen:
                raise UserError(f"'{path[-1]}' stands here a second time; take one of the lines out")
            seen.add(str(path))
            match path:
                case ("cc", name_of):
                    cc[str(name_of)] = OFF if value is False else value
                    Config(cc={str(name_of): cc[str(name_of)]})  # type: ignore[dict-item]
                case (str() as key,) if key in _TABLE:
                    told = spelled_out({key: value})
                    controls[key] = _control_value(_TABLE[key], told.pop(key))
                    for name_of, beside in told.items():
                        controls.setdefault(name_of, _control_value(_TABLE[name_of], beside))
                case ("record",) if value is False:
                    settings["record"] = OFF  # YAML 1.1 reads a bare off as false
                case ("cc_feedback",) if isinstance(value, bool):
                    settings["cc_feedback"] = ON if value else OFF  # the same
                case (str() as key,) if key in SETTINGS:
                    Config(**{key: value})  # type: ignore[arg-type]
                    settings[key] = value
                case (str() as key,) if key in _HEADING:
                    heading[key] = _HEADING[key](value)
                case _:
                    raise UserError(f"unknown key '{path[-1]}'" + suggest(str(path[-1]), _KEYS))
        except UserError as error:
            raise UserError(f"{where}:{line}: {error}") from None
    return Preset(name, **heading, settings=settings | ({"cc": cc} if cc else {}), controls=controls)


def _entries(where: str, text: str) -> Iterator[tuple[tuple[object, ...], object, int]]:
    """Yield path, value and line of each entry of a YAML mapping; those of `cc` one by one."""
    import yaml

    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        if node is None:
            return
        if not isinstance(node, yaml.MappingNode):
            kind = type(loader.construct_object(node, deep=True)).__name__
            raise UserError(f"{where}:1: a preset is a list of 'key: value' lines, not a {kind}")
        for key_node, value_node in node.value:
            key = loader.construct_object(key_node, deep=True)
            inner = value_node.value if key == "cc" and isinstance(value_node, yaml.MappingNode) else ()
            for each, number in inner:
                path = key, loader.construct_object(each, deep=True)
                yield path, loader.construct_object(number, deep=True), each.start_mark.line + 1
            if not inner:
                yield (key,), loader.construct_object(value_node, deep=True), key_node.start_mark.line + 1
    except UserError:
        raise
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark is not None else 1
        raise UserError(f"{where}:{line}: not YAML: {error.problem or error.context}") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UserError(f"{where}: not YAML: {' '.join(str(error).split())}") from None


def _control_value(control: Control, value: object) -> Value:
    if value is False and "off" in control.choices:
        value = "off"  # YAML 1.1 reads a bare off as false
    return control.parse(value)


def _about(value: object) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > LONGEST_ABOUT or "\n" in value.strip():
        raise UserError(f"about: {value!r} refused; it takes one sentence of at most {LONGEST_ABOUT} characters")
    return value.strip()


def _number(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= LAST_NUMBER:
        raise UserError(f"number: {value!r} refused; it takes a whole number from 1 to {LAST_NUMBER}")
    return value


_TABLE = {control.name: control for control in TABLE}
_HEADING: Mapping[str, Callable[[object], Any]] = {"about": _about, "number": _number}
_KEYS = (*_HEADING, *SETTINGS, *_TABLE)


def format_preset(preset: Preset) -> str:
    """Return a preset as YAML, as `parse_preset` reads it."""
    import yaml

    heading = {"about": preset.about or None, "number": preset.number}
    content: dict[str, object] = {key: value for key, value in heading.items() if value is not None}
    content |= preset.settings
    content |= preset.controls
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=LONGEST_ABOUT + 20)


def whole_state(controls: Mapping[str, Value], table: Iterable[Control]) -> dict[str, Value]:
    """Return what each control is to hold when a preset is recalled: its value, else the default.

    Of the controls of the place only those are in it that the preset names.
    """
    return {
        control.name: controls.get(control.name, control.default)
        for control in table
        if control.name in controls or control.name not in OF_THE_PLACE
    }


def kept_values(values: Mapping[str, Value], table: Iterable[Control]) -> dict[str, Value]:
    """Return what of a live state a preset keeps: all of how is played, and of the place what was set.

    But for `offset`: it belongs to the machine.
    """
    return {
        control.name: round(value, 6) if isinstance(value := values[control.name], float) else value
        for control in table
        if control.name != "offset"
        and (control.name not in OF_THE_PLACE or values[control.name] != control.default)
    }

"""The commands `ports`, `controls`, `presets`: what this machine, the table and the shelf hold, listed."""

from __future__ import annotations

from collections.abc import Sequence

from bridge.arguments import parser_of
from bridge.console import quiet_c_libraries
from bridge.controls import TABLE, as_markdown
from bridge.options import flag
from engine.errors import UserError


def ports(arguments: Sequence[str]) -> int:
    """Run `melody-bridge ports`; return the exit code. Raises UserError for what is refused."""
    parser = parser_of("melody-bridge ports", "List what each MIDI API of this machine sees.")
    parser.add_argument("--check", action="store_true", help="exit code 2 when no MIDI API works")
    options = parser.parse_args(arguments)
    quiet_c_libraries()
    from bridge.ports.midi_apis import list_ports, next_steps

    found = list_ports()
    for api, seen in found.items():
        if isinstance(seen, str):
            print(f"{api}: not here ({seen})")
            continue
        print(f"{api}:")
        for kind, meaning in (("inputs", "can be heard"), ("outputs", "can be played")):
            names = seen[kind]
            print(f"  {kind} ({meaning}): " + (", ".join(f'"{name}"' for name in names) or "none"))
    works = any(isinstance(seen, dict) for seen in found.values())
    if not works:
        print(next_steps())
    return 2 if options.check and not works else 0


def controls(arguments: Sequence[str]) -> int:
    """Run `melody-bridge controls`; return the exit code. Raises UserError for what is refused."""
    parser = parser_of("melody-bridge controls", "List every live control.")
    parser.add_argument("--markdown", action="store_true", help="as the table in the README")
    if parser.parse_args(arguments).markdown:
        print(as_markdown())
        return 0
    print("Live, from all sides: in the view choose one with ← → and move it with ↑ ↓ + -; by OSC")
    print("/melody/NAME value; by any MIDI controller, as --cc NAME=21, or with cc: in a preset.")
    for control in TABLE:
        cc = f", CC {control.cc}" if control.cc is not None else ""
        print(f"{flag(control)} ({control.allowed()}; default {control.default}{cc})")
        print(f"    {control.sentence}")
    return 0


def presets(arguments: Sequence[str]) -> int:
    """Run `melody-bridge presets`; return the exit code. Raises UserError for what is refused."""
    parser = parser_of("melody-bridge presets", "List every preset; your own stand in a folder of yours.")
    parser.parse_args(arguments)
    from bridge.presets.shelf import Shelf

    shelf = Shelf()
    for name in shelf.names():
        try:
            preset = shelf.read(name)
        except UserError as error:
            print(f"     {name}  (broken) {error}")
        else:
            print(f"{preset.number or '':>4} {preset.name:<12} {preset.about}")
    print(f"Your own: {shelf.own_folder}")
    return 0

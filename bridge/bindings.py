"""Which MIDI controller moves which control, and what its messages mean. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from engine.errors import UserError

LAST_CC = 119
"""What lies above are MIDI's channel mode messages, as all notes off."""
LSB_ABOVE = 32
"""MIDI 1.0: the fine half of controllers 0 to 31 comes as 32 to 63."""
ABSOLUTE, RELATIVE, RELATIVE_64, PAIR = "", "rel", "rel64", "14bit"
KINDS = (ABSOLUTE, RELATIVE, RELATIVE_64, PAIR)


@dataclass(frozen=True, slots=True)
class Binding:
    """Name a controller, and how it speaks.

    kind: "" sends where it stands, "rel" ticks in two's complement (1 to 63 up, 127 to 65 down), "rel64" ticks as
    64 and more or less, "14bit" where it stands, in fine halves on number + 32.
    """

    number: int
    kind: str = ABSOLUTE

    @property
    def numbers(self) -> tuple[int, ...]:
        """Return the controllers that it sends."""
        return (self.number, self.number + LSB_ABOVE) if self.kind == PAIR else (self.number,)

    @property
    def relative(self) -> bool:
        """Say whether it tells how far it was turned, not where it stands."""
        return self.kind in (RELATIVE, RELATIVE_64)

    def __str__(self) -> str:
        return f"{self.kind}:{self.number}" if self.kind else str(self.number)


def parse_binding(name: str, raw: object) -> Binding:
    """Return what is written of a controller: its number, or its kind and number, as "rel:21".

    Raises UserError, saying for which control, for anything else.
    """
    kind, colon, digits = raw.partition(":") if isinstance(raw, str) else ("", "", "")
    kind, digits = kind.strip().lower(), digits.strip()
    number: object = raw
    if colon and kind in KINDS[1:]:
        number = int(digits) if digits.isascii() and digits.isdigit() else digits
    else:
        kind = ABSOLUTE
    last = LSB_ABOVE - 1 if kind == PAIR else LAST_CC
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= last:
        beside = " behind 14bit:" if kind == PAIR else ", or one behind rel:, rel64: or 14bit:, as rel:21"
        raise UserError(f"cc of {name}: {raw!r} refused; it takes a whole number from 0 to {last}{beside}")
    return Binding(number, kind)


class Bindings:
    """Know which controller moves which control, while it may change. A control has one, a number moves one."""

    def __init__(self, bound: Mapping[str, Binding] = {}) -> None:
        self._bound = dict(bound)
        self._found = {number: name for name, each in self._bound.items() for number in each.numbers}

    def __iter__(self) -> Iterator[str]:
        return iter(self._bound)

    def get(self, name: str) -> Binding | None:
        """Return the controller of a control, or None."""
        return self._bound.get(name)

    def name_of(self, number: int) -> str | None:
        """Return what a controller moves, or None."""
        return self._found.get(number)

    def bind(self, name: str, binding: Binding) -> list[str]:
        """Give a control this controller, in place of its own; return what else has lost its by it."""
        self.unbind(name)
        lost = [self._found[number] for number in binding.numbers if number in self._found]
        for each in lost:
            self.unbind(each)
        self._bound[name] = binding
        self._found |= dict.fromkeys(binding.numbers, name)
        return list(dict.fromkeys(lost))

    def unbind(self, name: str) -> None:
        """Take a control's controller away."""
        binding = self._bound.pop(name, None)
        for number in binding.numbers if binding is not None else ():
            del self._found[number]


def ticks(kind: str, value: int) -> int:
    """Return how far a relative encoder was turned: ticks up, or negative ones down.

    64 in two's complement counts for nothing: no encoder turns so far at once, and some send it at rest.
    """
    if kind == RELATIVE_64 or value == 64:
        return value - 64
    return value if value < 64 else value - 128


class Pair:
    """Put the two halves of a 14-bit controller together.

    As MIDI 1.0 has it a new coarse half begins with a fine one of 0; a sender that has never sent a fine half is
    taken for one of 7 bits, so that it reaches the end. A coarse half that is only repeated changes nothing.
    """

    def __init__(self) -> None:
        self._coarse: int | None = None
        self._fine: int | None = None

    def feed(self, fine: bool, value: int) -> float | None:
        """Take in a half; return where the controller stands, 0..1, or None where that is not known or not new."""
        if fine:
            self._fine = value
        elif value == self._coarse and self._fine is not None:
            return None
        else:
            self._coarse, self._fine = value, None if self._fine is None else 0
        if self._coarse is None:
            return None
        return self._coarse / 127 if self._fine is None else (self._coarse << 7 | self._fine) / 16383

"""Learning which knob moves a control: say the control, then move the knob. Pure; keeping it is another's.

One is waited for at a time; who asks for a second has changed his mind, and is told so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bridge.bindings import KINDS, LSB_ABOVE, PAIR, Binding, Bindings
from bridge.config import OFF, SWITCHED, find_bindable
from bridge.events import ControlChange
from bridge.observers import Announcer
from engine.errors import UserError

Keep = Callable[[str, int | str], None]
WAITS_S = 60.0
"""A knob is waited for no longer: one that is moved tomorrow is not meant."""


class Learn:
    """Bind the next controller that moves. taken: controllers that are spoken for, and by what; keep: takes a
    control's name and its controller, as `parse_binding` reads it, or "off", to hold at the next start."""

    def __init__(self, bindings: Bindings, announce: Announcer, taken: Mapping[int, str], keep: Keep) -> None:
        self._bindings, self._announce, self._taken, self._keep = bindings, announce, dict(taken), keep
        self._waits: tuple[str, str] | None = None
        self._until_s = 0.0
        self._told_taken: set[int] = set()

    def ask(self, arguments: Sequence[object], now_s: float = 0.0) -> None:
        """Wait for the controller of a control or an action, of this kind; "off" takes its away.

        Without a name, or asked for the same once more, no longer wait; with nothing to end say what is bound.
        """
        words = " ".join(map(str, arguments)).lower().split()
        try:
            name, kind = _understood(words)
        except UserError as error:
            self._announce.error(str(error))
            return
        before = self._waits
        if not name or before == (name, kind):
            self._announce.log(f"learn: {before[0]} waits no longer" if before else self._told())
            self._wait(None)
        elif kind == OFF:
            self._wait(None)
            self._bindings.unbind(name)
            self._keep(name, OFF)
            self._announce.log(f"learn: no controller moves {name} any more")
            self._tell_bound(name)
        else:
            self._wait((name, kind))
            self._until_s = now_s + WAITS_S
            if before is not None and before[0] != name:
                self._announce.warn(f"learn: {name} waits for a knob, and {before[0]} no longer; move one")
            else:
                self._announce.log(f"learn: {name} waits for a knob; move one")

    def _wait(self, waits: tuple[str, str] | None) -> None:
        self._waits, self._told_taken = waits, set()
        name = waits[0] if waits is not None else ""
        self._announce.tell(lambda observer: observer.on_learning(name))

    def give_up(self, now_s: float) -> None:
        """No longer wait, when it has been long."""
        if self._waits is not None and now_s >= self._until_s:
            name = self._waits[0]
            self._wait(None)
            self._announce.log(f"learn: no knob moved for a minute; {name} waits no longer")

    def take(self, event: ControlChange) -> str | None:
        """Bind what moves, if one is waited for; return what it moves from now on, else None."""
        if self._waits is None:
            return None
        name, kind = self._waits
        binding = Binding(event.number, kind)
        if kind == PAIR and event.number >= LSB_ABOVE:
            binding = Binding(event.number - LSB_ABOVE, kind)  # its fine half came first
        spoken_for = {number: self._taken[number] for number in binding.numbers if number in self._taken}
        if kind == PAIR and binding.number >= LSB_ABOVE:
            spoken_for = {event.number: "no half of a 14-bit pair"}
        if spoken_for:
            self._refuse(*next(iter(spoken_for.items())))
            return None
        lost = [each for each in self._bindings.bind(name, binding) if each != name]
        self._keep(name, binding.number if not binding.kind else str(binding))
        rest = f"; {' and '.join(lost)} has none now" if lost else ""
        self._announce.log(f"learn: CC {binding} moves {name}{rest}")
        self._wait(None)
        for each in (*lost, name):
            self._tell_bound(each)
        return name

    def tell(self) -> None:
        """Tell every controller that moves something."""
        for name in self._bindings:
            self._tell_bound(name)

    def _tell_bound(self, name: str) -> None:
        binding = self._bindings.get(name)
        controller = "" if binding is None else str(binding)
        self._announce.tell(lambda observer: observer.on_bound(name, controller))

    def _refuse(self, number: int, what: str) -> None:
        """Say once why a controller is not bound; what it does it goes on doing."""
        if number not in self._told_taken:
            self._told_taken.add(number)
            self._announce.error(f"learn: CC {number} is {what}; move another")

    def _told(self) -> str:
        bound = ", ".join(f"{name} CC {self._bindings.get(name)}" for name in self._bindings)
        return f"learn: say for what, as /melody/learn temperature, and move a knob; bound are {bound or 'none'}"


def _understood(words: Sequence[str]) -> tuple[str, str]:
    """Return the name and the kind that are meant, either "" where it is not given.

    Raises UserError for anything else.
    """
    if len(words) > 2:
        raise UserError("learn: it takes a control and at most a kind, as /melody/learn temperature rel")
    name = find_bindable(words[0]) if words else ""
    kind = words[1] if len(words) == 2 else ""
    if kind not in (*KINDS, OFF):
        raise UserError(f"learn: {kind!r} refused; it takes one of {', '.join(KINDS[1:])}, or off")
    if name in SWITCHED and kind not in ("", OFF):
        raise UserError(f"learn: {name} is a switch and takes no {kind}")
    return name, kind

"""Change the model while it plays: another is loaded beside it, hears what was heard, takes its place. Pure.

The old model plays until the new one is warm and has read what was heard, and until an answer that it has begun is
over: an answer is a take, drawn by one model, so that it can be drawn again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from bridge.engine.memory import available_bytes, lack
from bridge.engine.talk import LOADING_S
from engine.errors import UserError
from engine.installed import Installed
from engine.messages import PROTOCOL, Continue, Failed, Hello, Listened, Ready, Reply, Request


class Pair(Protocol):
    """What is needed of the two engines."""

    def begin(self, checkpoint: str) -> int:
        """Start another beside the one that plays; return its number."""

    def hand(self, request: Request) -> None:
        """Hand a request to the other."""

    def swap(self) -> None:
        """Let the other play."""

    def drop(self) -> None:
        """End the other."""


@dataclass(frozen=True, slots=True)
class Changed:
    """Hold a change that has come about: the model that plays now, and the context that its engine has."""

    name: str
    licence: str
    ready: Ready
    context: Continue | None


@dataclass(slots=True)
class _Coming:
    """Hold a model on its way: since when, and how far. heard: it has read what it was handed."""

    name: str
    engine: int
    since_s: float
    ready: Ready | None = None
    context: Continue | None = None
    heard: bool = False


class ModelChange:
    """Know which model plays and which is on its way.

    installed: the checkpoints that may be asked for, by name; playing: the first one's name; room: says how many
    bytes of memory can be had, or None.
    """

    def __init__(
        self,
        pair: Pair,
        installed: Mapping[str, Installed],
        playing: str,
        room: Callable[[], int | None] = available_bytes,
    ) -> None:
        self._pair, self._installed, self._room = pair, installed, room
        self.playing, self.engine = playing, 0
        self._coming: _Coming | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names that may be asked for."""
        return tuple(self._installed)

    @property
    def coming(self) -> bool:
        """Say whether a model is on its way."""
        return self._coming is not None

    def is_on_its_way(self, name: str) -> bool:
        """Say whether this model is the one on its way."""
        return self._coming is not None and self._coming.name == name

    def is_coming(self, engine: int) -> bool:
        """Say whether an engine, by its number, is the one on its way."""
        return self._coming is not None and self._coming.engine == engine

    def following(self) -> str:
        """Return the name behind the one that plays, or is on its way, in the list, which is round."""
        names = self.names
        now = self._coming.name if self._coming is not None else self.playing
        return names[(names.index(now) + 1) % len(names)] if now in names else names[0]

    def name_of(self, source: str) -> str:
        """Return the name of the checkpoint that `source` loads, as a preset may name it; else `source` itself."""
        return next((name for name, each in self._installed.items() if each.source == source), source)

    def ask(self, which: object, now_s: float) -> str:
        """Begin to change to a model; return the line that says so.

        Of several that are asked for in turn the last comes. Raises UserError for what is not in the list, and
        where memory is short; then nothing has changed.
        """
        if not isinstance(which, str) or which.strip() not in self._installed:
            shown = repr(which if not isinstance(which, str) else which[:80])
            raise UserError(f"checkpoint: {shown} refused; installed are {', '.join(self.names)}")
        name = which.strip()
        if self._coming is not None and self._coming.name == name:
            return f"{name} is on its way"
        if name == self.playing:
            given_up = self._coming
            self.give_up()
            return f"{name} plays on, and {given_up.name} is given up" if given_up else f"{name} plays already"
        installed = self._installed[name]
        why_not = lack(name, installed.weights_bytes, self._room())
        if why_not:
            raise UserError(why_not)
        self.give_up()
        self._coming = _Coming(name, self._pair.begin(installed.source), now_s)
        return f"loading {name}; {self.playing} plays until it is ready"

    def give_up(self) -> None:
        """End the one that is on its way, if there is one."""
        if self._coming is not None:
            self._coming = None
            self._pair.drop()

    def replied(self, reply: Reply, hand_over: Callable[[], Continue | None]) -> None:
        """Take in what the engine on its way says. hand_over: gives the context that it is to have, None for none.

        Raises UserError when it will not come.
        """
        coming = self._coming
        assert coming is not None
        match reply:
            case Hello() if reply.protocol != PROTOCOL:
                self.fail(f"it speaks protocol {reply.protocol}, not {PROTOCOL}")
            case Ready():
                coming.ready, coming.context = reply, hand_over()
                coming.heard = coming.context is None
                if coming.context is not None:
                    self._pair.hand(coming.context)
            case Listened():
                coming.heard = True
            case Failed() if reply.fatal or reply.request is not None:
                self.fail(reply.text)
            case Failed():  # it starts anew by itself, on the CPU, and knows nothing till it is ready again
                coming.ready, coming.context, coming.heard = None, None, False

    def fail(self, why: str) -> None:
        """Give up the one that is on its way. Raises UserError, which says so."""
        name = self._coming.name if self._coming is not None else "the model"
        self.give_up()
        raise UserError(f"{name} does not come: {why}; {self.playing} plays on")

    def tick(self, now_s: float) -> None:
        """Let time pass. Raises UserError when the one on its way has taken too long."""
        late_s = self.gives_up_s()
        if late_s is not None and now_s >= late_s:
            self.fail(f"not ready after {LOADING_S:g} s")

    def gives_up_s(self) -> float | None:
        """Return when the one on its way has taken too long, or None."""
        coming = self._coming
        return coming.since_s + LOADING_S if coming is not None and not coming.heard else None

    def take_over(self, *, answering: bool) -> Changed | None:
        """Let the one on its way play from now on, if it is ready to and no answer is under way."""
        coming = self._coming
        if answering or coming is None or coming.ready is None or not coming.heard:
            return None
        self._pair.swap()
        self.playing, self.engine, self._coming = coming.name, coming.engine, None
        return Changed(coming.name, self._installed[coming.name].licence, coming.ready, coming.context)

"""Where controls move, whatever moves them: a value is judged, waits its turn, is applied, and is told. Pure.

A control takes a value at most thirty times a second, its last one always: a flood must not starve the answer, and
nobody who is told of the values can be flooded either. A refused value is told at once and leaves the old one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bridge.controls import Controls, spelled_out
from bridge.events import SetControl
from bridge.moment import Settings, read_settings
from bridge.observers import Announcer
from engine.errors import UserError

MOVE_EVERY_S = 1 / 30


class ControlMoves:
    """Move the controls of a table and say what holds afterwards; `settings` is what they say now."""

    def __init__(self, controls: Controls, announce: Announcer) -> None:
        self._controls, self._announce = controls, announce
        self.settings: Settings = read_settings(controls)
        self._moved_s: dict[str, float] = {}
        self._asked_s: dict[str, float] = {}
        self._waiting: dict[str, tuple[float, SetControl]] = {}

    def offer(self, *moves: SetControl) -> Sequence[str]:
        """Apply moves as one, now or when all of their controls may move again; return what changed now.

        A time signature moves two controls. Of several moves of one control the last holds. A later move of a
        control that waits takes its place alone.
        """
        spelled = [each for move in moves for each in _spelled(move)]
        judged = {move.name: move for move in map(self._judge, spelled) if move is not None}
        now_s = max((move.time_s for move in judged.values()), default=0.0)
        due_s = max(map(self._free_s, judged), default=0.0)
        if due_s <= now_s:
            return self._apply(list(judged.values()), now_s)
        self._waiting |= {name: (due_s, move) for name, move in judged.items()}
        return []

    def apply_now(self, *moves: SetControl) -> Sequence[str]:
        """Apply moves without waiting until their controls may move again; return what changed."""
        judged = [move for move in map(self._judge, moves) if move is not None]
        return self._apply(judged, max((move.time_s for move in judged), default=0.0)) if judged else []

    def _judge(self, move: SetControl) -> SetControl | None:
        """Return the move with its value as the control takes it; None, and told, where it is refused."""
        try:
            control = self._controls.find(move.name)
            value = control.scale(move.value) if move.normalised else control.parse(move.value)
        except UserError as error:
            self._announce.error(str(error))
            return None
        return replace(move, value=value, normalised=False)

    def next_s(self) -> float | None:
        """Return when a waiting move is due, or None."""
        return min((due_s for due_s, _ in self._waiting.values()), default=None)

    def due(self, now_s: float) -> Sequence[str]:
        """Apply the moves that have waited long enough; return the names of the controls that changed."""
        ripe = [move for due_s, move in self._waiting.values() if due_s <= now_s]
        return self._apply(ripe, now_s) if ripe else []

    def tell(self, name: str, source: str) -> None:
        """Tell a control's value, or with "*" all of them; an unknown name is told as an error."""
        try:
            names = list(self._controls.values()) if name == "*" else [self._controls.find(name).name]
        except UserError as error:
            self._announce.error(str(error))
            return
        for each in names:
            self._tell_value(each, source)

    def ask(self, name: str, now_s: float) -> None:
        """Tell a control's value, or with "*" all of them, because somebody asked: as seldom as it may move."""
        names = [*self._controls.values()] if name == "*" else [name]
        for each in names:
            if now_s >= self._asked_s.get(each, -float("inf")) + MOVE_EVERY_S:
                self._asked_s[each] = now_s
                self.tell(each, "ask")

    def _tell_value(self, name: str, source: str) -> None:
        value = self._controls[name]
        self._announce.tell(lambda observer: observer.on_control(name, value, source))

    def offer_choices(self, name: str, choices: Sequence[str]) -> None:
        """Say what the choices of a control are; a value that is none of them is told, and what now holds."""
        try:
            self._controls.with_choices(name, tuple(choices))
        except UserError as error:
            self._announce.error(str(error))
            self.settings = read_settings(self._controls)
            self.tell(name, "checkpoint")

    def _free_s(self, name: str) -> float:
        return self._moved_s.get(name, -float("inf")) + MOVE_EVERY_S

    def _apply(self, moves: Sequence[SetControl], now_s: float) -> Sequence[str]:
        """Set all values, then tell them; return the names of the controls that changed."""
        applied: list[SetControl] = []
        before = self._controls.values()
        for move in moves:
            self._waiting.pop(move.name, None)
            self._moved_s[move.name] = now_s
            try:
                self._controls.set(move.name, move.value)
            except UserError as error:  # its choices have changed while it waited
                self._announce.error(str(error))
            else:
                applied.append(move)
        if applied:
            self.settings = read_settings(self._controls)
        for move in applied:
            self.tell(move.name, move.source)
        return [move.name for move in applied if self._controls[move.name] != before[move.name]]


def _spelled(move: SetControl) -> list[SetControl]:
    """Return the moves that a value stands for."""
    values = {move.name: move.value} if move.normalised else spelled_out({move.name: move.value})
    return [replace(move, name=name, value=value) for name, value in values.items()]

"""The desk at which controls are moved: values are applied or refused, and told to whoever looks on. Pure."""

from __future__ import annotations

from bridge.controls import Controls
from bridge.events import SetControl
from bridge.observers import Announcer
from engine.errors import UserError


class Desk:
    """Apply moves to the controls and say what holds afterwards."""

    def __init__(self, controls: Controls, announce: Announcer) -> None:
        self._controls, self._announce = controls, announce

    def move(self, event: SetControl) -> bool:
        """Apply a move, tell the value that now holds; return whether it is another than before.

        A refused value is told as an error and leaves the old one.
        """
        try:
            before = self._controls[event.name]
            value = self._controls.set(event.name, event.value, normalised=event.normalised)
        except UserError as error:
            self._announce.error(str(error))
            return False
        self.tell(event.name, event.source)
        return value != before

    def tell(self, name: str, source: str) -> None:
        """Tell a control's value, or with "*" all of them; an unknown name is told as an error."""
        try:
            names = list(self._controls.values()) if name == "*" else [self._controls.find(name).name]
        except UserError as error:
            self._announce.error(str(error))
            return
        for each in names:
            for observer in self._announce.observers:
                observer.on_control(each, self._controls[each], source)

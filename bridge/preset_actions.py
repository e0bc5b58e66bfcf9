"""What is done with presets while it plays: recalled by whatever name or number, held as one, saved. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bridge.controls import Controls
from bridge.events import PresetRecalled, PresetSaved, SetControl
from bridge.model_actions import ModelActions
from bridge.observers import Announcer
from bridge.presets.desk import Presets
from bridge.presets.file import kept_values, whole_state

NAMES = ("preset", "preset/save")
"""The actions that are done here."""


class PresetActions:
    """Recall and save presets. move: moves several controls as one."""

    def __init__(
        self,
        presets: Presets,
        controls: Controls,
        models: ModelActions,
        move: Callable[..., None],
        announce: Announcer,
    ) -> None:
        self._presets, self._controls, self._models = presets, controls, models
        self._move, self._announce = move, announce

    def act(self, name: str, arguments: Sequence[object]) -> None:
        """Do one of NAMES."""
        if name == "preset":
            self._recall(arguments)
        else:
            self._save(arguments)

    def _recall(self, arguments: Sequence[object]) -> None:
        if len(arguments) == 1 and isinstance(arguments[0], str | int | float):
            self._presets.recall(arguments[0])
        else:
            self._announce.error("preset: it takes one name or number, as /melody/preset echo")

    def _save(self, arguments: Sequence[object]) -> None:
        if len(arguments) == 1 and isinstance(arguments[0], str):
            self._presets.save(arguments[0], kept_values(self._controls.values(), self._controls.table.values()))
        else:
            self._announce.error("preset/save: it takes one name, as /melody/preset/save evening")

    def recalled(self, event: PresetRecalled) -> None:
        """Let all of a preset hold as one; what sounds goes on, what has not begun is drawn again."""
        state, held = whole_state(event.values, self._controls.table.values()), self._controls.values()
        now_s = event.time_s
        moves = [SetControl(now_s, name, value, "preset") for name, value in state.items() if value != held[name]]
        moves = self._models.recalled(event.checkpoint, moves, now_s)
        if moves:
            self._move(*moves)
        stays = f" ({', '.join(event.fixed)} in it can be set at the start only)" if event.fixed else ""
        self._announce.log(f"preset {_numbered(event.name, event.number)}: {event.about}{stays}")
        self.tell(event.name)

    def saved(self, event: PresetSaved) -> None:
        """Tell that what was set is kept."""
        self._announce.log(f"saved as preset {_numbered(event.name, event.number)} in {event.folder}")
        self._announce.tell(lambda observer: observer.on_preset_saved(event.name))

    def tell(self, name: str) -> None:
        """Tell which preset holds."""
        self._announce.tell(lambda observer: observer.on_preset(name))


def _numbered(name: str, number: int | None) -> str:
    return name if number is None else f"{number} {name}"

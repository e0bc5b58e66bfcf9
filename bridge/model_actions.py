"""What is done with models while it plays: which is asked for, what comes of it, and what it brings along. Pure.

Whatever cannot be is told in a sentence, and the model that plays goes on.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import replace

from bridge.control_moves import ControlMoves
from bridge.duet import Duet
from bridge.engine.change import ModelChange
from bridge.events import Action, EngineDied, EngineReply, SetControl
from bridge.moment import Moment
from bridge.observers import Announcer
from engine.errors import UserError
from engine.messages import Ready

NAMES = ("checkpoint", "model")
"""The actions that are done here."""
NOT_YET = "checkpoint: the first model is still being loaded; ask again when it is ready"
STYLES = ("style", "style_b")
"""Controls that take the styles of the model."""


class ModelActions:
    """Change the model of a duet. models: None where there is but one."""

    def __init__(self, models: ModelChange | None, duet: Duet, moves: ControlMoves, announce: Announcer) -> None:
        self._models, self._duet, self._moves, self._announce = models, duet, moves, announce
        self._styles_to_come: list[SetControl] = []
        self._begun = False

    def is_playing(self, event: EngineReply | EngineDied) -> bool:
        """Say whether an event comes from the engine that plays."""
        return event.engine == (self._models.engine if self._models is not None else 0)

    def gives_up_s(self) -> float | None:
        """Return when a model on its way has taken too long, or None."""
        return self._models.gives_up_s() if self._models is not None else None

    def tell(self) -> None:
        """Tell which model plays."""
        if self._models is not None:
            name = self._models.playing
            self._announce.tell(lambda observer: observer.on_checkpoint(name))

    def offer_styles(self, ready: Ready) -> None:
        """Let the controls take the styles of the model that plays; one that it lacks is told."""
        self._begun = True
        for name in STYLES:
            self._moves.offer_choices(name, ("any", *ready.styles))

    def act(self, event: Action) -> None:
        """Do one of NAMES."""
        models = self._models
        if models is None or not self._begun:
            self._announce.error(NOT_YET)
        elif event.name == "model":
            self._begin(models, models.following(), event.time_s)
        elif len(event.arguments) == 1:
            self._begin(models, event.arguments[0], event.time_s)
        elif event.arguments:
            self._announce.error("checkpoint: it takes one name, as /melody/checkpoint essen")
        else:
            self._announce.log(f"{models.playing} plays; installed are {', '.join(models.names)}")
            self.tell()

    def recalled(self, checkpoint: str, moves: Sequence[SetControl], now_s: float) -> list[SetControl]:
        """Begin to change to the model of a preset, if it names one; return its moves that hold at once.

        Its styles hold when its model plays: the one that plays may not know them.
        """
        models = self._models
        self._styles_to_come = []
        if not checkpoint or models is None:
            return list(moves)
        name = models.name_of(checkpoint)
        if not self._begun:
            if name != models.playing:
                self._announce.error(NOT_YET)
            return list(moves)
        self._begin(models, name, now_s)
        if not models.is_on_its_way(name):
            return list(moves)
        self._styles_to_come = [move for move in moves if move.name in STYLES]
        return [move for move in moves if move.name not in STYLES]

    def _begin(self, models: ModelChange, which: object, now_s: float) -> None:
        self._styles_to_come = []
        with self._may_fail():
            self._announce.log(models.ask(which, now_s))

    def replied(self, event: EngineReply | EngineDied) -> None:
        """Take in what an engine says that does not play: the one on its way; of one that has ended it is late."""
        models = self._models
        if models is None or not models.is_coming(event.engine):
            return
        with self._may_fail():
            if isinstance(event, EngineDied):
                models.fail(event.text)
            else:
                models.replied(event.reply, self._duet.hand_over)

    def tick(self, moment: Moment) -> None:
        """Let the model that was asked for play, when it is ready to and no answer is under way."""
        models = self._models
        if models is None:
            return
        with self._may_fail():
            models.tick(moment.now_s)
        changed = models.take_over(answering=self._duet.partner.answering)
        if changed is None:
            return
        self.offer_styles(changed.ready)
        self._moves.apply_now(*self._styles_to_come)
        self._styles_to_come = []
        self._duet.model_changed(changed.ready, changed.context, replace(moment, settings=self._moves.settings))
        self._announce.log(f"now plays {changed.name}: {changed.licence}")
        self.tell()

    @contextlib.contextmanager
    def _may_fail(self) -> Iterator[None]:
        """Say why a model does not come; the one that plays goes on."""
        try:
            yield
        except UserError as error:
            self._styles_to_come = []
            self._announce.error(str(error))

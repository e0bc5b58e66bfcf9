"""What hands and feet move beside the keys: footswitch, pedals, knobs; and what the knobs are told. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bridge.bindings import Bindings
from bridge.cc_feedback import CcFeedback, Message
from bridge.config import OFF, SUSTAIN_CC, Config
from bridge.controls import Controls
from bridge.events import Action, ControlChange, SetControl
from bridge.knobs import DOWN, SOURCE, Knobs
from bridge.learn import Keep, Learn
from bridge.observers import Announcer

RESET_CC = 121
CC_CLEAR_S = 0.003
"""Values go back to knobs only where no note is due so soon: on some systems a send takes a millisecond."""


class Hands:
    """Turn controllers into what they ask for, learn new ones, and send values back to them."""

    def __init__(self, config: Config, controls: Controls, announce: Announcer, keep: Keep) -> None:
        """keep: takes what was learned, for the next start."""
        bindings = Bindings(config.bindings)
        self._footswitch_cc = config.footswitch_cc
        reserved = {config.footswitch_cc: "the footswitch", SUSTAIN_CC: "the sustain pedal", RESET_CC: "no knob"}
        self._learn = Learn(bindings, announce, reserved, keep)
        self._knobs = Knobs(controls, announce, bindings, config.takeover, chosen=config.controls)
        told = Bindings() if config.cc_feedback == OFF else bindings
        self._feedback = CcFeedback(controls, told, max(0, config.channel - 1))
        announce.observers += [self._knobs, self._feedback]

    def take(self, event: ControlChange) -> SetControl | Action | ControlChange | None:
        """Return what a controller asks for: a move, an action, or itself where it is a pedal of the playing.

        None where it asks for nothing: it is learned, or bound to nothing, or our own value coming back.
        """
        if event.number in (self._footswitch_cc, SUSTAIN_CC, RESET_CC):
            self._learn.take(event)  # says that this one cannot be had
            if event.number != self._footswitch_cc:
                return event
            return Action(event.time_s, "answer", SOURCE) if event.value >= DOWN else None
        if self._feedback.take_echo(event):
            return None
        name = self._learn.take(event)
        if name is not None:
            self._knobs.bound(name)
            return None
        return self._knobs.turn(event)

    def learn(self, arguments: Sequence[object], now_s: float) -> None:
        """Wait for the knob of a control or an action, as `Learn.ask` says."""
        self._learn.ask(arguments, now_s)

    def tell_bound(self) -> None:
        """Tell which controller moves what."""
        self._learn.tell()

    def show_all(self) -> None:
        """Have every value sent again."""
        self._feedback.show_all()

    def tell(self, now_s: float, sounds_s: float | None, send: Callable[[Message], None]) -> float | None:
        """Send values back and return when more may go; with a note near, neither. sounds_s: when one is due."""
        self._learn.give_up(now_s)
        if sounds_s is not None and sounds_s - now_s <= CC_CLEAR_S:
            return None
        for message in self._feedback.due(now_s):
            send(message)
        return self._feedback.next_s()

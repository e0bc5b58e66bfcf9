"""A call that is answered, and what a stage sends and tells of takes since."""

from __future__ import annotations

from bridge.events import Action
from bridge.observers import Observer
from bridge.take import Take
from tests.stage import Stage

CALL = [(0.0, 0.45, 60), (0.5, 0.95, 62), (1.0, 1.4, 64)]
"""With a wait of 0.5 s the turn passes at 1.9 s; four beats of answer at 120 bpm end at 3.9 s."""


class Library(Observer):
    """Write down the takes that are told."""

    def __init__(self) -> None:
        self.takes: list[Take] = []
        self.again: list[tuple[int, bool]] = []
        self.in_hand: list[int] = []

    def on_take(self, take: Take) -> None:
        self.takes.append(take)

    def on_again(self, number: int, looping: bool) -> None:
        self.again.append((number, looping))

    def on_in_hand(self, number: int) -> None:
        self.in_hand.append(number)


def later(by_s: float) -> list[tuple[float, float, int]]:
    """Return the call, played so much later."""
    return [(on + by_s, off + by_s, pitch) for on, off, pitch in CALL]


def sent(stage: Stage, since_s: float) -> list[tuple[float, tuple[int, ...]]]:
    """Return the note messages sent since, their times from the first."""
    notes = [(at_s, message) for at_s, message in stage.sent if message[0] & 0xF0 in (0x80, 0x90)]
    since = [(at_s, tuple(message)) for at_s, message in notes if at_s >= since_s - 1e-9]
    return [(round(at_s - since[0][0], 3), message) for at_s, message in since]


def choose(stage: Stage, number: object) -> None:
    """Take a take in hand."""
    stage.do(Action(stage.clock(), "take", "osc", (number,)))


def struck(stage: Stage, since_s: float = 0.0) -> list[int]:
    """Return the pitches struck since."""
    return [message[1] for _, message in sent(stage, since_s) if message[0] & 0xF0 == 0x90]


def onsets(stage: Stage, pitch: int, since_s: float = 0.0) -> list[float]:
    """Return when a pitch was struck."""
    return [
        at_s
        for at_s, message in stage.sent
        if message[0] & 0xF0 == 0x90 and message[1] == pitch and at_s >= since_s
    ]

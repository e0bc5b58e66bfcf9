"""The whole bridge on ports in memory, with the two models that ship: one plays, and then the other."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable

import psutil

from bridge.app import Bridge, opened
from bridge.config import Config
from bridge.demo import Played, play_phrase
from bridge.engine.memory import needed_bytes
from bridge.events import Action
from bridge.observers import Observer
from bridge.ports.loopback import LoopbackPorts
from bridge.take import Take
from engine.installed import WEIGHTS, known

WITHIN_S = 90.0
PHRASE = [
    Played(pitch, 80, 0.25 * place, 0.25 * place + 0.2) for place, pitch in enumerate((60, 64, 67, 65, 62, 60))
]


class Ears(Observer):
    """Hear what a player would be told."""

    def __init__(self) -> None:
        self.ready, self.answers = threading.Event(), threading.Event()
        self.checkpoints: queue.Queue[str] = queue.Queue()
        self.takes: queue.Queue[Take] = queue.Queue()
        self.errors: list[str] = []

    def on_engine(self, text: str, ready: bool) -> None:
        if ready:
            self.ready.set()

    def on_checkpoint(self, name: str) -> None:
        self.checkpoints.put(name)

    def on_answer_note(self, time_s: float, pitch: int, velocity: int, channel: int) -> None:
        self.answers.set()

    def on_take(self, take: Take) -> None:
        self.takes.put(take)

    def on_error(self, text: str) -> None:
        self.errors.append(text)


class Player:
    """Play on a thread of its own, then end the bridge."""

    def __init__(self, bridge: Bridge, play: Callable[[], None]) -> None:
        self.fault: BaseException | None = None
        self._bridge, self._play = bridge, play
        self.thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        try:
            self._play()
        except BaseException as error:
            self.fault = error
        finally:
            assert self._bridge.loop is not None
            self._bridge.loop.stop()


def test_the_model_changes_while_an_answer_sounds_and_nothing_is_lost() -> None:
    """Asked for within an answer of essen's, essen-pitch gives the next one; it knows all that was heard.

    The old process is gone then, and the new one takes no more than was looked for.
    """
    ears, ports = Ears(), LoopbackPorts()
    pids: list[int | None] = []
    held_bytes: list[int] = []
    with opened(Config(seed=3, controls={"patience": 0.5}), ports, [ears], osc_required=False) as bridge:

        def play() -> None:
            assert ears.ready.wait(WITHIN_S)
            assert ears.checkpoints.get(timeout=1) == "essen"
            pids.append(bridge.engine.pid)
            play_phrase(ports, PHRASE, threading.Event())
            assert ears.answers.wait(WITHIN_S)
            bridge.inbox.put(Action(time.monotonic(), "checkpoint", "osc", ("essen-pitch",)))
            first = ears.takes.get(timeout=WITHIN_S)
            assert ears.checkpoints.get(timeout=WITHIN_S) == "essen-pitch"
            pids.append(bridge.engine.pid)
            assert bridge.engine.pid is not None
            held_bytes.append(psutil.Process(bridge.engine.pid).memory_info().rss)
            play_phrase(ports, PHRASE, threading.Event())
            second = ears.takes.get(timeout=WITHIN_S)
            assert (first.model.checkpoint, second.model.checkpoint) == ("essen", "essen-pitch")
            heard = [note.pitch for note in second.context]
            assert heard == [p.pitch for p in PHRASE] + [n.pitch for n in first.melody] + [p.pitch for p in PHRASE]

        player = Player(bridge, play)
        bridge.run(on_start=player.thread.start)
        player.thread.join(WITHIN_S)
    assert player.fault is None, player.fault
    assert ears.errors == []
    assert pids[0] != pids[1]
    assert pids[0] is not None
    assert not psutil.pid_exists(pids[0])
    weights_bytes = (known()["essen-pitch"] / WEIGHTS).stat().st_size
    assert 0.2 * needed_bytes(weights_bytes) < held_bytes[0] < needed_bytes(weights_bytes)

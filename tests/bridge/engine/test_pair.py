"""Two engines for a while: the one that plays, and the one that is to play next."""

from __future__ import annotations

from bridge.engine.pair import EnginePair
from bridge.engine.process import EngineProcess, Put
from bridge.events import EngineDied, EngineReply
from engine.messages import PROTOCOL, Continue, Hello, Request

ASKED = Continue(1, 0, ())


class FakeProcess(EngineProcess):
    """Write down what is done to it."""

    def __init__(self, checkpoint: str, put: Put, told: list[str]) -> None:
        super().__init__(checkpoint, "cpu", None, put)
        self.checkpoint, self.told = checkpoint, told
        self.tell = put

    def start(self) -> None:
        self.told.append(f"{self.checkpoint} start")

    def restart(self) -> None:
        self.told.append(f"{self.checkpoint} restart")

    def send(self, request: Request) -> None:
        self.told.append(f"{self.checkpoint} send")

    def kill(self) -> None:
        self.told.append(f"{self.checkpoint} kill")

    def close(self, timeout_s: float = 0.0) -> None:
        self.told.append(f"{self.checkpoint} close")


class Fakes:
    """A pair of fake processes."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.made: list[FakeProcess] = []
        self.events: list[EngineReply | EngineDied] = []
        self.pair = EnginePair(self._make, "old", self.events.append)

    def _make(self, checkpoint: str, put: Put) -> EngineProcess:
        self.made.append(FakeProcess(checkpoint, put, self.told))
        return self.made[-1]


def test_the_old_one_plays_until_the_swap_and_ends_by_it() -> None:
    """What is sent goes to the one that plays, what is handed to the other."""
    fakes = Fakes()
    fakes.pair.start()
    assert fakes.pair.begin("new") == 1
    fakes.pair.send(ASKED)
    fakes.pair.hand(ASKED)
    fakes.pair.swap()
    fakes.pair.send(ASKED)
    fakes.pair.restart()
    fakes.pair.close()
    assert fakes.told == [
        "old start", "new start", "old send", "new send", "old kill", "new send", "new restart", "new close"
    ]  # fmt: skip


def test_what_an_engine_says_bears_its_number() -> None:
    """So that late words of one that has been replaced are told from those of its successor."""
    fakes = Fakes()
    fakes.pair.begin("new")
    fakes.made[1].tell(EngineReply(1.0, Hello(PROTOCOL, 7)))
    fakes.made[0].tell(EngineDied(2.0, "gone"))
    assert [event.engine for event in fakes.events] == [1, 0]


def test_a_third_takes_the_place_of_the_second_on_its_way() -> None:
    """At most two are alive, and at the end none is."""
    fakes = Fakes()
    fakes.pair.begin("new")
    assert fakes.pair.begin("newer") == 2
    fakes.pair.kill()
    assert fakes.told == ["new start", "new kill", "newer start", "newer kill", "old kill"]
    fakes.pair.swap()
    fakes.pair.hand(ASKED)
    assert len(fakes.told) == 5

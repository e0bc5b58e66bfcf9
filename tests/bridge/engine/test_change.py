"""Another model takes the place of the one that plays, or says why it does not."""

from __future__ import annotations

import pytest

from bridge.engine.change import ModelChange
from bridge.engine.talk import LOADING_S
from engine.errors import UserError
from engine.installed import Installed
from engine.messages import PROTOCOL, Continue, Failed, Hello, Listened, Ready, Request
from engine.notes import Note

INSTALLED = {
    "essen": Installed("essen", "non-commercial use only", 3_000_000),
    "mine": Installed("runs/mine", "any use permitted", 3_000_000),
    "paper": Installed("paper", "licence not stated", 700_000_000),
}
READY = Ready("mine", "cpu", 1000, 512, True, True, ("hymn",), 0.1, 0.1)
HEARD = Continue(0, 0, (Note(60, 1.0),))


class FakePair:
    """Write down what is asked of two engines."""

    def __init__(self) -> None:
        self.told: list[object] = []

    def begin(self, checkpoint: str) -> int:
        self.told.append(checkpoint)
        return len(self.told)

    def hand(self, request: Request) -> None:
        self.told.append(request)

    def swap(self) -> None:
        self.told.append("swap")

    def drop(self) -> None:
        self.told.append("drop")


def change(room: int | None = None) -> tuple[ModelChange, FakePair]:
    pair = FakePair()
    return ModelChange(pair, INSTALLED, "essen", lambda: room), pair


def test_it_takes_over_when_it_is_warm_has_heard_everything_and_no_answer_sounds() -> None:
    """Until then the one that played is the one that plays."""
    models, pair = change()
    assert models.ask("mine", 0.0) == "loading mine; essen plays until it is ready"
    assert models.is_coming(1)
    assert not models.is_coming(0)
    for reply in (Hello(PROTOCOL, 7), READY):
        models.replied(reply, lambda: HEARD)
        assert models.take_over(answering=False) is None
    models.replied(Listened(0, 1, 0.5), lambda: HEARD)
    assert models.take_over(answering=True) is None
    assert models.playing == "essen"
    changed = models.take_over(answering=False)
    assert changed is not None
    assert (changed.name, changed.licence, changed.context) == ("mine", "any use permitted", HEARD)
    assert pair.told == ["runs/mine", HEARD, "swap"]
    assert (models.playing, models.engine) == ("mine", 1)
    assert models.take_over(answering=False) is None


def test_with_nothing_heard_it_takes_over_as_soon_as_it_is_warm() -> None:
    """There is nothing to hand over."""
    models, pair = change()
    models.ask("mine", 0.0)
    models.replied(READY, lambda: None)
    assert models.take_over(answering=False) is not None
    assert pair.told == ["runs/mine", "swap"]


@pytest.mark.parametrize("which", ["runs/mine", "/etc", "../essen", "", 3, None, True, "x" * 500])
def test_only_names_of_the_list_are_taken(which: object) -> None:
    """A path is none, whatever stands there: who may send a message must not choose what is read from the disk."""
    models, pair = change()
    with pytest.raises(UserError, match=r"refused; installed are essen, mine, paper") as refused:
        models.ask(which, 0.0)
    assert len(str(refused.value)) < 200
    assert pair.told == []


def test_where_memory_for_both_is_short_it_says_so_before_anything_is_loaded() -> None:
    """And nothing has changed: what was on its way before still comes."""
    models, pair = change(room=500_000_000)
    with pytest.raises(UserError, match=r"paper needs about 5,100 MB .* 500 MB are free"):
        models.ask("paper", 0.0)
    assert pair.told == []
    assert models.ask("mine", 0.0)
    with pytest.raises(UserError, match=r"paper needs about"):
        models.ask("paper", 0.1)
    assert pair.told == ["runs/mine"]
    assert models.is_on_its_way("mine")


@pytest.mark.parametrize(
    "reply", [Failed(None, "the weights are cut off", True), Failed(0, "odd", False), Hello(PROTOCOL + 1, 7)]
)
def test_one_that_cannot_be_loaded_is_given_up_in_a_sentence(reply: Failed | Hello) -> None:
    """The one that plays goes on, and another can be asked for."""
    models, pair = change()
    models.ask("mine", 0.0)
    with pytest.raises(UserError, match=r"mine does not come: .*; essen plays on"):
        models.replied(reply, lambda: None)
    assert pair.told == ["runs/mine", "drop"]
    assert not models.coming
    assert models.ask("paper", 1.0).startswith("loading paper")


def test_one_that_goes_over_to_the_cpu_still_comes() -> None:
    """What it says on its way, of a device without memory, is no failure: it will be ready."""
    models, pair = change()
    models.ask("mine", 0.0)
    models.replied(Failed(None, "no memory, so the CPU plays", False), lambda: None)
    assert models.coming
    assert pair.told == ["runs/mine"]


def test_one_that_is_not_ready_in_time_is_given_up() -> None:
    """A process that hangs does not stand beside the music for ever."""
    models, _ = change()
    models.ask("mine", 10.0)
    models.tick(10.0 + LOADING_S - 0.1)
    assert models.gives_up_s() == 10.0 + LOADING_S
    with pytest.raises(UserError, match=r"mine does not come: not ready after"):
        models.tick(10.0 + LOADING_S)
    assert models.gives_up_s() is None


def test_one_that_hangs_while_it_reads_what_was_heard_is_given_up_too() -> None:
    """Warm is not there yet."""
    models, _ = change()
    models.ask("mine", 10.0)
    models.replied(READY, lambda: HEARD)
    assert models.gives_up_s() == 10.0 + LOADING_S
    models.replied(Listened(0, 1, 0.5), lambda: HEARD)
    assert models.gives_up_s() is None


def test_one_whose_device_runs_out_of_memory_after_it_was_ready_is_waited_for_again() -> None:
    """It has forgotten what it was handed, and is handed it once more."""
    models, pair = change()
    models.ask("mine", 0.0)
    for reply in (READY, Listened(0, 1, 0.5), Failed(None, "no memory, so the CPU plays", False)):
        models.replied(reply, lambda: HEARD)
    assert models.take_over(answering=False) is None
    for reply in (READY, Listened(0, 1, 0.5)):
        models.replied(reply, lambda: HEARD)
    assert models.take_over(answering=False) is not None
    assert pair.told == ["runs/mine", HEARD, HEARD, "swap"]


def test_the_last_that_was_asked_for_comes() -> None:
    """Asked for twice it is on its way; another takes its place; the one that plays calls it off."""
    models, pair = change()
    models.ask("mine", 0.0)
    assert models.ask("mine", 0.1) == "mine is on its way"
    models.ask("paper", 0.2)
    assert models.ask("essen", 0.3) == "essen plays on, and paper is given up"
    assert models.ask("essen", 0.4) == "essen plays already"
    assert pair.told == ["runs/mine", "drop", "paper", "drop"]


def test_the_key_goes_round_the_list() -> None:
    """From the one that plays, or the one on its way, to the one behind it."""
    models, _ = change()
    assert models.following() == "mine"
    models.ask("mine", 0.0)
    assert models.following() == "paper"
    models.ask("paper", 0.0)
    assert models.following() == "essen"

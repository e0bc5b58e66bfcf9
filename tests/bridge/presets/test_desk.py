"""The desk: files are read on its thread, and whatever is wrong with one comes back as a sentence."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.events import Complaint, PresetRecalled, PresetSaved
from bridge.presets.controllers import read_learned
from bridge.presets.desk import WAITING_MOST, Desk
from bridge.presets.file import Preset
from bridge.presets.shelf import Shelf

WITHIN_S = 10.0


class Counter:
    """A desk at work, and what it puts into the inbox."""

    def __init__(self, own: Path) -> None:
        self.own = own
        self.inbox: queue.Queue[PresetRecalled | PresetSaved | Complaint] = queue.Queue()
        self.shelf = Shelf(own)
        self.desk = Desk(self.shelf, self.inbox.put, lambda: 7.0)

    def got(self) -> PresetRecalled | PresetSaved | Complaint:
        return self.inbox.get(timeout=WITHIN_S)


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    counter = Counter(tmp_path / "own")
    yield counter
    counter.desk.close()


def test_a_preset_is_brought_with_its_values(counter: Counter) -> None:
    """By number or name; what it cannot change any more is named."""
    counter.desk.start()
    counter.desk.recall(2)
    echo = counter.shelf.find("echo")
    assert counter.got() == PresetRecalled(7.0, "echo", 2, echo.about, echo.controls)
    counter.own.mkdir()
    (counter.own / "mine.yaml").write_text("port: Piano\ntop_k: 3\n")
    counter.desk.recall("mine")
    assert counter.got() == PresetRecalled(7.0, "mine", None, "", {"top_k": 3}, ("port",))


def test_the_model_that_a_preset_names_comes_with_it(counter: Counter) -> None:
    """It can be changed while it plays, so it is not among what holds from the start."""
    counter.own.mkdir()
    (counter.own / "church.yaml").write_text("checkpoint: essen-pitch\nport: Piano\n")
    counter.desk.start()
    counter.desk.recall("church")
    assert counter.got() == PresetRecalled(7.0, "church", None, "", {}, ("port",), "essen-pitch")


def test_what_is_saved_can_be_recalled(counter: Counter) -> None:
    """It says under which name and number, and where."""
    counter.desk.start()
    counter.desk.save("Late Evening", {"temperature": 1.25})
    assert counter.got() == PresetSaved(7.0, "late-evening", 13, str(counter.own))
    counter.desk.recall(13)
    recalled = counter.got()
    assert isinstance(recalled, PresetRecalled)
    assert recalled.values == {"temperature": 1.25}


@pytest.mark.parametrize("name", ["../../x", "/etc/passwd", "", "echo", "7", "x" * 41, 5.5])
def test_a_name_that_cannot_be_is_said_and_nothing_is_written(counter: Counter, name: object) -> None:
    """A path is no name, and a bundled preset stays."""
    counter.desk.start()
    counter.desk.save(name, {})
    assert isinstance(counter.got(), Complaint)
    assert not counter.own.exists()


def test_a_program_beyond_the_presets_is_said_with_those_there_are(counter: Counter) -> None:
    """One line, and the next request is served."""
    counter.desk.start()
    counter.desk.recall(90)
    said = counter.got()
    assert isinstance(said, Complaint)
    assert said.text.startswith("there is no preset 90; there are 1 duet, 2 echo")
    counter.desk.recall("echo")
    assert isinstance(counter.got(), PresetRecalled)


def test_a_preset_that_was_deleted_while_in_use_is_said_to_be_gone(counter: Counter) -> None:
    """Not unknown: it was here a moment ago, and what it set still holds."""
    counter.desk.start()
    saved = counter.shelf.save(Preset("evening"))
    counter.desk.recall("evening")
    assert isinstance(counter.got(), PresetRecalled)
    (counter.own / f"{saved.name}.yaml").unlink()
    counter.desk.recall("evening")
    said = counter.got()
    assert isinstance(said, Complaint)
    assert said.text == "preset 'evening' is gone, its file was deleted; what it set still holds"


def test_of_recalls_that_wait_only_the_newest_is_served(counter: Counter) -> None:
    """A DAW that runs through its programs, a hand that slides over the keys: the last one is meant."""
    for number in range(1, 11):
        counter.desk.recall(number)
    counter.desk.start()
    recalled = counter.got()
    assert isinstance(recalled, PresetRecalled)
    assert recalled.number == 10
    counter.desk.recall("nothing")
    assert isinstance(counter.got(), Complaint)


def test_a_flood_is_told_once_and_costs_no_memory(counter: Counter) -> None:
    """A thousand requests at a disk that does not answer: some wait, the rest are dropped."""
    for _ in range(1000):
        counter.desk.save("evening", {})
    assert counter.inbox.qsize() == 1
    assert str(WAITING_MOST) in str(counter.got())


def test_a_fault_in_one_file_does_not_end_the_serving(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever reading one ends in: it is said, and the next is read."""
    find, fails = counter.shelf.find, threading.Event()

    def fail_once(which: object) -> Preset:
        if not fails.is_set():
            fails.set()
            raise RuntimeError("odd")
        return find(which)

    monkeypatch.setattr(counter.shelf, "find", fail_once)
    counter.desk.start()
    counter.desk.recall(1)
    assert "RuntimeError: odd" in str(counter.got())
    counter.desk.recall(1)
    assert isinstance(counter.got(), PresetRecalled)


def test_a_learned_controller_is_kept_on_the_desks_thread(tmp_path: Path) -> None:
    """What cannot be kept comes back as a sentence."""
    inbox: queue.Queue[PresetRecalled | PresetSaved | Complaint] = queue.Queue()
    path = tmp_path / "controllers.yaml"
    desk = Desk(Shelf(tmp_path), inbox.put, lambda: 7.0, path)
    desk.start()
    desk.keep_controller("turn", 14)
    desk.close()
    assert read_learned(path) == {"turn": 14}
    path.write_text("- 1\n")
    desk = Desk(Shelf(tmp_path), inbox.put, lambda: 7.0, path)
    desk.start()
    desk.keep_controller("turn", 15)
    assert isinstance(inbox.get(timeout=WITHIN_S), Complaint)
    desk.close()

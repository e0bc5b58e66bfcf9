"""Looking on: an observer's fault harms nobody, and a tempo is told only when it has moved."""

from __future__ import annotations

import pytest

from bridge.observers import FAULTS_MOST, Announcer, Observer
from engine.notes import Note
from tests.stage import ScriptedEngine, Stage, Witness


class Broken(Observer):
    """Fail in everything, errors included."""

    def __init__(self) -> None:
        self.asked = 0

    def __getattribute__(self, name: str) -> object:
        if name.startswith("on_"):
            object.__setattr__(self, "asked", object.__getattribute__(self, "asked") + 1)
            raise ValueError("no view")
        return object.__getattribute__(self, name)


class Tempos(Observer):
    """Write down the tempos that are told."""

    def __init__(self) -> None:
        self.told: list[tuple[float, str]] = []

    def on_tempo(self, bpm: float, source: str, confidence: float) -> None:
        self.told.append((bpm, source))


def test_an_observer_that_fails_is_told_of_and_the_others_still_hear() -> None:
    """The line says who failed, how and where; what was to be told reaches everybody else, in order."""
    first, last = Witness(), Witness()
    announce = Announcer([first, Broken(), last])
    announce.log("hello")
    assert first.logs == last.logs == ["hello"]
    assert first.errors == last.errors
    assert "Broken" in first.errors[0]
    assert "ValueError: no view (test_observers.py:" in first.errors[0]


def test_an_observer_that_keeps_failing_is_dropped_and_that_is_told() -> None:
    """One odd value must not cost the view; a broken one is asked three times, not at every note of an evening."""
    broken, witness = Broken(), Witness()
    announce = Announcer([broken, witness])
    for number in range(20):
        announce.log(str(number))
    assert broken.asked == FAULTS_MOST
    assert witness.logs == [str(number) for number in range(20)]
    assert len(witness.errors) == 2
    assert "is told nothing more" in witness.errors[1]


def test_observers_that_fail_in_on_error_raise_nothing() -> None:
    """Telling of one's fault lets the other fail: that ends."""
    announce = Announcer([Broken(), Broken()])
    for _ in range(20):
        announce.error("refused")


def test_what_an_observer_tells_in_its_turn_waits_until_all_have_heard() -> None:
    """Nothing is told inside of something else."""
    order: list[str] = []

    class Echoing(Observer):
        def on_log(self, text: str) -> None:
            order.append(f"first {text}")
            if text == "one":
                announce.log("two")

    class Last(Observer):
        def on_log(self, text: str) -> None:
            order.append(f"last {text}")

    announce = Announcer([Echoing(), Last()])
    announce.log("one")
    assert order == ["first one", "last one", "first two", "last two"]


def test_music_goes_on_whatever_an_observer_does() -> None:
    """An answer is played to its end beside an observer that fails at every event."""

    def notes(*others: Observer) -> list[str]:
        stage = Stage(ScriptedEngine(lambda index: Note(72 + index, 1.0)), observers=others)
        stage.play([(0.1, 0.4, 60), (0.5, 0.8, 62), (1.0, 1.4, 64)])
        stage.run(6.0)
        return stage.score

    assert notes(Broken()) == notes()


def test_a_tempo_that_trembles_is_told_once() -> None:
    """Half a minute of clock whose estimate moves by 0.03 bpm twenty times a second."""
    tempos = Tempos()
    announce = Announcer([tempos])
    for step in range(600):
        announce.tempo(120.24 + 0.03 * (step % 3), "clock", 1.0, step / 20)
    assert tempos.told == [(120.24, "clock")]


def test_a_tempo_that_moves_is_told_by_half_bpm_and_where_it_comes_to_rest() -> None:
    """A ramp is told in steps; the value that then holds for a second is told too, once."""
    tempos = Tempos()
    announce = Announcer([tempos])
    for step in range(200):
        announce.tempo(min(100.0 + step * 0.05, 102.3), "clock", 1.0, step / 20)
    assert [round(bpm, 1) for bpm, _ in tempos.told] == [100.0, 100.5, 101.0, 101.5, 102.0, 102.3]


@pytest.mark.parametrize(("bpm", "source"), [(120.0, "player"), (121.0, "clock")])
def test_another_source_or_a_jump_is_told_at_once(bpm: float, source: str) -> None:
    """Whose tempo holds is news by itself."""
    tempos = Tempos()
    announce = Announcer([tempos])
    announce.tempo(120.0, "clock", 1.0, 0.0)
    announce.tempo(bpm, source, 1.0, 0.001)
    assert tempos.told == [(120.0, "clock"), (bpm, source)]


def test_a_warning_is_a_line_to_whoever_makes_nothing_of_it() -> None:
    """Nobody misses that the clock is lost."""
    lines: list[str] = []

    class Liner(Observer):
        def on_log(self, text: str) -> None:
            lines.append(text)

    Announcer([Liner()]).warn("the clock is lost")
    assert lines == ["the clock is lost"]


def test_what_nobody_heeds_need_not_be_found_out() -> None:
    """An observer heeds what it overrides; one that is dropped heeds nothing."""
    announce = Announcer([Witness(), Tempos()])
    assert announce.heeds("on_tempo")
    assert not announce.heeds("on_outlook")
    announce.observers.clear()
    assert not announce.heeds("on_tempo")

"""Presets while it plays: recalled without a gap, from every side, and saved from what is set."""

from __future__ import annotations

import pytest

from bridge.config import Config
from bridge.events import Action, PresetRecalled, PresetSaved, ProgramChange
from engine.notes import Note
from tests.stage import Stage

CALL = [(0.0, 0.45, 60), (0.5, 0.95, 62), (1.0, 1.4, 64)]


def recalled(stage: Stage, **values: float | int | str) -> PresetRecalled:
    return PresetRecalled(stage.clock(), "evening", 13, "Late.", values)


def test_what_sounds_goes_on_and_the_rest_is_drawn_again_once() -> None:
    """Recalled in the middle of the second note: that note ends as it would have, the third is drawn anew."""
    stage = Stage(articulation=1.0)
    stage.play(CALL)
    stage.run(2.6)
    before = len(stage.engine.requests)
    stage.engine.script = lambda index: Note(40 + index, 1.0)
    stage.do(recalled(stage, turn="fixed", wait=0.5, articulation=1.0, temperature=1.5, key_lock=0.0))
    stage.run(5.0)
    assert stage.score == [
        *("1.90 on 72", "2.39 off 72", "2.40 on 73", "2.89 off 73"),
        *("2.90 on 42", "3.39 off 42", "3.40 on 43", "3.89 off 43"),
    ]
    assert [request.sampling.temperature for request in stage.engine.requests[before:]] == [1.5]


def test_all_of_it_holds_and_what_it_does_not_name_is_at_its_default_but_for_the_place() -> None:
    """A preset sounds the same whatever was set before; key and offset are the evening's."""
    stage = Stage(top_k=5, key="G", offset=-12.5, swing=0.2)
    stage.do(recalled(stage, temperature=1.5))
    held = stage.session.controls.values()
    assert (held["temperature"], held["top_k"], held["swing"]) == (1.5, 20, 0.0)
    assert (held["key"], held["offset"]) == ("G", -12.5)
    told = {name: value for name, value, source in stage.witness.controls if source == "preset"}
    assert told["top_k"] == 20
    assert stage.witness.presets == ["evening"]
    assert "preset 13 evening: Late." in stage.witness.logs


def test_a_value_that_is_refused_leaves_the_rest_of_it_to_hold() -> None:
    """A style that this checkpoint does not know: a sentence, and the other values."""
    stage = Stage()
    stage.do(recalled(stage, style="Atlantis", temperature=1.5))
    assert stage.session.controls["temperature"] == 1.5
    assert stage.session.controls["style"] == "any"
    assert "Atlantis" in stage.witness.errors[-1]


def test_settings_in_it_are_said_to_stay() -> None:
    """A port is opened at the start; whoever recalls a preset that names one is told."""
    stage = Stage()
    stage.do(PresetRecalled(0.0, "mine", None, "Mine.", {}, ("port", "checkpoint")))
    assert "preset mine: Mine. (port, checkpoint in it can be set at the start only)" in stage.witness.logs


def test_programs_keys_and_osc_ask_for_the_same() -> None:
    """Program 2 on the wire is 1; names are names."""
    stage = Stage()
    stage.do(ProgramChange(0.0, 1, 3))
    stage.do(Action(0.0, "preset", "key", (4,)))
    stage.do(Action(0.0, "preset", "osc", ("echo",)))
    assert stage.presets.asked == [2, 4, "echo"]


def test_a_program_on_another_channel_than_the_players_is_not_heard() -> None:
    """With --channel the programs of other tracks recall nothing; without, any channel does."""
    stage = Stage(config=Config(seed=1, channel=2))
    stage.do(ProgramChange(0.0, 5, 0))
    stage.do(ProgramChange(0.0, 6, 1))
    assert stage.presets.asked == [7]


@pytest.mark.parametrize("arguments", [(), ("a", "b"), (None,), (b"blob",)])
def test_a_request_without_a_name_is_refused_with_what_it_takes(arguments: tuple[object, ...]) -> None:
    """For recalling and for saving."""
    stage = Stage()
    stage.do(Action(0.0, "preset", "osc", arguments))
    stage.do(Action(0.0, "preset/save", "osc", arguments))
    assert [error.split(":")[0] for error in stage.witness.errors] == ["preset", "preset/save"]
    assert (stage.presets.asked, stage.presets.saved) == ([], [])


def test_what_is_saved_is_what_is_set_now() -> None:
    """Every control of how is played, with its value; when it is done a line says where."""
    stage = Stage(temperature=1.25)
    stage.do(Action(0.0, "preset/save", "osc", ("evening",)))
    ((name, values),) = stage.presets.saved
    assert name == "evening"
    assert (values["temperature"], values["top_k"]) == (1.25, 20)
    stage.do(PresetSaved(0.0, "evening", 13, "/config/presets"))
    assert "saved as preset 13 evening in /config/presets" in stage.witness.logs


def test_the_preset_of_the_start_is_told() -> None:
    """A surface shows its name from the beginning."""
    stage = Stage(config=Config(seed=1, preset="echo"))
    stage.session.start(0.0)
    assert stage.witness.presets == ["echo"]

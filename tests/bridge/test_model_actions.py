"""The model is changed in a session: nothing falls silent, nothing that was heard is lost."""

from __future__ import annotations

from collections import deque

from bridge.config import Config
from bridge.controls import Controls
from bridge.engine.change import ModelChange
from bridge.events import Action, EngineDied, EngineReply, PresetRecalled
from bridge.observers import Announcer
from bridge.session import Session
from engine.installed import Installed
from engine.messages import Continue, Failed, Ready, Reply, Request
from tests.fakes import FakeClock, FakeDesk
from tests.stage import READY, ScriptedEngine, Stage, Witness, scale

INSTALLED = {
    "scripted": Installed("scripted", "any use permitted", 0),
    "low": Installed("low", "non-commercial use only", 0),
    "own": Installed("runs/own", "licence not stated", 0),
}
LOW = Ready("low", "cpu", 1000, 512, True, True, ("hymn",), 0.1, 0.1, drafts=32)
CALL = [(0.1, 0.5, 60), (0.6, 1.0, 62), (1.1, 1.4, 64)]


class TwoEngines:
    """Two scripted engines; the second is ready when a test says so."""

    def __init__(self) -> None:
        self.playing = ScriptedEngine()
        self.next: ScriptedEngine | None = None
        self.begun: list[str] = []

    @property
    def outbox(self) -> deque[Reply]:
        return self.playing.outbox

    @property
    def requests(self) -> list[Continue]:
        return self.playing.requests

    def send(self, request: Request) -> None:
        self.playing.send(request)

    def restart(self) -> None:
        self.playing.restart()

    def begin(self, checkpoint: str) -> int:
        self.begun.append(checkpoint)
        self.next = ScriptedEngine(scale(40))
        return len(self.begun)

    def hand(self, request: Request) -> None:
        assert self.next is not None
        self.next.send(request)

    def swap(self) -> None:
        assert self.next is not None
        self.playing, self.next = self.next, None

    def drop(self) -> None:
        self.next = None


class Watcher(Witness):
    """Write down which models play, too."""

    def __init__(self) -> None:
        super().__init__()
        self.checkpoints: list[str] = []

    def on_checkpoint(self, name: str) -> None:
        self.checkpoints.append(name)


class ModelStage(Stage):
    """A stage on which the model can be changed."""

    def __init__(self, **controls: object) -> None:
        self.clock = FakeClock()
        self.pair = TwoEngines()
        self.engine = self.pair  # type: ignore[assignment]
        self.watcher = Watcher()
        self.witness = self.watcher
        self.sent = []
        self.presets = FakeDesk()
        table = Controls()
        table.update(
            {"turn": "fixed", "wait": 0.5, "grid": "off", "tempo_from": "fixed", "key_lock": 0, **controls}
        )
        self.models = ModelChange(self.pair, INSTALLED, "scripted", lambda: None)
        announce = Announcer([self.witness])
        self.session = Session(
            Config(seed=1), table, self._send, self.pair, announce, self.presets, models=self.models
        )
        self.session.start(0.0)
        self.session.handle(EngineReply(0.0, READY))

    def ask(self, name: object) -> None:
        self.do(Action(self.clock(), "checkpoint", "osc", (name,)))

    def coming_says(self, *replies: Reply) -> None:
        """Let the engine on its way say this, and then all that it has to say."""
        for reply in replies:
            self.do(EngineReply(self.clock(), reply, len(self.pair.begun)))
        while self.pair.next is not None and self.pair.next.outbox:
            self.do(EngineReply(self.clock(), self.pair.next.outbox.popleft(), len(self.pair.begun)))

    def run(self, until_s: float) -> None:
        """Let time pass; the engine that plays bears the number of the model that plays."""
        while True:
            while self.pair.outbox:
                self.do(EngineReply(self.clock(), self.pair.outbox.popleft(), self.models.engine))
            self.session.tick(self.clock())
            if self.clock() >= until_s - 1e-9:
                return
            self.clock.advance(min(self.step_s, until_s - self.clock()))


def test_an_answer_is_played_to_its_end_by_the_model_that_began_it_and_the_next_by_the_other() -> None:
    """The change falls between them, and the other knows all that was heard."""
    stage = ModelStage()
    stage.play(CALL)
    stage.run(2.0)
    stage.ask("low")
    stage.coming_says(LOW)
    stage.run(5.0)
    assert [line for line in stage.score if " on " in line] == [
        "1.90 on 72", "2.40 on 73", "2.90 on 74", "3.40 on 75"
    ]  # fmt: skip
    assert stage.watcher.checkpoints == ["scripted", "low"]
    assert "now plays low: non-commercial use only" in stage.witness.logs
    stage.play([(on + 6.0, off + 6.0, pitch) for on, off, pitch in CALL])
    stage.run(10.0)
    assert [line for line in stage.score if " on " in line][4:] == [
        "7.90 on 40", "8.40 on 41", "8.90 on 42", "9.40 on 43"
    ]  # fmt: skip
    heard = [note.pitch for note in stage.pair.playing.context]
    assert heard[:10] == [60, 62, 64, 72, 73, 74, 75, 60, 62, 64]
    assert stage.pair.playing.requests[0].keep == 0
    assert all(request.keep for request in stage.pair.playing.requests[1:])
    assert stage.hanging == set()


def test_takes_say_which_model_drew_them() -> None:
    """So that each can be drawn again."""
    stage = ModelStage()
    models = []
    stage.witness.on_take = lambda take: models.append(take.model.checkpoint)  # type: ignore[method-assign]
    stage.play(CALL)
    stage.run(2.0)
    stage.ask("low")
    stage.coming_says(LOW)
    stage.play([(on + 6.0, off + 6.0, pitch) for on, off, pitch in CALL])
    stage.run(11.0)
    assert models == ["scripted", "low"]


def test_a_draft_for_the_call_in_progress_is_drawn_again_by_the_model_that_takes_over() -> None:
    """Between the last note and the turn the other one comes: the answer is its own, and in time."""
    stage = ModelStage()
    stage.play(CALL)
    stage.ask("low")
    stage.run(1.6)
    stage.coming_says(LOW)
    stage.run(5.0)
    assert stage.score[0] == "1.90 on 40"


def test_the_old_model_plays_on_when_the_other_fails_or_dies() -> None:
    """One sentence each; and what the dead one says later means nothing."""
    stage = ModelStage()
    stage.ask("low")
    stage.coming_says(Failed(None, "the weights are cut off", True))
    assert stage.witness.errors == ["low does not come: the weights are cut off; scripted plays on"]
    stage.ask("low")
    stage.do(EngineDied(0.0, "the engine process was ended by SIGKILL", 2))
    assert stage.witness.errors[1:] == [
        "low does not come: the engine process was ended by SIGKILL; scripted plays on"
    ]
    stage.do(EngineReply(0.0, LOW, 2))
    stage.do(EngineDied(0.0, "again", 1))
    stage.play(CALL)
    stage.run(5.0)
    assert stage.score[0] == "1.90 on 72"
    assert len(stage.witness.errors) == 2


def test_a_name_that_is_not_installed_changes_nothing() -> None:
    """A path least of all; without a name the list is told, and who plays."""
    stage = ModelStage()
    stage.ask("/etc/passwd")
    assert stage.pair.begun == []
    assert stage.witness.errors == ["checkpoint: '/etc/passwd' refused; installed are scripted, low, own"]
    stage.do(Action(0.0, "checkpoint", "osc"))
    assert stage.witness.logs[-1] == "scripted plays; installed are scripted, low, own"
    stage.do(Action(0.0, "checkpoint", "osc", ("a", "b")))
    assert "takes one name" in stage.witness.errors[-1]


def test_the_key_changes_to_the_next_of_the_list() -> None:
    """As the others do, without a name to type."""
    stage = ModelStage()
    stage.act("model")
    assert stage.pair.begun == ["low"]


def test_a_preset_brings_its_model_and_its_styles_when_that_plays() -> None:
    """A style that only the other knows is not judged by the one that still plays."""
    stage = ModelStage()
    values: dict[str, float | str] = {"style": "hymn", "style_b": "any", "style_mix": 0.25}
    stage.do(PresetRecalled(0.0, "church", None, "", values, (), "low"))
    assert stage.session.controls["style"] == "any"
    assert stage.session.controls["style_mix"] == 0.25
    stage.coming_says(LOW)
    stage.run(0.1)
    assert stage.session.controls["style"] == "hymn"
    assert stage.witness.errors == []


def test_styles_of_a_preset_do_not_hold_any_more_when_another_was_recalled_meanwhile() -> None:
    """The last one says what holds."""
    stage = ModelStage()
    stage.do(PresetRecalled(0.0, "church", None, "", {"style": "hymn"}, (), "low"))
    stage.do(PresetRecalled(0.0, "plain", None, "", {"style": "any"}))
    stage.coming_says(LOW)
    stage.run(0.1)
    assert stage.watcher.checkpoints == ["scripted", "low"]
    assert stage.session.controls["style"] == "any"


def test_styles_of_a_preset_whose_model_is_refused_do_not_wait_for_another_model() -> None:
    """They are judged by the model that plays."""
    stage = ModelStage()
    stage.ask("low")
    stage.do(PresetRecalled(0.0, "church", None, "", {"style": "hymn"}, (), "nowhere"))
    assert "refused" in stage.witness.errors[0]
    stage.coming_says(LOW)
    stage.run(0.1)
    assert stage.session.controls["style"] == "any"


def test_a_preset_names_the_model_as_the_command_line_does() -> None:
    """By its folder, too, where that is the one that the session began with."""
    stage = ModelStage()
    stage.do(PresetRecalled(0.0, "own", None, "", {}, (), "runs/own"))
    assert stage.witness.errors == []
    assert stage.pair.begun == ["runs/own"]
    stage.ask("runs/own")
    assert "refused" in stage.witness.errors[-1], "over OSC no paths are taken"


def test_a_style_that_the_other_model_lacks_is_told() -> None:
    """In a sentence, with what it takes; any then holds."""
    stage = ModelStage(style="Atlantis")
    stage.ask("low")
    stage.coming_says(LOW)
    stage.run(0.1)
    assert "one of any, hymn" in stage.witness.errors[-1] or stage.session.controls["style"] == "any"


def test_before_the_first_model_is_ready_no_other_is_loaded() -> None:
    """What is broken at the start is for the user to mend; two that load take twice as long."""
    stage = ModelStage()
    fresh = Session(
        Config(),
        Controls(),
        stage._send,
        stage.pair,
        Announcer([stage.witness]),
        stage.presets,
        models=stage.models,
    )
    fresh.handle(Action(0.0, "checkpoint", "osc", ("low",)))
    assert "still being loaded" in stage.witness.errors.pop()
    fresh.handle(PresetRecalled(0.0, "church", None, "", {"style": "hymn"}, (), "low"))
    assert stage.pair.begun == []
    assert "still being loaded" in stage.witness.errors[-1]


def test_an_engine_that_is_lost_while_another_is_on_its_way_comes_back_or_is_replaced() -> None:
    """The change goes on; whoever takes over is not started again for the death of the other."""
    stage = ModelStage()
    stage.ask("low")
    stage.do(EngineDied(0.0, "gone", 0))
    stage.coming_says(LOW)
    stage.run(0.0)
    assert stage.watcher.checkpoints == ["scripted", "low"]
    stage.play(CALL)
    stage.run(5.0)
    assert stage.pair.playing.restarts == 0
    assert stage.score[0] == "1.90 on 40"

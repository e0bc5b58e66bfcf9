"""The engine process: what it says, in which order, and what it survives."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from multiprocessing import Pipe
from multiprocessing.connection import Connection, Listener
from pathlib import Path

import pytest
import torch

import engine.checkpoint as checkpoint
import engine.server as server
from engine.checkpoint import Checkpoint, load
from engine.drawing.seeds import draft_seed
from engine.fingerprint import of_checkpoint
from engine.improviser import Improviser
from engine.messages import (
    PROTOCOL,
    BarEvidence,
    Continue,
    Drawn,
    Failed,
    FoundBars,
    Goal,
    Hello,
    Listened,
    Ready,
    Reply,
    Sampling,
    Stop,
)
from engine.notes import Metre, Note
from tests.paths import ROOT
from tests.tiny import tiny_checkpoint, write_tiny

CALL = (Note(60, 0.5), Note(62, 0.5), Note(64, 1.0))
LONG = Goal(length_beats=500.0)


def take(connection: Connection, count: int) -> list[Reply]:
    """Receive replies, failing rather than hanging when they do not come."""
    replies: list[Reply] = []
    for _ in range(count):
        assert connection.poll(60.0), f"only {replies}"
        replies.append(connection.recv())
    return replies


class Served:
    """An improviser served in a thread of this process."""

    def __init__(self, most_drafts: int = 1) -> None:
        self.improviser = Improviser(tiny_checkpoint(), seed=0)
        self._most_drafts = most_drafts
        self.pipe, self._theirs = Pipe()
        self.error: BaseException | None = None
        self.thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        try:
            server.serve(self._theirs, self.improviser, self._most_drafts)
        except BaseException as error:
            self.error = error

    def __enter__(self) -> Served:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.pipe.close()
        self.thread.join(60.0)
        assert not self.thread.is_alive()

    def ask(self, request: Continue, replies: int) -> list[Reply]:
        self.pipe.send(request)
        return take(self.pipe, replies)


@pytest.fixture
def served() -> Iterator[Served]:
    """Return a served improviser; its end is checked."""
    with Served() as running:
        yield running


def test_a_request_is_answered_by_listened_and_its_notes(served: Served) -> None:
    """First what was heard, then one reply a note, all with the request's number."""
    listened, *drawn = served.ask(Continue(7, 0, CALL, count=3, goal=LONG), 4)
    assert isinstance(listened, Listened)
    assert (listened.request, listened.context_notes) == (7, 3)
    assert listened.phrase_end is not None
    assert [(note.request, note.index) for note in drawn if isinstance(note, Drawn)] == [(7, 0), (7, 1), (7, 2)]


def answered(served: Served, request: Continue) -> list[Drawn]:
    """Return the notes that come for a request, to the last one."""
    served.pipe.send(request)
    assert isinstance(take(served.pipe, 1)[0], Listened)
    notes: list[Drawn] = []
    while not (notes and notes[-1].last) and len(notes) < request.count:
        reply = take(served.pipe, 1)[0]
        assert isinstance(reply, Drawn)
        notes.append(reply)
    return notes


PLANNED = Continue(1, 0, CALL, count=32, goal=Goal(length_beats=6.0, call_notes=3), seed=4, drafts=8)


def test_a_planned_answer_comes_whole_and_stands_in_the_context() -> None:
    """All notes of the answer come at once, the last one marked, and may be kept by the next request."""
    with Served(most_drafts=8) as served:
        notes = answered(served, PLANNED)
        assert notes[-1].last
        assert [note.index for note in notes] == list(range(len(notes)))
        context = [*CALL, *(note.note for note in notes)]
        assert served.ask(Continue(2, len(context), ()), 1)[0].context_notes == len(context)  # type: ignore[union-attr]
        assert served.improviser.context.notes == context


def test_bars_that_are_weighed_before_an_answer_are_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was heard is said at once; then, before any note, what weighing made of it, if that is anything new."""
    first, then = FoundBars(Metre(4.0), 0.6), FoundBars(Metre(3.0, 1.0), 0.7)

    def bars(_: Improviser, goal: Goal, evidence: BarEvidence, *, over: bool, weighed: bool = False) -> FoundBars:
        assert over
        return then if weighed else first

    monkeypatch.setattr(Improviser, "bars", bars)
    request = Continue(1, 0, CALL, count=1, goal=Goal(length_beats=4.0, call_notes=3), evidence=BarEvidence())
    with Served() as served:
        said, again, drawn = served.ask(request, 3)
        assert isinstance(said, Listened)
        assert said.bars == first
        assert again == replace(said, bars=then)
        assert isinstance(drawn, Drawn)
        then = first
        assert isinstance(served.ask(replace(request, request=2), 2)[1], Drawn)


def test_bars_are_not_weighed_while_nothing_is_to_be_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """A note that is only listened to, and the later notes of an answer, wait for no weighing."""
    asked: list[bool] = []

    def bars(_: Improviser, goal: Goal, evidence: BarEvidence, *, over: bool, weighed: bool = False) -> None:
        asked.append(weighed)

    monkeypatch.setattr(Improviser, "bars", bars)
    with Served() as served:
        served.ask(Continue(1, 0, CALL, goal=Goal(call_notes=3), evidence=BarEvidence()), 1)
        goal = Goal(drawn_notes=1, call_notes=2, length_beats=8.0)
        served.ask(Continue(2, 3, (), count=1, goal=goal, evidence=BarEvidence()), 2)
    assert asked == [False, False]


def test_a_plan_is_for_whoever_affords_it() -> None:
    """An engine that affords one draft draws note by note what it draws without any being asked for."""
    with Served(most_drafts=1) as slow, Served(most_drafts=8) as one:
        assert [drawn.note for drawn in answered(slow, PLANNED)] == [
            drawn.note for drawn in answered(one, replace(PLANNED, drafts=1))
        ]


def test_the_rest_of_a_plan_that_did_not_reach_the_end_is_drawn_by_notes() -> None:
    """As many notes come as were asked for, even where the context has no room for a plan of them."""
    with Served(most_drafts=4) as served:
        endless = replace(PLANNED, count=80, goal=Goal(length_beats=900.0, exact=True, call_notes=3))
        assert len(answered(served, endless)) == 80


@pytest.mark.parametrize(("cut", "seed"), [(3, 8), (5, 8), (9, 11)])
@pytest.mark.parametrize("pieces", [2, 40])
def test_a_plan_that_was_cut_goes_on_as_the_draft_it_was(cut: int, seed: int, pieces: int) -> None:
    """However many notes a request may bring, the answer is the one that was chosen, as it would have gone on."""
    goal = Goal(length_beats=48.0, exact=True, breath_beats=0.5, call_notes=3)
    with Served(most_drafts=8) as served, Served() as alone:
        drawn = answered(served, replace(PLANNED, count=cut, goal=goal, seed=seed))
        draft = drawn[-1].draft
        assert draft, "the first draft has the answer's own seed, and shows nothing"
        assert {each.draft for each in drawn[:-1]} == {None}
        while not drawn[-1].last:
            stands = (*CALL, *(each.note for each in drawn))
            behind = replace(goal, drawn_notes=len(drawn))
            more = replace(PLANNED, request=2 + len(drawn), append=stands, count=pieces, goal=behind, seed=seed)
            drawn += answered(served, replace(more, draft=draft))
            assert drawn[-1].draft == draft
        uncut = answered(alone, replace(PLANNED, goal=goal, seed=draft_seed(seed, draft), count=200, drafts=1))
        assert [each.note for each in drawn] == [each.note for each in uncut]


def test_a_plan_without_room_for_its_end_goes_on_as_the_draft_it_was() -> None:
    """The notes behind it say which one that was, so that they can be drawn again."""
    with Served(most_drafts=4) as served:
        endless = replace(PLANNED, count=80, goal=Goal(length_beats=900.0, exact=True, call_notes=3), seed=8)
        drawn = answered(served, endless)
        cut = next(index for index, each in enumerate(drawn) if each.behind)
        assert {each.draft for each in drawn[: cut - 1]} == {None}
        assert len({each.draft for each in drawn[cut - 1 :]}) == 1
        assert drawn[cut].draft
        context = (*CALL, *(each.note for each in drawn[:cut]))
        again = replace(
            endless,
            request=2,
            append=context,
            goal=replace(endless.goal, drawn_notes=cut),
            drafts=1,
            draft=drawn[cut].draft,
            count=5,
        )
        assert [each.note for each in answered(served, again)] == [each.note for each in drawn[cut : cut + 5]]


def test_a_note_says_behind_how_many_of_its_answer_it_was_planned() -> None:
    """The rest of a plan, asked for from a later note of it, was planned where the plan was."""
    with Served(most_drafts=8) as served:
        whole = answered(served, PLANNED)
        assert [drawn.behind for drawn in whole] == [0] * len(whole)
        context = (*CALL, *(drawn.note for drawn in whole[:2]))
        later = replace(PLANNED, request=2, append=context, goal=replace(PLANNED.goal, drawn_notes=2))
        rest = answered(served, later)
        assert [drawn.note for drawn in rest] == [drawn.note for drawn in whole[2:]]
        assert [drawn.behind for drawn in rest] == [0] * len(rest)
        singly = answered(served, replace(later, request=3, drafts=1))
        assert {drawn.behind for drawn in singly} == {2}


def test_what_a_long_session_drew_is_drawn_again_from_what_its_request_says() -> None:
    """The whole context, and where its reading began, are enough, although the session read note by note."""
    heard = [Note(55 + 7 * index % 12, 0.5 + 0.5 * (index % 3)) for index in range(70)]
    with Served(most_drafts=4) as served, Served(most_drafts=4) as fresh:
        for index, note in enumerate(heard[:-3]):
            served.ask(Continue(index, index, (note,)), 1)
        asked = replace(PLANNED, request=90, keep=67, append=tuple(heard[-3:]), drafts=4)
        served.pipe.send(asked)
        listened = take(served.pipe, 1)[0]
        assert isinstance(listened, Listened)
        assert listened.read_from > 0
        drawn: list[Drawn] = []
        while not (drawn and drawn[-1].last):
            reply = take(served.pipe, 1)[0]
            assert isinstance(reply, Drawn)
            drawn.append(reply)
        again = replace(asked, keep=0, append=tuple(heard), read_from=listened.read_from)
        assert [each.note for each in answered(fresh, again)] == [each.note for each in drawn]


def test_a_newer_request_ends_the_planning_for_the_older() -> None:
    """Of a plan that is superseded nothing is sent, and the newer one is answered as if it had stood alone."""
    with Served(most_drafts=8) as served, Served(most_drafts=8) as alone:
        served.pipe.send(replace(PLANNED, goal=Goal(length_beats=64.0, call_notes=3)))
        assert isinstance(take(served.pipe, 1)[0], Listened)
        newer = replace(PLANNED, request=2, keep=3, append=(Note(65, 1.0),))
        notes = answered(served, newer)
        assert {note.request for note in notes} == {2}
        whole = replace(newer, keep=0, append=(*CALL, Note(65, 1.0)))
        assert [note.note for note in notes] == [note.note for note in answered(alone, whole)]


def test_listening_alone_draws_nothing(served: Served) -> None:
    """A request for no notes gets one reply, and the next one goes on from there."""
    served.ask(Continue(1, 0, CALL), 1)
    assert served.ask(Continue(2, 3, CALL), 1) == [Listened(2, 6, served.improviser.phrase_end())]


def test_drawn_notes_stand_in_the_context_until_cut(served: Served) -> None:
    """After three drawn notes six may be kept; keeping three cuts the answer off."""
    served.ask(Continue(1, 0, CALL, count=3, goal=LONG), 4)
    assert served.ask(Continue(2, 6, ()), 1)[0].context_notes == 6  # type: ignore[union-attr]
    assert served.ask(Continue(3, 3, ()), 1)[0].context_notes == 3  # type: ignore[union-attr]


def test_a_newer_request_ends_the_drawing_for_the_older(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """At its next note; its context is kept in step all the same, so the newer may build on it."""
    draw, draws = served.improviser.draw, [0]
    in_third, asked = threading.Event(), threading.Event()

    def draw_and_wait() -> object:
        draws[0] += 1
        if draws[0] == 3:
            in_third.set()
            assert asked.wait(60.0)
        return draw()

    monkeypatch.setattr(served.improviser, "draw", draw_and_wait)
    served.pipe.send(Continue(1, 0, CALL, count=9, goal=LONG))
    take(served.pipe, 3)
    assert in_third.wait(60.0)
    served.pipe.send(Continue(2, 3, (Note(65, 1.0),), count=1))
    asked.set()
    third, listened, drawn = take(served.pipe, 3)
    assert isinstance(third, Drawn)
    assert isinstance(listened, Listened)
    assert isinstance(drawn, Drawn)
    assert [third.request, listened.request, drawn.request] == [1, 2, 2]
    assert (listened.context_notes, draws[0]) == (4, 4)


class SlowModel:
    """Stand in for `sync` and `draw` of an improviser: count the passes, and halt in the first until let go."""

    def __init__(self, improviser: Improviser, monkeypatch: pytest.MonkeyPatch) -> None:
        self.syncs = self.draws = 0
        self.halted, self.go_on = threading.Event(), threading.Event()
        self._sync, self._draw = improviser.sync, improviser.draw
        monkeypatch.setattr(improviser, "sync", self.sync)
        monkeypatch.setattr(improviser, "draw", self.draw)

    def sync(self, *arguments: object) -> int:
        self.syncs += 1
        if self.syncs == 1:
            self.halted.set()
            assert self.go_on.wait(60.0)
        return self._sync(*arguments)  # type: ignore[arg-type]

    def draw(self) -> object:
        self.draws += 1
        return self._draw()


def test_a_slow_engine_falls_behind_by_no_more_than_the_pass_it_is_in(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the requests that wait only the newest is read for and drawn for, with all notes that they brought."""
    model = SlowModel(served.improviser, monkeypatch)
    served.pipe.send(Continue(1, 0, CALL, count=4, goal=LONG))
    assert model.halted.wait(60.0)
    fed = [Note(60 + index % 5, 0.5) for index in range(80)]
    for index, note in enumerate(fed):
        served.pipe.send(Continue(2 + index, 3 + index, (note,), count=4, goal=LONG))
    model.go_on.set()
    replies = take(served.pipe, 6)
    assert [type(reply) for reply in replies] == [Listened, Listened, Drawn, Drawn, Drawn, Drawn]
    assert [reply.request for reply in replies if isinstance(reply, Listened | Drawn)] == [1, 81, 81, 81, 81, 81]
    assert (model.syncs, model.draws) == (2, 4)
    assert served.improviser.context.notes[: 3 + len(fed)] == [*CALL, *fed]


def test_what_waits_is_merged_with_its_cuts(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """A barge-in among the waiting requests cuts what an older one appended, and the newest builds on that."""
    model = SlowModel(served.improviser, monkeypatch)
    served.pipe.send(Continue(1, 0, CALL))
    assert model.halted.wait(60.0)
    served.pipe.send(Continue(2, 3, (Note(65, 1.0), Note(67, 1.0))))
    served.pipe.send(Continue(3, 2, (Note(69, 0.5), Note(71, 0.5))))
    served.pipe.send(Continue(4, 3, (Note(72, 0.5),)))
    model.go_on.set()
    last = take(served.pipe, 2)[-1]
    assert isinstance(last, Listened)
    assert (last.request, last.context_notes) == (4, 4)
    assert served.improviser.context.notes == [*CALL[:2], Note(69, 0.5), Note(72, 0.5)]


def test_a_keep_beyond_what_the_waiting_leave_fails_and_a_whole_transcript_mends_it(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newest request is told; no notes are made up for those that never were."""
    model = SlowModel(served.improviser, monkeypatch)
    served.pipe.send(Continue(1, 0, CALL))
    assert model.halted.wait(60.0)
    served.pipe.send(Continue(2, 1, (Note(65, 1.0),)))
    served.pipe.send(Continue(3, 3, (Note(67, 1.0),), count=2))
    model.go_on.set()
    failed = take(served.pipe, 2)[-1]
    assert isinstance(failed, Failed)
    assert (failed.request, failed.fatal) == (3, False)
    assert "3 notes are to be kept, but the request before leaves 2" in failed.text
    assert len(served.ask(Continue(4, 0, CALL, count=2, goal=LONG), 3)) == 3


def test_stop_among_the_waiting_ends_it_at_once(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is read or drawn for requests when Stop stands behind them."""
    model = SlowModel(served.improviser, monkeypatch)
    served.pipe.send(Continue(1, 0, CALL))
    assert model.halted.wait(60.0)
    served.pipe.send(Continue(2, 3, CALL, count=3))
    served.pipe.send(Stop())
    model.go_on.set()
    served.thread.join(60.0)
    assert not served.thread.is_alive()
    assert (model.syncs, model.draws) == (1, 0)


def test_the_answer_ends_with_its_last_note(served: Served) -> None:
    """No note comes after the one that ends the answer, however many were asked for."""
    served.pipe.send(Continue(1, 0, CALL, count=500, goal=Goal(length_beats=3.0, call_notes=3)))
    take(served.pipe, 1)
    drawn = take(served.pipe, 1)[0]
    while isinstance(drawn, Drawn) and not drawn.last:
        drawn = take(served.pipe, 1)[0]
    assert served.ask(Continue(2, 3, ()), 1)[0] == Listened(2, 3, served.improviser.phrase_end())


def test_a_keep_that_does_not_fit_asks_for_the_whole_transcript(served: Served) -> None:
    """The mismatch is named with both numbers, and the whole transcript mends it."""
    failed = served.ask(Continue(1, 4, CALL, count=2), 1)[0]
    assert isinstance(failed, Failed)
    assert not failed.fatal
    assert "4 notes are to be kept, but the engine's context holds 0" in failed.text
    assert len(served.ask(Continue(2, 0, CALL, count=2, goal=LONG), 3)) == 3


def test_an_error_in_a_request_is_reported_and_the_next_one_served(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an error the context is unknown: it is forgotten, and said so."""
    served.ask(Continue(1, 0, CALL), 1)
    with monkeypatch.context() as patch:
        patch.setattr(served.improviser, "draw", lambda: 1 / 0)
        _, failed = served.ask(Continue(2, 3, (), count=1), 2)
    assert failed == Failed(2, "ZeroDivisionError: division by zero", fatal=False)
    assert isinstance(served.ask(Continue(3, 3, ()), 1)[0], Failed)
    assert isinstance(served.ask(Continue(4, 0, CALL), 1)[0], Listened)


@pytest.mark.parametrize("error", [MemoryError(), torch.OutOfMemoryError("CUDA out of memory")])
def test_out_of_memory_ends_the_process(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without memory there is no going on; the words name the device and what to do."""

    def full(*_: object, **__: object) -> None:
        raise error

    with Served() as served:
        monkeypatch.setattr(served.improviser, "sync", full)
        served.pipe.send(Continue(1, 0, CALL))
        served.thread.join(60.0)
    assert isinstance(served.error, server.OutOfMemoryError)
    assert "memory of 'cpu'" in str(served.error)


@dataclass(frozen=True)
class OnGpu:
    """A tiny checkpoint that says that it is on a GPU."""

    checkpoint: Checkpoint
    device_name: str = "cuda:0"

    def __getattr__(self, name: str) -> object:
        return getattr(self.checkpoint, name)


@pytest.mark.parametrize("when", ["at the start", "in mid session"])
def test_a_gpu_without_memory_leaves_the_playing_to_the_cpu(
    when: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line says so and what to do, and the same process is ready anew."""
    folder = write_tiny(tmp_path / "tiny")
    started: list[str] = []

    def full(*_: object, **__: object) -> int:
        raise torch.OutOfMemoryError("CUDA out of memory")

    def start_improviser(name: str, device: str, seed: int | None, precision: str) -> Improviser:
        started.append(device)
        if device == "cpu":
            return Improviser(tiny_checkpoint(), seed)
        improviser = Improviser(OnGpu(load(folder, "cpu")), seed)  # type: ignore[arg-type]
        if when == "at the start":
            monkeypatch.setattr(improviser, "warm_up", full)
        return improviser

    monkeypatch.setattr(server, "start_improviser", start_improviser)
    monkeypatch.setattr(server, "of_checkpoint", lambda _: "")
    ours, theirs = Pipe()
    options = server._parser().parse_args(
        ["address", "--checkpoint", str(folder), "--device", "cuda", "--drafts", "1"]
    )
    thread = threading.Thread(target=server._live, args=(theirs, options))
    thread.start()
    assert isinstance(take(ours, 1)[0], Hello)
    if when == "in mid session":
        ready = take(ours, 1)[0]
        assert isinstance(ready, Ready)
        assert ready.device == "cuda:0"
        sync = Improviser.sync
        monkeypatch.setattr(
            Improviser,
            "sync",
            lambda self, *rest: full() if self.checkpoint.device_name == "cuda:0" else sync(self, *rest),
        )
        ours.send(Continue(1, 0, CALL, count=1))
    failed, ready = take(ours, 2)
    device = "cuda:0" if when == "in mid session" else "cuda"
    assert failed == Failed(
        None,
        f"the model does not fit into the memory of '{device}', so the CPU plays; close what else uses it, "
        "choose a smaller checkpoint, or --device cpu",
        fatal=False,
    )
    assert isinstance(ready, Ready)
    assert (ready.device, started) == ("cpu", ["cuda", "cpu"])
    ours.send(Continue(2, 0, CALL, count=1))
    assert [type(reply) for reply in take(ours, 2)] == [Listened, Drawn]
    ours.close()
    thread.join(60.0)
    assert not thread.is_alive()


@pytest.mark.parametrize(
    "words", ["MPS backend out of memory (...)", "DefaultCPUAllocator: can't allocate memory: ..."]
)
def test_memory_that_pytorch_misses_in_words_only_is_missed_too(words: str) -> None:
    """An error of no kind of its own is known by what it says."""
    assert server._memory_is_used_up(RuntimeError(words))
    assert not server._memory_is_used_up(RuntimeError("shape mismatch"))


@pytest.mark.parametrize("end", [lambda pipe: pipe.send(Stop()), lambda pipe: pipe.close()])
def test_stop_and_a_closed_pipe_end_it(end: Callable[[Connection], None]) -> None:
    """Either way serving returns without an error."""
    with Served() as served:
        end(served.pipe)
        served.thread.join(60.0)
        assert not served.thread.is_alive()
    assert served.error is None


def test_the_bridge_dying_in_mid_answer_ends_it() -> None:
    """A pipe that closes while notes are drawn is no error either."""
    with Served() as served:
        served.pipe.send(Continue(1, 0, CALL, count=100_000, goal=Goal(length_beats=1e9)))
        take(served.pipe, 2)
        served.pipe.close()
        served.thread.join(60.0)
        assert not served.thread.is_alive()
    assert served.error is None


class Process:
    """The real process, as the bridge starts it."""

    def __init__(self, *options: str) -> None:
        self.listener = Listener(authkey=b"secret")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "engine.server", str(self.listener.address), *options],
            cwd=ROOT,
            env={**os.environ, server.AUTHKEY: b"secret".hex()},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.pipe = self.listener.accept()

    def close(self) -> tuple[int, bytes]:
        """Close the pipe; return exit code and what came on standard output."""
        self.pipe.close()
        self.listener.close()
        out, _ = self.process.communicate(timeout=60.0)
        return self.process.returncode, out


def test_the_real_process_says_hello_ready_and_plays(tmp_path: Path) -> None:
    """Started by name it loads, warms up, answers, keeps its standard output silent and ends with the pipe."""
    tiny = tiny_checkpoint()
    folder = checkpoint.save(tmp_path / "tiny", tiny.model, tiny.tokenizer)
    running = Process("--checkpoint", str(folder), "--device", "cpu", "--seed", "1", "--drafts", "19")
    hello, ready = take(running.pipe, 2)
    assert hello == Hello(PROTOCOL, running.process.pid)
    assert isinstance(ready, Ready)
    assert (ready.checkpoint, ready.device, ready.context) == ("tiny", "cpu", 64)
    assert ready.has_durations
    assert ready.has_phrase_end
    assert ready.parameters == tiny.parameters
    assert (ready.drafts, ready.checksum) == (19, of_checkpoint(folder))
    running.pipe.send(Continue(1, 0, CALL, count=2, sampling=Sampling(), goal=LONG))
    assert [type(reply) for reply in take(running.pipe, 3)] == [Listened, Drawn, Drawn]
    assert running.close() == (0, b"")


def test_a_checkpoint_that_is_not_there_is_fatal_in_words() -> None:
    """The bridge gets a sentence, and the exit code is that of a user's mistake."""
    running = Process("--checkpoint", "nowhere")
    _, failed = take(running.pipe, 2)
    assert isinstance(failed, Failed)
    assert failed.fatal
    assert "checkpoint 'nowhere'" in failed.text
    assert running.close()[0] == 2

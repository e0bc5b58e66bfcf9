"""On real ports: jackd on its dummy driver, `melody-bridge` as its user starts it, liblo's own OSC client."""

from __future__ import annotations

import os
import random
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bridge.ports.osc_messages import format_message
from tests.jackrig import (
    BridgeProcess,
    Controller,
    Daw,
    Jack,
    Message,
    is_gone,
    missing,
    offs,
    ons,
    sounding,
    wait_for,
)

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())

PHRASE = (60, 62, 64, 65, 67, 64)
CHECKPOINT = "essen"


@pytest.fixture(scope="module")
def jack() -> Iterator[Jack]:
    server = Jack()
    yield server
    server.end()


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The shipped checkpoint."""
    from engine.checkpoint import save
    from engine.checkpoint_folder import known

    if CHECKPOINT in known():
        return CHECKPOINT
    from tests.tiny import tiny_checkpoint

    tiny = tiny_checkpoint("note")
    return str(save(tmp_path_factory.mktemp("checkpoint"), tiny.model, tiny.tokenizer, {}))


Running = tuple[BridgeProcess, Daw]
Start = Callable[[], Running]
# A fixed wait and long answers: these tests are about ports and processes, not about whose turn it is.
BPM = 200.0
SETTINGS = ("--turn", "fixed", "--wait", "0.3", "--length", "3", "--seed", "5")


def begin(checkpoint: str, closing: list[BridgeProcess | Daw]) -> Running:
    bridge = BridgeProcess(*SETTINGS, "--checkpoint", checkpoint)
    closing.append(bridge)
    daw = Daw("GPT In", "GPT Out")
    closing.append(daw)
    bridge.ready()
    return bridge, daw


@pytest.fixture
def start(jack: Jack, checkpoint: str) -> Iterator[Start]:
    """Start a bridge of the test's own and a DAW wired to it, ready to be played."""
    closing: list[BridgeProcess | Daw] = []
    yield lambda: begin(checkpoint, closing)
    for each in reversed(closing):
        each.close()


@pytest.fixture(scope="class")
def lasting(jack: Jack, checkpoint: str) -> Iterator[Running]:
    closing: list[BridgeProcess | Daw] = []
    yield begin(checkpoint, closing)
    for each in reversed(closing):
        each.close()


@pytest.fixture
def shared(lasting: Running) -> Running:
    """A bridge that several tests use one after another, silent and without memory at each one's start."""
    bridge, daw = lasting
    for action in ("/melody/panic", "/melody/forget", "/melody/ping"):
        bridge.osc(action)
    daw.listen(0.3)
    daw.forget()
    bridge.listen()
    bridge.told.clear()
    return bridge, daw


def answer_to(bridge: BridgeProcess, daw: Daw) -> None:
    """Play the phrase and listen until its answer is over."""
    daw.phrase(PHRASE)
    bridge.tells("/melody/state", lambda state: state == ["answering"])
    while True:
        bridge.listen()
        daw.listen(0.05)
        if any(told == ("/melody/state", ["idle"]) for told in bridge.told):
            break
    daw.listen(0.05)


def every_end(daw: Daw) -> None:
    """Listen until nothing sounds: each note was begun once and ended once."""
    daw.hears(lambda messages: ons(messages) > 0 and not sounding(messages), "every end")
    daw.listen(0.1)
    assert (ons(daw.messages), sounding(daw.messages)) == (offs(daw.messages), set())


class TestOneBridge:
    """What one bridge does, one test after another."""

    def test_a_phrase_in_is_an_answer_out(self, shared: Running) -> None:
        """Every note-on of the answer has its note-off; a second phrase is answered too."""
        bridge, daw = shared
        for _ in range(2):
            answer_to(bridge, daw)
            every_end(daw)
            daw.forget()
            bridge.told.clear()

    def test_another_programs_osc_client_moves_the_temperature(self, shared: Running) -> None:
        """liblo's ints and floats are echoed as applied; rubbish is refused in words and changes nothing."""
        bridge, _ = shared
        bridge.osc("/melody/temperature", "f", "1.25")
        assert bridge.tells("/melody/temperature", lambda value: value == [1.25])
        bridge.osc("/melody/temperature", "i", "1")
        assert bridge.tells("/melody/temperature", lambda value: value == [1.0])
        bridge.osc("/melody/norm/top_k", "f", "0.5")
        assert bridge.tells("/melody/top_k", lambda value: value == [64])
        for rubbish in (("f", "nan"), ("f", "inf"), ("f", "99"), ("s", "warm"), ("T",)):
            bridge.osc("/melody/temperature", *rubbish)
            (text,) = bridge.tells("/melody/error")
            assert "temperature" in text
        bridge.osc("/melody/temperature")
        assert bridge.tells("/melody/temperature") == [1.0]

    def test_playing_into_the_answer_stops_it(self, shared: Running) -> None:
        """A note of the player's releases what sounds."""
        bridge, daw = shared
        daw.phrase(PHRASE)
        daw.hears(lambda messages: ons(messages) >= 2, "two notes of the answer")
        daw.play((0x90, 72, 90))
        bridge.tells("/melody/state", lambda state: state == ["listening"])
        daw.hears(lambda messages: not sounding(messages), "silence")

    def test_panic_silences_at_once(self, shared: Running) -> None:
        """CC 120 and 123 in, and OSC: what sounds is released, and nothing follows."""
        bridge, daw = shared
        panics: list[Callable[[], None]] = [lambda: daw.play((0xB0, 123, 0)), lambda: bridge.osc("/melody/panic")]
        for panic in panics:
            daw.phrase(PHRASE)
            daw.hears(lambda messages: bool(sounding(messages)), "a note of the answer")
            bridge.told.clear()
            panic()
            bridge.tells("/melody/state", lambda state: state == ["idle"])
            daw.hears(lambda messages: not sounding(messages), "silence")
            daw.forget()

    def test_floods_and_rubbish_leave_it_able_to_answer(self, shared: Running) -> None:
        """A thousand notes in a second, OSC as fast as can be, random bytes: the next phrase is answered."""
        bridge, daw = shared
        chance = random.Random(1)
        for number in range(1000):
            pitch = chance.randrange(30, 100)
            daw.play((0x90, pitch, 90))
            daw.play((0x80, pitch, 0))
            if number % 10 == 0:
                daw.listen(0.01)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            here = ("127.0.0.1", int(bridge.osc_port))
            for _ in range(3000):
                sender.sendto(format_message("/melody/temperature", (chance.random(),)), here)
                sender.sendto(chance.randbytes(chance.randrange(1, 100)), here)
        # UDP may lose what is sent while the flood still fills the socket's buffer: ask until it is told.
        for _ in range(60):
            bridge.osc("/melody/temperature", "f", "0.75")
            daw.listen(0.5)
            bridge.listen()
            if ("/melody/temperature", [0.75]) in bridge.told:
                break
        assert ("/melody/temperature", [0.75]) in bridge.told
        bridge.osc("/melody/panic")
        bridge.osc("/melody/forget")
        daw.listen(0.5)
        daw.forget()
        bridge.listen()
        bridge.told.clear()
        answer_to(bridge, daw)
        every_end(daw)

    @pytest.mark.parametrize(
        ("clock_while_stopped", "from_beats"),
        [(True, (0, 0, 0)), (False, (0, 0, 0)), (False, (0, 5, 18))],
        ids=["clock always", "clock only while playing", "song position and continue"],
    )
    def test_over_three_takes_answers_begin_on_the_daws_bars(
        self, shared: Running, clock_while_stopped: bool, from_beats: tuple[int, ...]
    ) -> None:
        """A second and a third take have their grid where the DAW has it, within a fifth of a beat."""
        bridge, daw = shared
        bridge.osc("/melody/grid", "s", "bar")
        bridge.osc("/melody/bar", "f", "4")
        for from_beat in from_beats:
            if from_beat:
                daw.play((0xF2, from_beat * 4 % 128, from_beat * 4 // 128))
            daw.play((0xFB,) if from_beat else (0xFA,))
            daw.forget()
            call: list[tuple[float, Message]] = [(4.0 + on, (0x90, 60 + 2 * on, 90)) for on in range(3)]
            call += [(4.9 + on, (0x80, 60 + 2 * on, 0)) for on in range(3)]
            begin_s = daw.roll(13, BPM, call)
            daw.play((0xFC,))
            first_s = next(at_s for at_s, message in daw.heard if message[0] & 0xF0 == 0x90)
            from_the_bar = (from_beat + (first_s - begin_s) * BPM / 60 + 2) % 4 - 2
            assert abs(from_the_bar) < 0.2
            daw.hears(lambda messages: not sounding(messages), "silence after stop")
            assert ons(daw.messages) == offs(daw.messages)
            if clock_while_stopped:
                daw.roll(3.4, BPM)
            else:
                daw.listen(3.4 * 60 / BPM)
        bridge.osc("/melody/grid", "s", "off")
        bridge.osc("/melody/bar", "f", "0")


def test_a_looping_daw_is_not_answered(start: Start) -> None:
    """GPT Out sent back into GPT In is not taken for playing; it is said once."""
    bridge, daw = start()
    daw.listen(0.6)
    daw.forget()
    daw.phrase(PHRASE)
    bridge.tells("/melody/state", lambda state: state == ["answering"])
    looped = 0
    while not any(told == ("/melody/state", ["idle"]) for told in bridge.told):
        bridge.listen()
        daw.listen(0.002)
        for message in daw.messages[looped:]:
            daw.play(message)
        looped = len(daw.messages)
    states = [arguments for address, arguments in bridge.told if address == "/melody/state"]
    assert states == [["idle"]]


def test_an_engine_killed_in_mid_answer_leaves_no_note_and_is_replaced(start: Start) -> None:
    """kill -9: what sounds is released, it is said, and the next phrase is answered."""
    bridge, daw = start()
    daw.phrase(PHRASE)
    daw.hears(lambda messages: bool(sounding(messages)), "a note of the answer")
    os.kill(bridge.engine_pid(), signal.SIGKILL)
    bridge.tells("/melody/engine", lambda told: told[1] == 0 and "SIGKILL" in told[0])
    daw.hears(lambda messages: not sounding(messages), "silence")
    bridge.ready()
    daw.forget()
    bridge.told.clear()
    answer_to(bridge, daw)
    every_end(daw)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_releases_everything(start: Start, number: int) -> None:
    """In mid answer: note-offs first, then the end, with exit code 0 and no child left."""
    bridge, daw = start()
    daw.phrase(PHRASE)
    daw.hears(lambda messages: bool(sounding(messages)), "a note of the answer")
    child = bridge.engine_pid()
    bridge.end(number)
    daw.hears(lambda messages: not sounding(messages), "the note-offs of an ended bridge", 2.0)
    assert bridge.process.returncode == 0, bridge.output()
    wait_for("the engine's end", lambda: is_gone(child), 5.0)
    assert "Traceback" not in bridge.output()


def test_what_an_earlier_run_left_hanging_is_silenced(start: Start) -> None:
    """After kill -9 in mid answer the next run sends all notes off on every channel before its first note."""
    bridge, daw = start()
    daw.phrase(PHRASE)
    daw.hears(lambda messages: bool(sounding(messages)), "a note of the answer")
    bridge.process.kill()
    bridge.process.wait()
    daw.close()
    bridge, daw = start()
    answer_to(bridge, daw)
    first_on = next(index for index, message in enumerate(daw.messages) if message[0] & 0xF0 == 0x90)
    assert (0xB0, 123, 0) in daw.messages[:first_on]


def test_ports_come_back_after_the_midi_server_was_killed(start: Start, jack: Jack) -> None:
    """kill -9 of jackd: the bridge says so, opens its ports by name on the next server, and answers there."""
    bridge, daw = start()
    jack.end(signal.SIGKILL)
    bridge.tells("/melody/warning", lambda text: "gone" in text[0])
    daw.close()  # libjack crashes on clients of a dead server that are closed after the next one is met
    jack.start_again()
    bridge.tells("/melody/log", lambda text: "open again" in text[0])
    again = Daw("GPT In", "GPT Out")
    try:
        answer_to(bridge, again)
        every_end(again)
    finally:
        again.close()


def test_without_a_server_the_command_says_so(start: Start, tmp_path: Path) -> None:
    """No MIDI system: one sentence with the next steps, exit code 2."""
    import subprocess
    import sys

    ended = subprocess.run(
        [sys.executable, "-m", "bridge.cli", "--port", "GPT In", "--midi-api", "jack"],
        env={**os.environ, "JACK_DEFAULT_SERVER": "nowhere"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 2
    assert ended.stderr.startswith("melody-bridge: the MIDI API 'jack' does not work here")
    assert "melody-bridge demo" in ended.stderr


def test_a_second_bridge_of_the_same_name_is_refused(start: Start) -> None:
    """It says whose name it is and how to choose another; the first goes on, and a third has its own name."""
    bridge, daw = start()
    second = BridgeProcess()
    third = BridgeProcess("--port", "Duo In")
    try:
        assert second.process.wait(30) == 2
        assert "already has the port 'GPT In'" in second.output()
        third.tells("/melody/state")
        answer_to(bridge, daw)
        every_end(daw)
    finally:
        second.close()
        third.close()


def test_a_controller_that_was_unplugged_is_lit_again(jack: Jack, checkpoint: str) -> None:
    """Its ten rings, on a port of its own; the DAW's output is sent none of it."""
    controller = Controller("Rings")
    bridge = BridgeProcess("--port", "Lit In", "--checkpoint", checkpoint, "--cc-feedback", "Rings")
    try:
        bridge.ready()
        wait_for("every ring", lambda: controller.heard() == 10)
        controller.close()
        bridge.tells("/melody/warning", lambda text: "is gone" in text[0])
        controller = Controller("Rings")
        bridge.tells("/melody/log", lambda text: "values are sent back" in text[0])
        wait_for("every ring again", lambda: controller.heard() == 10)
    finally:
        bridge.close()
        controller.close()

"""The command `melody-bridge latency`: the bridge as it is in use, between ports of its own, and a far end."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import json
import platform
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bridge.app import Bridge, opened
from bridge.children import child_environment, python_module
from bridge.config import Config
from bridge.engine.process import EngineProcess, Put
from bridge.events import EngineDied, EngineReply
from bridge.latency.figures import Figures, figures
from bridge.latency.record import DueMessage, FarEnd, Heard, Record, Seen
from bridge.observers import Observer
from bridge.ports.loopback import Ports
from bridge.ports.midi import open_ports
from bridge.urgency import Helper
from bridge.views.lines import Printer
from engine.errors import UserError
from engine.messages import Continue, Drawn, Listened, Request

CONTROLS = {"turn": "fixed", "wait": 0.1, "grid": "off", "tempo_from": "fixed", "bpm": 375.0, "length": 2.0}
"""With the grid off: what is waited for the player's own beat is no latency."""
TURNS = 20
Say = Callable[[str], None]


class Meter(Observer):
    """Write down what the bridge sees and sends; and, of the engine, what it is asked and when it has answered."""

    def __init__(self) -> None:
        self.record = Record()
        self.ready = ""
        self._newest = 0

    def on_engine(self, text: str, ready: bool) -> None:
        """Remember what engine this is."""
        if ready:
            self.ready = text

    def on_player_note(self, time_s: float, pitch: int, velocity: int) -> None:
        """Write down a note of the far end's, and which request the engine had before it."""
        if velocity:
            self.record.seen.append(Seen(time.monotonic(), pitch, self._newest))

    def on_turn(self, turn: int, call_notes: int, wait_s: float) -> None:
        """Write down the turn, unless it followed nothing that was played."""
        if call_notes:
            self.record.turns_s.append(time.monotonic())

    def on_message(self, message: tuple[int, ...], due_s: float) -> None:
        """Write down a message's deadline."""
        self.record.due.append(DueMessage(due_s, message))

    def asked(self, request: Request) -> None:
        """Remember the newest request."""
        if isinstance(request, Continue):
            self._newest = request.request

    def replied(self, event: EngineReply | EngineDied) -> None:
        """Write down when the engine stood behind a request, and what a note took."""
        if not isinstance(event, EngineReply):
            return
        if isinstance(event.reply, Listened):
            self.record.listened.append((event.reply.request, event.time_s))
        elif isinstance(event.reply, Drawn):
            self.record.drawn_ms.append(event.reply.step_ms)


class MeteredEngine(EngineProcess):
    """The engine process, each request and reply told to a meter."""

    def __init__(
        self, meter: Meter, checkpoint: str, device: str, seed: int | None, put: Put, *, precision: str
    ) -> None:
        def told(event: EngineReply | EngineDied) -> None:
            meter.replied(event)
            put(event)

        super().__init__(checkpoint, device, seed, told, precision=precision)
        self._meter = meter

    def send(self, request: Request) -> None:
        """Hand a request to the writer; returns at once."""
        self._meter.asked(request)
        super().send(request)


class _FarEndProcess:
    """Start the far end, let it play when the engine is ready, take its record, then end the bridge."""

    def __init__(self, bridge: Bridge, meter: Meter, turns: int, say: Say) -> None:
        self._bridge, self._meter, self._turns, self._say = bridge, meter, turns, say
        ports = bridge.ports
        arguments = (ports.api, ports.name_in, ports.name_out, str(bridge.osc_port), str(turns))
        self._process = subprocess.Popen(
            [*python_module("bridge.latency.far_end"), *arguments],
            env=child_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.failure = ""
        self.done = False
        self.thread = Helper(self._follow, "far-end")

    def _follow(self) -> None:
        try:
            if self._opens():
                self._say("loading the engine …")
                self._play()
        except (OSError, ValueError) as error:
            self.failure = self.failure or f"the far end of the ports ended: {error}"
        finally:
            if self._bridge.loop is not None:
                self._bridge.loop.stop()

    def _opens(self) -> bool:
        assert self._process.stdout is not None
        said = self._process.stdout.readline().strip()
        if said != "open":
            self.failure = said.removeprefix("error ") or "the far end of the ports could not be started"
        return said == "open"

    def _play(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        while not self._meter.ready:
            if self._bridge.loop is not None and self._bridge.loop.stopping:
                return
            time.sleep(0.02)
        self._say(self._meter.ready)
        self._process.stdin.write("go\n")
        self._process.stdin.flush()
        for line in self._process.stdout:
            if line.startswith("{"):
                self._meter.record.far = _far_end(json.loads(line))
                self.done = True
            elif line.startswith("turn "):
                turn = int(line.split()[1])
                if turn in (1, self._turns // 2):
                    self._say(f"calls and answers: {turn} of {self._turns} …")
            elif line.startswith("on"):
                self._say("playing on, moving a control by OSC …")

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        self._process.wait()


def _far_end(told: dict[str, Any]) -> FarEnd:
    """Return the far end's record from its JSON."""
    return FarEnd(
        played=[(at_s, pitch) for at_s, pitch in told["played"]],
        heard=[Heard(**heard) for heard in told["heard"]],
        answers=[(over_s, first_s) for over_s, first_s in told["answers"]],
        osc_ms=told["osc_ms"],
    )


def run_latency(config: Config, json_path: str | None, picture_path: str | None, turns: int = TURNS) -> int:
    """Measure for some twenty seconds, print, write what was asked for; return the exit code.

    turns: calls that are played.
    Raises UserError without MIDI, an engine, a place to write to, or, for a picture, matplotlib.
    """
    if config.midi_api == "loopback":
        raise UserError("latency measures real ports, and --midi-api loopback has none; leave it out")
    _check_outputs(json_path, picture_path)
    config = dataclasses.replace(config, controls={**config.controls, **CONTROLS})
    ports = open_ports(config.port, config.output_name, config.midi_api)
    meter = Meter()
    config = dataclasses.replace(config, osc_port=_free_port(), osc_host="127.0.0.1", osc_prefix="/melody")
    with contextlib.ExitStack() as ending:
        printer = Printer(sys.stderr)
        ending.callback(printer.close)
        metered = functools.partial(MeteredEngine, meter)
        bridge = ending.enter_context(opened(config, ports, [meter], engine_process=metered))
        printer.line(
            f'measuring through "{ports.name_in}" and "{ports.name_out}" ({ports.api}); '
            "your own ports are left alone. It takes some 20 s."
        )
        far_end = _FarEndProcess(bridge, meter, turns, printer.line)
        ending.callback(far_end.close)
        bridge.run(on_start=far_end.thread.start)
    if far_end.failure:
        raise UserError(far_end.failure)
    if not far_end.done:
        return 130
    found = dataclasses.replace(figures(meter.record), where=_where(ports, meter.ready))
    return _tell(found, json_path, picture_path)


def _tell(found: Figures, json_path: str | None, picture_path: str | None) -> int:
    people = sys.stderr if json_path == "-" else sys.stdout
    print("\n".join([*found.where.values(), "", *found.lines()]), file=people)
    if json_path == "-":
        print(json.dumps(found.as_json()))
    elif json_path is not None:
        Path(json_path).write_text(json.dumps(found.as_json(), indent=1) + "\n", encoding="utf-8")
    if picture_path is not None:
        from bridge.latency.picture import draw

        draw(found, picture_path)
    if not found.answered:
        print("melody-bridge: no answer came out of the ports", file=sys.stderr)
        return 1
    return 0


def _where(ports: Ports, ready: str) -> dict[str, str]:
    """Return what was measured, in words."""
    machine = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    midi = "; ".join(filter(None, (f"MIDI by {ports.api}", ports.remark)))
    return {"machine": machine, "midi": midi, "engine": ready}


def _check_outputs(json_path: str | None, picture_path: str | None) -> None:
    """Raise UserError where a figure could not be written, before it is measured."""
    import importlib.util
    import os

    for option, path in (("--json", json_path), ("--picture", picture_path)):
        if path is None or path == "-":
            continue
        folder = Path(path).resolve().parent
        if Path(path).is_dir() or not os.access(folder, os.W_OK):
            raise UserError(f"{option} {path}: it cannot be written; choose another file")
    if picture_path is not None and importlib.util.find_spec("matplotlib") is None:
        raise UserError(
            "--picture needs matplotlib, which is not installed: pip install matplotlib, or leave --picture out"
        )


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

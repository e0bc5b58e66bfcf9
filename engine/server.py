"""The engine process: requests in through a pipe, notes out through it. Music is the improviser's.

    python -m engine.server ADDRESS --checkpoint NAME --device auto [--precision auto]
        [--seed N] [--drafts N]

ADDRESS is that of a multiprocessing.connection.Listener; its key comes in hexadecimal in the environment
variable MELODY_BRIDGE_AUTHKEY. The process says Hello before it imports numpy or torch, Ready when the model is
warm, and ends by itself when the pipe closes.
"""

from __future__ import annotations

import argparse
import gc
import os
import platform
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from multiprocessing.connection import Client, Connection
from typing import TYPE_CHECKING

from engine.errors import UserError
from engine.fingerprint import of_checkpoint
from engine.messages import PROTOCOL, Continue, Drawn, Failed, Hello, Listened, Ready, Stop, merged
from engine.pace_memory import drafts_before, keep_drafts
from engine.planning.pace import drafts_within
from engine.start import start_improviser
from engine.styles import asked_style

if TYPE_CHECKING:
    from engine.improviser import Improviser
    from engine.planning.planner import Plan

AUTHKEY = "MELODY_BRIDGE_AUTHKEY"


class OutOfMemoryError(Exception):
    """Say that the memory of a device is used up; on the CPU the process cannot go on."""

    def __init__(self, device: str) -> None:
        self.on_cpu = device == "cpu"
        so = "" if self.on_cpu else ", so the CPU plays"
        super().__init__(
            f"the model does not fit into the memory of '{device}'{so}; close what else uses it, choose a smaller "
            "checkpoint, or --device cpu"
        )


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until the pipe closes; return the exit code: 0, 2 for a user's mistake, 1 for anything else."""
    arguments = _parser().parse_args(argv)
    key = os.environ.pop(AUTHKEY, "")
    if not key:
        print(f"engine.server: {AUTHKEY} is not set; the bridge starts this process itself", file=sys.stderr)
        return 2
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the bridge decides.
    os.dup2(2, 1)  # Nothing that a library prints may disturb the bridge's own output.
    try:
        with Client(arguments.address, authkey=bytes.fromhex(key)) as connection:
            return _live(connection, arguments)
    except (EOFError, ConnectionError):
        return 0


def _live(connection: Connection, arguments: argparse.Namespace) -> int:
    connection.send(Hello(PROTOCOL, os.getpid()))
    try:
        try:
            _play(connection, arguments, arguments.device)
        except OutOfMemoryError as error:
            if error.on_cpu:
                raise
            full = str(error)
        else:
            return 0
        connection.send(Failed(None, full, fatal=False))
        _free_devices()
        _play(connection, arguments, "cpu")
    except (UserError, OutOfMemoryError) as error:
        connection.send(Failed(None, str(error), fatal=True))
        return 2 if isinstance(error, UserError) else 1
    except (EOFError, ConnectionError):
        raise
    except Exception as error:  # whatever it is, the bridge must hear of it in words
        connection.send(Failed(None, f"the engine failed: {_in_words(error)}", fatal=True))
        raise
    return 0


def _play(connection: Connection, arguments: argparse.Namespace, device: str) -> None:
    improviser, ready = start(arguments.checkpoint, device, arguments.seed, arguments.precision, arguments.drafts)
    connection.send(ready)
    serve(connection, improviser, ready.drafts)


def start(
    checkpoint_name: str, device: str, seed: int | None, precision: str = "auto", drafts: int | None = None
) -> tuple[Improviser, Ready]:
    """Load a checkpoint, warm it up, and return the improviser with what there is to say of it.

    drafts: the most that are drawn of an answer, however long that takes; None: as many as this machine affords.
    Raises UserError when the checkpoint or the device cannot be had, OutOfMemoryError when it does not fit.
    """
    begin = time.perf_counter()
    try:
        improviser = start_improviser(checkpoint_name, device, seed, precision)
        step_ms = improviser.warm_up()
        if drafts is None:
            machine = _machine(improviser)
            drafts = improviser.affordable_drafts(drafts_before(machine))
            keep_drafts(machine, drafts)
    except Exception as error:
        if _memory_is_used_up(error):
            raise OutOfMemoryError(device if sys.modules.get("torch") else "cpu") from error
        raise
    from engine.checkpoint_folder import known  # it imports numpy, which is to be set up before

    checkpoint = improviser.checkpoint
    gc.collect()
    gc.freeze()  # What lives as long as the process need not be looked through between notes.
    config = checkpoint.config
    return improviser, Ready(
        checkpoint=checkpoint.path.name,
        device=checkpoint.device_name,
        parameters=checkpoint.parameters,
        context=config.context,
        has_durations=config.n_durations > 0,
        has_phrase_end=config.phrase_end,
        styles=checkpoint.tokenizer.styles,
        load_s=time.perf_counter() - begin,
        step_ms=step_ms,
        drafts=drafts,
        checksum=of_checkpoint(checkpoint.path),
        source=checkpoint_name if checkpoint_name in known() else str(checkpoint.path.resolve()),
        way=checkpoint.way,
    )


def serve(connection: Connection, improviser: Improviser, most_drafts: int = 1) -> None:
    """Answer requests until Stop comes or the pipe closes.

    However slow the model is, it is never further behind than the pass it is in: of the requests that wait
    only the newest is answered, on a context that all of them brought up to date. Drawing and planning for it
    end when another request waits. most_drafts: of an answer, however many are asked for. A request that fails is
    reported, and the context is forgotten: the next one must bring the whole transcript.
    Raises OutOfMemoryError when the device has no memory left.
    """
    while True:
        try:
            waiting = _waiting(connection)
        except EOFError:
            return
        if not waiting:
            return
        try:
            _continue(connection, improviser, merged(waiting), most_drafts)
        except ConnectionError:
            return
        except Exception as error:  # one bad request must not end the session
            if _memory_is_used_up(error):
                raise OutOfMemoryError(improviser.checkpoint.device_name) from error
            improviser.reset()
            connection.send(Failed(waiting[-1].request, _in_words(error), fatal=False))


def _machine(improviser: Improviser) -> str:
    """Return what decides how fast drafts are drawn, as a name."""
    checkpoint = improviser.checkpoint
    name, device = checkpoint.path.name, f"{checkpoint.device_name} {checkpoint.way}".rstrip()
    return f"{name} ({checkpoint.parameters}) on {device} of {platform.node()}"


def _waiting(connection: Connection) -> list[Continue]:
    """Wait for a request; return all that have come, the oldest first, or nothing when one of them is Stop."""
    requests: list[Continue] = []
    while not requests or connection.poll():
        request = connection.recv()
        if isinstance(request, Stop):
            return []
        requests.append(request)
    return requests


def _continue(connection: Connection, improviser: Improviser, request: Continue, most_drafts: int) -> None:
    sampling = request.sampling
    held = improviser.sync(request.keep, request.append, request.metre, asked_style(sampling))
    if request.read_from is not None:
        improviser.read_again(request.read_from)
    bars = improviser.bars(request.goal, request.evidence, over=request.count > 0) if request.evidence else None
    read_from = improviser.context.read_from
    listened = Listened(request.request, held, improviser.phrase_end(), bars, read_from)
    connection.send(listened)
    if not request.count or connection.poll():
        return
    if request.evidence and not request.goal.drawn_notes:
        weighed = improviser.bars(request.goal, request.evidence, over=True, weighed=True)
        if weighed != bars:
            connection.send(replace(listened, bars=weighed))
    # A long answer is to be planned in the same time, so fewer are drawn; the call says how long it will be.
    drafts = min(request.drafts, drafts_within(most_drafts, request.goal.call_notes))
    from engine.drawing.seeds import draft_seed

    seed, draft, planned = request.seed, request.draft, 0
    if drafts > 1 and seed is not None and draft is None:
        plan = _plan(connection, improviser, request, seed, drafts)
        if plan is None or plan.complete:
            return
        draft, planned = plan.draft, len(plan.notes)
    goal = replace(request.goal, drawn_notes=request.goal.drawn_notes + planned)
    improviser.begin(sampling, goal, seed if seed is None else draft_seed(seed, draft or 0))
    for index in range(planned, request.count):
        if connection.poll():
            return
        begin = time.perf_counter()
        drawn = improviser.draw()
        step_ms = (time.perf_counter() - begin) * 1e3
        behind = goal.drawn_notes
        connection.send(
            Drawn(request.request, index, drawn.note, drawn.phrase_end, drawn.last, step_ms, behind, draft)
        )
        if drawn.last:
            return


def _plan(
    connection: Connection, improviser: Improviser, request: Continue, seed: int, drafts: int
) -> Plan | None:
    """Send a planned answer, then read it; return what was sent, None when nobody wants it any more."""
    from engine.planning.planner import Asked

    begin = time.perf_counter()
    asked = Asked(request.sampling, request.goal, seed, drafts, request.count, request.heard)
    plan = improviser.plan(asked, connection.poll)
    if plan is None:
        return None
    count = len(plan.notes)
    step_ms = (time.perf_counter() - begin) * 1e3 / max(1, count)
    for index, (note, phrase_end) in enumerate(zip(plan.notes, plan.phrase_ends, strict=True)):
        newest = index == count - 1
        last, draft = plan.complete and newest, plan.draft if newest and not plan.complete else None
        connection.send(Drawn(request.request, index, note, phrase_end, last, step_ms, plan.behind, draft))
    improviser.enter(plan)
    return plan


def _memory_is_used_up(error: Exception) -> bool:
    """Say whether an error means that; PyTorch tells of the CPU's and of MPS's memory in words only."""
    text = str(error) if isinstance(error, RuntimeError) else ""
    return isinstance(error, MemoryError) or "out of memory" in text or "can't allocate memory" in text


def _free_devices() -> None:
    """Give back what PyTorch holds of a GPU's memory."""
    gc.unfreeze()
    gc.collect()
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()


def _in_words(error: Exception) -> str:
    text = str(error).strip()
    if isinstance(error, ValueError) and text:
        return text
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="engine.server", description="Serve a model to melody-bridge.")
    parser.add_argument("address")
    parser.add_argument("--checkpoint", required=True)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--precision", default="auto")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--drafts", type=int, help="draw so many drafts if asked, however slow this machine is")
    return parser


if __name__ == "__main__":
    sys.exit(main())

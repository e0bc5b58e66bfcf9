"""What a plan of an answer costs, beside its drafts drawn one by one; and, with a corpus, what plans repeat.

    python -m bench.plan [CORPUS] [--checkpoint essen] [--device auto] [--quick]

Time: of a plan of 1 to 32 drafts behind 64 notes, to 8 and 16 notes, all in turns, as live play decodes; "singly"
is the same drafts by themselves, each with its own reading of every note, after the context was read once. Compact
models on the CPU, which compute in one thread, are measured by its own time, the others by the clock on the wall.

Repeats: held-out calls, the first two phrases of a tune, answered at the defaults but for the drafts. A copied
call is one of which more than half comes back in a row, a whole one all of it. Ten rounds: the same call ten
times over, all before it heard; the share of answers that had been heard. The corpus: how its tunes go on.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.answers import Call, calls_of
from bench.machine import machine, one_thread, quantile, quiet_line
from bridge.answering.requests import goal, sampling
from bridge.controls import Controls
from bridge.hearing.key import estimate_key
from bridge.moment import read_settings
from engine.decoding.compact import CompactCheckpoint
from engine.decoding.seam import Playable
from engine.drawing.seeds import draft_seed
from engine.improviser import Improviser
from engine.messages import Goal, Sampling
from engine.notes import Note, figure
from engine.planning.planner import Asked
from engine.planning.vetoes import is_copy, is_heard
from engine.start import playable
from trainer.store import load_corpus

DRAFTS = (1, 2, 4, 8, 16, 32)
NOTES = (8, 16)
CONTEXT = [Note(60 + index * 7 % 12, (0.5, 1.0, 0.5)[index % 3]) for index in range(64)]
MOST_NOTES = 32
ROUNDS = 10


@dataclass
class Cost:
    """Hold what plans of so many drafts took, and the same drafts singly, in milliseconds."""

    drafts: int
    notes: int
    plans_ms: list[float] = field(default_factory=list)
    singly_ms: list[float] = field(default_factory=list)


def asked_for(notes: int, drafts: int, seed: int) -> Asked:
    """Return an answer of exactly `notes` notes for every draft: it ends by its length alone."""
    return Asked(Sampling(), Goal(length_beats=64.0, call_notes=16), seed, drafts, notes)


def clock_of(checkpoint: Playable) -> Callable[[], float]:
    """Return the clock, of seconds, by which plans are measured."""
    return time.thread_time if isinstance(checkpoint, CompactCheckpoint) else time.perf_counter


def measure(improviser: Improviser, cost: Cost, seed: int) -> None:
    """Plan once, and draw the same drafts singly."""
    asked, clock = asked_for(cost.notes, cost.drafts, seed), clock_of(improviser.checkpoint)
    begin = clock()
    improviser.plan(asked)
    cost.plans_ms.append((clock() - begin) * 1e3)
    begin = clock()
    for draft in range(cost.drafts):
        improviser.begin(asked.sampling, asked.goal, draft_seed(seed, draft))
        for _ in range(cost.notes):
            improviser.draw()
        improviser.sync(len(CONTEXT))
    cost.singly_ms.append((clock() - begin) * 1e3)


def costs(checkpoint: Playable, rounds: int) -> list[Cost]:
    """Measure all sizes in turns, so that a busy machine is busy for all of them."""
    improviser = Improviser(checkpoint, 0)
    improviser.sync(0, CONTEXT)
    found = [Cost(drafts, notes) for notes in NOTES for drafts in DRAFTS]
    for cost in found:
        measure(improviser, cost, 0)
        cost.plans_ms.clear()
        cost.singly_ms.clear()
    for seed in range(1, rounds + 1):
        for cost in found:
            measure(improviser, cost, seed)
    return found


def cost_table(title: str, found: Sequence[Cost]) -> Table:
    """Return the figures with their spread; "/ one draft": of a plan of one in the same round."""
    heads = ("notes", "drafts", "ms a plan", "p10", "p90", "/ one draft", "singly, ms", "singly / plan")
    table = Table(*heads, title=title)
    ones = {cost.notes: cost.plans_ms for cost in found if cost.drafts == 1}
    for cost in found:
        plan_ms, singly_ms = quantile(cost.plans_ms, 0.5), quantile(cost.singly_ms, 0.5)
        times = [of_all / of_one for of_all, of_one in zip(cost.plans_ms, ones[cost.notes], strict=True)]
        table.add_row(
            str(cost.notes),
            str(cost.drafts),
            f"{plan_ms:.1f}",
            f"{quantile(cost.plans_ms, 0.1):.1f}",
            f"{quantile(cost.plans_ms, 0.9):.1f}",
            f"{quantile(times, 0.5):.1f} x",
            f"{singly_ms:.1f}",
            f"{singly_ms / plan_ms:.1f} x",
        )
    return table


def planned(
    improviser: Improviser, call: Sequence[Note], seed: int, drafts: int, heard: Sequence[tuple[int, ...]] = ()
) -> tuple[Note, ...]:
    """Return the answer to a call behind what the context holds, and enter both into it."""
    settings = read_settings(Controls())
    improviser.sync(len(improviser.context.notes), call)
    drawing, end = sampling(settings, estimate_key(call), call), goal(settings, call, drawn_notes=0)
    if drafts > 1:
        plan = improviser.plan(Asked(drawing, end, seed, drafts, MOST_NOTES, tuple(heard)))
        assert plan is not None
        improviser.enter(plan)
        return plan.notes
    improviser.begin(drawing, end, seed)
    notes: list[Note] = []
    while len(notes) < 4 * MOST_NOTES:
        drawn = improviser.draw()
        notes.append(drawn.note)
        if drawn.last:
            break
    return tuple(notes)


def whole_call(call: Sequence[Note], answer: Sequence[Note]) -> bool:
    """Say whether all of the call comes back in a row."""
    mine, theirs = figure(call), figure(answer)
    return any(theirs[begin : begin + len(mine)] == mine for begin in range(0, len(theirs) - len(mine) + 1, 2))


def repeats_of(
    improviser: Improviser, calls: Sequence[Call], drafts: int, rounds: int
) -> tuple[float, float, float]:
    """Return the shares of first answers that copy their call, that have it whole, and of answers heard before."""
    copied = whole = again = 0
    for call in calls:
        improviser.reset()
        heard: list[tuple[int, ...]] = []
        for turn in range(rounds):
            answer = planned(improviser, call.notes, turn, drafts, heard)
            if not turn:
                copied += is_copy(call.notes, answer)
                whole += whole_call(call.notes, answer)
            again += is_heard(answer, heard)
            heard.append(figure(answer))
    return copied / len(calls), whole / len(calls), again / (len(calls) * max(1, rounds - 1))


def repeats_table(checkpoint: Playable, calls: Sequence[Call], round_calls: int) -> Table:
    """Return the corpus's own shares, those without drafts, and those of plans."""
    table = Table(
        "",
        "calls copied",
        "whole calls",
        f"heard before, of {ROUNDS} rounds",
        title=f"{len(calls)} held-out calls",
    )
    own = [sum(call.next_phrases[:2], ()) for call in calls]
    copied = sum(is_copy(call.notes, answer) for call, answer in zip(calls, own, strict=True)) / len(calls)
    whole = sum(whole_call(call.notes, answer) for call, answer in zip(calls, own, strict=True)) / len(calls)
    table.add_row("the corpus", _share(copied, len(calls)), _share(whole, len(calls)), "-")
    improviser = Improviser(checkpoint, 0)
    for drafts in (1, 16):
        copied, whole, _ = repeats_of(improviser, calls, drafts, 1)
        _, _, again = repeats_of(improviser, calls[:round_calls], drafts, ROUNDS)
        rows = round_calls * (ROUNDS - 1)
        table.add_row(
            f"drafts {drafts}", _share(copied, len(calls)), _share(whole, len(calls)), _share(again, rows)
        )
    return table


def _share(share: float, count: int) -> str:
    return f"{share:.1%} ± {(share * (1 - share) / count) ** 0.5:.1%}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "corpus", nargs="?", type=Path, help="a prepared corpus; without one only time is measured"
    )
    parser.add_argument("--checkpoint", default="essen")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--calls", type=int, default=200)
    parser.add_argument("--quick", action="store_true", help="5 rounds, 40 calls")
    options = parser.parse_args()
    one_thread("bench.plan", sys.argv[1:])
    checkpoint = playable(options.checkpoint, options.device)
    console = Console()
    console.print(f"{machine()}; on {checkpoint.device_name}, behind {len(CONTEXT)} notes")
    console.print(quiet_line(), markup=False)
    console.print(cost_table(checkpoint.path.name, costs(checkpoint, 5 if options.quick else 20)))
    if options.corpus:
        calls = calls_of(load_corpus(options.corpus).songs, 40 if options.quick else options.calls)
        console.print(repeats_table(checkpoint, calls, 5 if options.quick else 20))


if __name__ == "__main__":
    main()

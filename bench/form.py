"""Do answers have the form of songs? Held-out calls, our answers beside the real continuations.

    python -m bench.form CORPUS [--checkpoint essen] [--drafts 8] [--calls 400] [--quick] [--json FILE]
        [--picture PNG] [--rolls DIR]

A call is two phrases of a tune of the test part; held against an answer are the two phrases after it, of tunes
in which these are as long as the call but for an eighth, as an answer is. The metre is not told: it is found from
the call. Controls are at their defaults. Everything is judged in the written bars, which no answer saw.

The table: each figure for the real continuations, for single drafts, and for one of --drafts chosen by the
critic; with what 95 of 100 draws of as many tunes would give (bootstrap over tunes). `in` says that the answers'
mean lies in the interval of the real ones.

The curve: one of N drafts for N up to 32. Fresh critics (bench/fresh_critic.py) are trained for each N on answers
so chosen to calls of the validation part, whose tunes neither the model nor the shipped critic has learned, and
say of pairs of the test part which is real: 50 % would be a coin. `own`: the same by the critic that chose.

Drawing takes the longest; --keep FOLDER keeps the drafts there and takes them from there the next time.
"""

from __future__ import annotations

import argparse
import json
import math
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from rich.console import Console
from rich.progress import track
from rich.table import Table

from bench.form_rows import ROWS, Answer, Notes, tune
from bench.fresh_critic import FreshCritic, Seen, seen, told
from bench.rolls import draw_curve, draw_rolls
from bridge.answering.requests import sampling
from bridge.controls import Controls
from bridge.hearing.key import KeyEstimate, estimate_key
from bridge.moment import read_settings
from engine.checkpoint import load
from engine.checkpoint_folder import resolve
from engine.installed import critic_file
from engine.notes import Song
from engine.planning.choosing import BETA, choose
from engine.planning.closing import closing_leans
from engine.planning.critic import Critic
from engine.planning.energy import energy_leans
from engine.planning.pair import Pair
from engine.planning.vetoes import is_hammered
from trainer.calls import Drafted, calls_in, read_drafts, write_drafts
from trainer.drafts import Drafter
from trainer.store import load_corpus

Floats = npt.NDArray[np.float64]

MOST_DRAFTS = 32
LEARNED = "validation"
"""What fresh critics learn from: tunes that the model has learned it remembers, and others it does not."""
COUNTS = (1, 2, 4, 8, 16, 32)
GROUPS = 4
"""Of the drafts of a call so many answers are chosen at the most, each from others."""
SAMPLES = 2000
ROLLS = 6
WIDTH = 130


class Held:
    """Hold calls with their drafts, and what the critic makes of them."""

    def __init__(
        self,
        drafted: Sequence[Drafted],
        critic: Critic,
        vetoes: bool = True,
        leans: Sequence[Sequence[float]] | None = None,
    ) -> None:
        """leans: what is added to the score of each draft of each call; none."""
        self.drafted = drafted
        self._leans = leans
        self.scores = [
            critic.scores(one.call.notes, _all(one), one.found, one.log_probabilities)
            for one in track(drafted, "judging", transient=True)
        ]
        self._keys = [_key(one.call.notes) for one in drafted]
        self._wanted = [
            {index for index, notes in enumerate(one.drafts) if not vetoes or not _unwanted(one.call.notes, notes)}
            for one in drafted
        ]
        self._seen: dict[tuple[int, int], Seen] = {}

    def chosen(self, count: int, sharpness: float, groups: int = 1) -> list[tuple[int, int]]:
        """Return (call, draft) of answers chosen from `count` drafts each, so many of a call."""
        found = []
        for number, one in enumerate(self.drafted):
            for group in range(min(groups, len(one.drafts) // count)):
                begin = group * count
                pool = [draft for draft in range(begin, begin + count) if draft in self._wanted[number]]
                pool = pool or list(range(begin, begin + count))
                odds = [self.scores[number][1 + draft] for draft in pool]
                answers = [one.drafts[draft] for draft in pool]
                closings = closing_leans(self._keys[number], one.call.notes, answers)
                leans = [sum(each) for each in zip(energy_leans(one.call.notes, answers), closings, strict=True)]
                if self._leans is not None:
                    leans = [lean + self._leans[number][draft] for lean, draft in zip(leans, pool, strict=True)]
                found.append((number, pool[choose(odds, 1000 * number + group, sharpness, leans)]))
        return found

    def seen(self, number: int, draft: int) -> Seen:
        """Return a draft, or the real continuation for -1, as a fresh critic reads it."""
        if (number, draft) not in self._seen:
            one = self.drafted[number]
            notes, cost = _all(one)[draft + 1], one.log_probabilities[draft + 1]
            self._seen[number, draft] = seen(one.call.notes, notes, one.call.metre, cost)
        return self._seen[number, draft]


def _key(call: Notes) -> tuple[int, tuple[int, ...]] | None:
    """Return the key that answers to a call are drawn in at the default controls."""
    return sampling(read_settings(Controls()), estimate_key(call), call).key


def _unwanted(call: Notes, notes: Notes) -> bool:
    """Say whether a plan leaves this draft out where it has others, of a call that is new."""
    return is_hammered(call, notes)


def _all(one: Drafted) -> tuple[Notes, ...]:
    return (one.call.real, *one.drafts)


def interval(values: Floats, tunes: Sequence[int]) -> tuple[float, float, float]:
    """Return the mean of the values that are numbers and the bounds of its 95 % interval, bootstrap over tunes."""
    known = ~np.isnan(values)
    if not known.any():
        return math.nan, math.nan, math.nan
    numbers = {tune: place for place, tune in enumerate(dict.fromkeys(tunes))}
    place = np.array([numbers[tune] for tune in tunes])[known]
    sums = np.bincount(place, values[known], len(numbers))
    counts = np.bincount(place, minlength=len(numbers))
    drawn = np.random.default_rng(1).integers(0, len(numbers), (SAMPLES, len(numbers)))
    means = sums[drawn].sum(1) / np.maximum(counts[drawn].sum(1), 1)
    low, high = np.quantile(means, (0.025, 0.975))
    return float(values[known].mean()), float(low), float(high)


def rows_of(held: Held, keys: Sequence[KeyEstimate], picks: Sequence[tuple[int, int]]) -> dict[str, Any]:
    """Return each row's mean and interval for answers (call, draft), the real continuations for draft -1."""
    answers, tunes = [], []
    for number, draft in picks:
        one = held.drafted[number]
        notes = _all(one)[draft + 1]
        pair = Pair(one.call.notes, notes, one.call.metre)
        answers.append(Answer(one.call.notes, notes, pair, keys[number]))
        tunes.append(one.call.tune)
    return {name: interval(np.array([rule(one) for one in answers]), tunes) for name, rule in ROWS.items()}


def curve_point(train: Held, test: Held, count: int, sharpness: float, seeds: int = 1) -> dict[str, Any]:
    """Return how one of `count` drafts is told: by fresh critics, and by the one that chose."""
    learned = train.chosen(count, sharpness, GROUPS)
    drafts = [train.seen(number, draft) for number, draft in learned]
    reals = [train.seen(number, -1) for number in range(len(train.drafted))]
    picks = test.chosen(count, sharpness, GROUPS)
    tunes = [test.drafted[number].call.tune for number, _ in picks]
    real, ours = ([test.seen(number, draft if kind else -1) for number, draft in picks] for kind in (0, 1))
    odds = [np.zeros(len(picks)), np.zeros(len(picks))]
    for seed in range(seeds):
        fresh = FreshCritic(reals, drafts, seed)
        odds = [odds[0] + fresh.log_odds(real), odds[1] + fresh.log_odds(ours)]
    own = [np.array([test.scores[n][d + 1 if kind else 0] for n, d in picks]) for kind in (0, 1)]
    copies = [
        tune(test.drafted[number].drafts[draft]) == tune(test.drafted[number].call.notes)
        for number, draft in picks
    ]
    return {
        "drafts": count,
        "sharpness": sharpness,
        "fresh": interval(told(*odds), tunes),
        "own": interval(told(*own), tunes),
        "repeats the call": float(np.mean(copies)),
    }


def drafts_of(
    name: str,
    songs: Sequence[Song],
    part: str,
    calls: int,
    drafts: int,
    seed: int,
    keep: Path | None,
) -> list[Drafted]:
    """Return calls of a part with a checkpoint's drafts at the default controls; those kept come from a file."""
    if keep and keep.is_file():
        return read_drafts(keep)[:calls]
    checkpoint = load(name, "cpu")
    drafter, settings = Drafter(checkpoint), read_settings(Controls())
    found = []
    for number, call in enumerate(track(calls_in(songs, part, calls), f"drafts, {part}", transient=True)):
        drawing = sampling(settings, estimate_key(call.notes), call.notes)
        found.append(drafter.draft(call, drafter.bars(call.notes), drawing, drafts, seed + number))
    if keep:
        write_drafts(keep, found)
    return found


def table_of(report: Mapping[str, Any], drafts: int) -> Table:
    """Return the rows as a table."""
    table = Table(title="answers beside real continuations", box=None, padding=(0, 0, 0, 1))
    for column in ("", "real", "", "single", "", "in", f"one of {drafts}", "", "in"):
        table.add_column(column, justify="right" if column else "left", no_wrap=True)
    for name in ROWS:
        cells, (_, low, high) = [], report["real"][name]
        for kind in ("real", "single", "chosen"):
            mean, *bounds = report[kind][name]
            cells += [f"{mean:.3f}", f"{bounds[0]:.3f} to {bounds[1]:.3f}"]
            if kind != "real":
                cells.append("yes" if low <= mean <= high else "")
        table.add_row(name, *cells)
    return table


def curve_table(points: Sequence[Mapping[str, Any]]) -> Table:
    """Return the curve as a table."""
    table = Table(title="how often the real one is told", box=None, padding=(0, 0, 0, 1))
    for column in ("one of", "odds to the", "fresh critic", "95 %", "own critic", "95 %", "repeats the call"):
        table.add_column(column, justify="right")
    for point in points:
        cells = []
        for name in ("fresh", "own"):
            mean, low, high = point[name]
            cells += [f"{mean:.1%}", f"{low:.1%} to {high:.1%}"]
        copies = f"{point['repeats the call']:.2%}"
        table.add_row(f"{point['drafts']}", f"{point['sharpness']:g}", *cells, copies)
    return table


def options_of() -> argparse.Namespace:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m bench.form", description=__doc__.split("\n")[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--checkpoint", default="essen", help="what answers (default: essen)")
    parser.add_argument("--calls", type=int, default=400, help="held-out calls (default: 400)")
    parser.add_argument("--learned", type=int, default=400, help="calls for fresh critics to learn from")
    parser.add_argument("--drafts", type=int, default=8, choices=COUNTS, help="drafts to choose from (table)")
    parser.add_argument("--sharpness", type=float, nargs="+", default=[BETA], help="exponents of the odds")
    parser.add_argument("--critic", type=Path, help="the critic's weights (default: the checkpoint's)")
    parser.add_argument("--free", action="store_true", help="leave out no draft, however much it copies")
    parser.add_argument("--quick", action="store_true", help="30 calls, no fresh critic")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep the drafts, or take those kept")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures as JSON too")
    parser.add_argument("--picture", type=Path, metavar="PNG", help="draw the curve")
    parser.add_argument("--rolls", type=Path, metavar="FOLDER", help=f"draw {ROLLS} calls and answers there")
    return parser.parse_args()


def main() -> None:
    """Draw, judge, print."""
    options = options_of()
    torch.set_num_threads(1)
    calls, drafts = (30, options.drafts) if options.quick else (options.calls, MOST_DRAFTS)
    songs = load_corpus(options.corpus).songs
    file = options.critic or critic_file(resolve(options.checkpoint))
    critic = Critic.load(file)
    keep = {part: options.keep / f"{part}.json" if options.keep else None for part in ("test", LEARNED)}
    test = Held(
        drafts_of(options.checkpoint, songs, "test", calls, drafts, 9_000_000, keep["test"]),
        critic,
        not options.free,
    )
    keys = [estimate_key(songs[one.call.tune].notes) for one in test.drafted]
    known = [key for key in keys if key is not None]
    sharpness = options.sharpness[0]
    report: dict[str, Any] = {
        "calls": len(test.drafted),
        "tunes": len({one.call.tune for one in test.drafted}),
        "drafts": options.drafts,
        "real": rows_of(test, known, [(number, -1) for number in range(len(test.drafted))]),
        "single": rows_of(test, known, test.chosen(1, sharpness, GROUPS)),
        "chosen": rows_of(test, known, test.chosen(options.drafts, sharpness, GROUPS)),
    }
    console = Console(width=WIDTH)
    console.print(f"{report['calls']} calls of {report['tunes']} held-out tunes")
    console.print(table_of(report, options.drafts))
    if not options.quick:
        learned = drafts_of(options.checkpoint, songs, LEARNED, options.learned, drafts, 5_000_000, keep[LEARNED])
        train = Held(learned, critic, not options.free)
        report["curve"] = []
        for power in options.sharpness:
            for count in COUNTS:
                report["curve"].append(curve_point(train, test, count, power))
        console.print(curve_table(report["curve"]))
        if options.picture:
            draw_curve(options.picture, report["curve"])
    if options.rolls:
        picks = dict(test.chosen(options.drafts, sharpness))
        numbers = random.Random(1).sample(range(len(test.drafted)), ROLLS)
        shown = [(test.drafted[n].call, test.drafted[n].drafts[picks[n]]) for n in numbers]
        draw_rolls(options.rolls, [(songs[call.tune].title, call, answer) for call, answer in shown])
    if options.json:
        options.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

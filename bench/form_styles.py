"""Do answers asked for in a style have the form of that style's songs?

    python -m bench.form_styles [SOURCE] [--checkpoint songbook] [--calls 100] [--learned 75] [--json FILE]

As `python -m bench.form`, for each style alone: calls of the test part of its songs, each answered in that
style, one of 16 drafts, beside how the songs go on, by the same rows; `*`: outside the songs' interval. The fresh
critics have learned from calls of all styles, as many of each, and say of each style's pairs which is the song.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import torch
from rich.console import Console
from rich.progress import track
from rich.table import Table
from safetensors import safe_open

from bench.form import Floats, Held, interval, rows_of
from bench.form_rows import ROWS
from bench.fresh_critic import FreshCritic, told
from bench.machine import machine
from bench.planned import DRAFTS
from bridge.answering.requests import sampling
from bridge.controls import Controls
from bridge.hearing.key import estimate_key
from bridge.moment import read_settings
from engine.checkpoint import Checkpoint, load
from engine.checkpoint_folder import resolve
from engine.installed import critic_file
from engine.notes import Song
from engine.planning.choosing import BETA
from engine.planning.critic import Critic
from trainer.calls import Call, calls_in
from trainer.drafts import Drafter
from trainer.report import write_json
from trainer.store import load_corpus

SEEDS = 5
"""Fresh critics begun differently: one alone is off by up to 4 of a hundred."""
ALL = 1_000_000


class Judged(NamedTuple):
    """Hold the rows of a style's songs and of the answers, and how often each fresh critic told the song."""

    real: Mapping[str, tuple[float, float, float]]
    chosen: Mapping[str, tuple[float, float, float]]
    fresh: Sequence[tuple[float, float, float]]

    def outside(self) -> list[str]:
        """Return the rows in which the answers' mean lies outside the songs' interval."""
        return [name for name, (_, low, high) in self.real.items() if not low <= self.chosen[name][0] <= high]


def learned_calls(file: Path) -> int:
    """Return of how many calls of the training part, the first ones, a critic learned; fresh ones get others.

    Of a style the validation part has too few. The model remembers these tunes, so a fresh critic tells less.
    """
    with safe_open(file, "np") as opened:
        return int((opened.metadata() or {})["calls"])


def calls_of(songs: Sequence[Song], part: str, style: str, count: int, skip: int = 0) -> list[Call]:
    """Return so many calls of a style, of those of all styles behind the first `skip`."""
    return [call for call in calls_in(songs, part, ALL, skip) if songs[call.tune].region == style][:count]


def answered(checkpoint: Checkpoint, critic: Critic, calls: Sequence[Call], style: str, seed: int) -> Held:
    """Return the calls with drafts in a style, which lean towards it as in play; controls at their defaults."""
    drafter, settings = Drafter(checkpoint), read_settings(Controls())
    drafted, leans = [], []
    for number, call in enumerate(track(calls, style, transient=True)):
        drawing = replace(sampling(settings, estimate_key(call.notes), call.notes), style=style)
        one = drafter.draft(call, drafter.bars(call.notes), drawing, DRAFTS, seed + number)
        plain = drafter.log_probabilities(call.notes, one.drafts, one.found)
        drafted.append(one)
        leans.append([own - other for own, other in zip(one.log_probabilities[1:], plain, strict=True)])
    return Held(drafted, critic, vetoes=False, leans=leans)


def telling(critics: Sequence[FreshCritic], held: Held) -> list[Floats]:
    """Return for each critic and answer whether the song is told."""
    picks = held.chosen(DRAFTS, BETA)
    real, ours = ([held.seen(number, draft if kind else -1) for number, draft in picks] for kind in (0, 1))
    return [told(critic.log_odds(real), critic.log_odds(ours)) for critic in critics]


def learned(trained: Sequence[Held]) -> list[FreshCritic]:
    """Return critics that learned afresh from songs and answers of all styles."""
    reals = [held.seen(number, -1) for held in trained for number in range(len(held.drafted))]
    drafts = [held.seen(*pick) for held in trained for pick in held.chosen(DRAFTS, BETA)]
    return [FreshCritic(reals, drafts, seed) for seed in range(SEEDS)]


def judged(held: Held, songs: Sequence[Song], critics: Sequence[FreshCritic]) -> Judged:
    """Return what the table shows of a style."""
    keys = [estimate_key(songs[one.call.tune].notes) for one in held.drafted]
    tunes = [one.call.tune for one in held.drafted]
    picks = held.chosen(DRAFTS, BETA)
    known = [key for key in keys if key is not None]
    return Judged(
        rows_of(held, known, [(number, -1) for number in range(len(picks))]),
        rows_of(held, known, picks),
        [interval(shares, tunes) for shares in telling(critics, held)],
    )


def table_of(found: Mapping[str, Judged], counts: Mapping[str, int]) -> Table:
    """Return the rows of all styles, songs beside answers."""
    table = Table(box=None, padding=(0, 0, 0, 1))
    table.add_column("", no_wrap=True)
    for style in found:
        table.add_column(f"{style}: songs", justify="right", no_wrap=True)
        table.add_column("answers", justify="right", no_wrap=True)
    for name in ROWS:
        cells = []
        for one in found.values():
            mean, low, high = one.real[name]
            star = "*" if name in one.outside() else " "
            cells += [f"{mean:.2f} [{low:.2f}, {high:.2f}]", f"{one.chosen[name][0]:.2f}{star}"]
        table.add_row(name, *cells)
    table.add_section()
    table.add_row("calls", *(cell for style in found for cell in (str(counts[style]), "")))
    inside = [f"{len(ROWS) - len(one.outside())} of {len(ROWS)}" for one in found.values()]
    table.add_row("rows inside", *(cell for cell in inside for cell in ("", cell)))
    return table


def main() -> None:
    """Draw, judge, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", nargs="?", default="corpus/songbook", help="songs of the styles, prepared")
    parser.add_argument("--checkpoint", default="songbook")
    parser.add_argument("--calls", type=int, default=100, help="held-out calls of each style at most (100)")
    parser.add_argument("--learned", type=int, default=75, help="calls of each that fresh critics learn from (75)")
    parser.add_argument("--json", metavar="FILE", help="write the figures as JSON too")
    options = parser.parse_args()
    torch.set_num_threads(1)
    console = Console(width=150)
    console.print(machine())
    checkpoint, songs = load(options.checkpoint, "cpu"), load_corpus(Path(options.source)).songs
    file = critic_file(resolve(options.checkpoint))
    critic, skipped = Critic.load(file), learned_calls(file)
    held, trained = {}, []
    for style in checkpoint.tokenizer.styles:
        calls = calls_of(songs, "train", style, options.learned, skipped)
        trained.append(answered(checkpoint, critic, calls, style, 5_000_000))
        calls = calls_of(songs, "test", style, options.calls)
        held[style] = answered(checkpoint, critic, calls, style, 9_000_000)
    critics = learned(trained)
    found = {style: judged(one, songs, critics) for style, one in held.items()}
    console.print(table_of(found, {style: len(one.drafted) for style, one in held.items()}))
    for style, one in found.items():
        shares = ", ".join(f"{mean:.1%} [{low:.1%}, {high:.1%}]" for mean, low, high in one.fresh)
        mean = sum(share for share, _, _ in one.fresh) / SEEDS
        console.print(f"{style}: fresh critics tell the song in {mean:.1%}, each: {shares}")
    if options.json:
        write_json({style: one._asdict() for style, one in found.items()}, options.json)


if __name__ == "__main__":
    main()

"""Train a model: one way for the paper's GPT-2 and for the compact form, on one device or on many.

A run (run.py) is a folder: `state.pt` to go on from, `log.csv`, and the best checkpoint so far. Started again it
goes on where it was, to the same result.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from rich.console import Console

from engine import checkpoint_folder
from engine.companions import take_along
from engine.errors import UserError
from engine.notes import Song
from trainer.build import build, check_init, is_ours, make_data
from trainer.plan import plan_run
from trainer.prepare import read_source
from trainer.processes import Processes
from trainer.progress import counting_bar
from trainer.rehearsal import make_rehearsal, old_songs
from trainer.run import Run
from trainer.settings import TrainSettings, load_settings
from trainer.split import learning_split
from trainer.state import Progress, require_writable
from trainer.watch import live_line, stop_on_signal


def main(config: Path, overrides: Mapping[str, Any] | None = None, console: Console | None = None) -> Path:
    """Train as a YAML file says, with `overrides` put over it; return the folder of the checkpoint.

    Raises UserError for whatever a person can put right; the last good checkpoint and state then stand.
    """
    console = console or Console(stderr=True)
    overrides = dict(overrides or {})
    if "epochs" in overrides:
        # Whoever names the epochs means them, however small the corpus is.
        overrides.setdefault("least_steps", 0)
    settings = load_settings(config, overrides)
    if not settings.data:
        raise UserError(f"{config}: no data; say --data with a prepared corpus, a folder, paper or essen")
    if not settings.out:
        settings = replace(settings, out=f"runs/{config.stem.removeprefix('train-')}")
    # What takes long comes after all that can be refused at once.
    check_init(settings.init)
    require_writable(Path(settings.out))
    songs = read_source(settings.data, console).songs
    return fit(settings, songs, console)


def fit(settings: TrainSettings, songs: Sequence[Song], console: Console | None = None) -> Path:
    """Train on the songs' training part, validate on their validation part; return the checkpoint's folder."""
    processes = Processes.join(settings)
    console = console if console is not None and processes.rank == 0 else Console(quiet=True)
    try:
        return _fit(settings, songs, processes, console)
    except (torch.cuda.OutOfMemoryError, MemoryError) as error:
        raise _out_of_memory(settings) from error
    except RuntimeError as error:
        if "out of memory" in str(error) or "can't allocate memory" in str(error):
            raise _out_of_memory(settings) from error
        raise
    finally:
        processes.leave()


def _fit(settings: TrainSettings, songs: Sequence[Song], processes: Processes, console: Console) -> Path:
    torch.manual_seed(settings.seed)
    parts = learning_split(songs, settings.split, settings.data)
    console.print(parts.remark, highlight=False)
    model, tokenizer = build(settings, parts.train, console)
    run = Run(settings, model, tokenizer, processes, Path(settings.out), console)
    run.resume()
    with counting_bar(console, "encoding songs") as advance:
        data = make_data(settings, parts.train, tokenizer, model.config, advance)
        validation = make_data(settings, parts.held_out, tokenizer, model.config, training=False)
    batches = len(data.batches(0))
    plan = plan_run(settings, batches)
    console.print(
        f"{plan.steps:,} steps: {plan.epochs:,} epochs of {batches:,}, {plan.warmup_steps:,} steps of warm-up",
        highlight=False,
    )
    if settings.rehearsed and is_ours(settings.init):
        # What is compared with are the weights of `init`, also where the run is resumed.
        begun, _ = build(settings, parts.train, Console(quiet=True))
        old = old_songs(settings, console)
        run.rehearsal = make_rehearsal(settings, begun.to(processes.device), tokenizer, old)
        console.print(
            f"{len(old.rehearsed)} old songs to go over, {old.origin}, {len(old.held)} to see what is forgotten",
            highlight=False,
        )
    with live_line(console) as show, stop_on_signal() as stopped:
        if is_ours(settings.init) and run.progress.step == 0:
            run.evaluate(validation)
        run.loop(plan, data, validation, show, stopped)
    if is_ours(settings.init):
        take_along(checkpoint_folder.resolve(settings.init), Path(settings.out))
    progress = run.progress
    if run.done_early():
        console.print(
            f"ended after epoch {progress.epoch}: the last {progress.worse} validations were no better",
            highlight=False,
        )
    console.print(
        f"{settings.out}: {progress.tokens:,} tokens in {progress.seconds:,.0f} s, best validation "
        f"{progress.best:.4f} after epoch {progress.best_epoch}",
        highlight=False,
    )
    if run.rehearsal is not None:
        console.print(gain(progress, len(parts.held_out)), highlight=False)
    if progress.best_epoch == 0:
        console.print(
            f"learning made nothing better, so {settings.out} holds what {settings.init} was: set a lower "
            f"learning_rate (now {settings.learning_rate:g}), or take the recipe train-own, or more songs",
            highlight=False,
        )
    return Path(settings.out)


def gain(progress: Progress, held_out: int) -> str:
    """Return in a line what the weights that are kept are worth beside those that the run began with."""
    validations = [row for row in progress.log if "forgotten_nats_per_note" in row]
    kept = next(row for row in validations if row["validation_loss"] == progress.best)
    before, after = (row["validation_nats_per_note"] for row in (validations[0], kept))
    return (
        f"your songs: {before:.3f} to {after:.3f} nats a note on {held_out} held out ({after - before:+.3f}); "
        f"old songs: {kept['forgotten_nats_per_note']:+.3f}"
    )


def _out_of_memory(settings: TrainSettings) -> UserError:
    return UserError(
        f"out of memory; the last good checkpoint stands in {settings.out}: raise accumulate (now "
        f"{settings.accumulate}), which costs no exactness, or lower batch_tokens or batch_windows"
    )

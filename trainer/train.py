"""Train a model: one loop for the paper's GPT-2 and for the compact form, on one device or on many.

The loop is plain (in the spirit of Karpathy's nanoGPT): AdamW, a rate that rises and falls, clipping, parts
that are accumulated. A run is a folder: `state.pt` to go on from, `log.csv`, and the best checkpoint so far.
Started again it goes on where it was, to the same result.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from torch import Tensor, nn

from engine import checkpoint, checkpoint_folder
from engine.companions import take_along
from engine.errors import UserError
from engine.model import GPT
from engine.notes import Song
from engine.tokenizer import Tokenizer
from trainer.batch import IGNORED, Batch
from trainer.build import build, check_init, is_ours, licence, make_data
from trainer.data import SongData
from trainer.loss import losses
from trainer.plan import Plan, plan_run
from trainer.prepare import read_source
from trainer.processes import Processes
from trainer.progress import counting_bar
from trainer.rehearsal import Rehearsal, make_rehearsal, old_songs
from trainer.settings import TrainSettings, load_settings
from trainer.split import learning_split
from trainer.state import Progress, load_state, require_writable, save_state
from trainer.stream import StreamData
from trainer.watch import Show, live_line, stop_on_signal

Data = SongData | StreamData

_LOG_STEPS = 50


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


class Charged(nn.Module):
    """The model together with its loss, so that one forward pass is all that data parallelism must wrap."""

    def __init__(self, model: GPT, phrase_weight: float) -> None:
        super().__init__()
        self.model, self.phrase_weight = model, phrase_weight

    def forward(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return the sum that is minimised, and of it the nats of tokens and durations."""
        scored = losses(self.model, batch)
        nats = scored.token.sum() + scored.duration.sum()
        return nats + self.phrase_weight * scored.phrase.sum(), nats.detach()


class Run:
    """One training run: model, optimiser, averages, counters, and the loop over them."""

    def __init__(
        self,
        settings: TrainSettings,
        model: GPT,
        tokenizer: Tokenizer,
        processes: Processes,
        folder: Path,
        console: Console,
    ) -> None:
        self.settings, self.tokenizer, self.processes = settings, tokenizer, processes
        self.folder, self.console = folder, console
        self.progress = Progress()
        self.rehearsal: Rehearsal | None = None
        self.model = model.to(processes.device)
        self.charged = Charged(self.model, settings.phrase_weight)
        self.wrapped = processes.wrap(self.charged, self.model)
        self.average = [weight.detach().clone() for weight in self.model.parameters()] if settings.ema else []
        matrices = [weight for weight in self.model.parameters() if weight.dim() > 1]
        vectors = [weight for weight in self.model.parameters() if weight.dim() < 2]
        groups = [
            {"params": matrices, "weight_decay": settings.weight_decay},
            {"params": vectors, "weight_decay": 0.0},
        ]
        self.optimizer = torch.optim.AdamW(
            groups, lr=settings.learning_rate, betas=(0.9, settings.beta_2), fused=settings.parallel == "ddp"
        )
        self.autocast, self.scaler = _precision(settings, processes.device)

    def loop(self, plan: Plan, data: Data, validation: Data, show: Show, stopped: Callable[[], bool]) -> None:
        """Go through the epochs that are left; raise UserError when the loss is no number any more."""
        settings, progress = self.settings, self.progress
        clock = time.perf_counter()
        while progress.epoch < plan.epochs and not self.done_early():
            batches = data.batches(progress.epoch)
            while progress.batch < len(batches):
                share = (progress.epoch + progress.batch / len(batches)) / plan.epochs
                rate = plan.rate(settings, progress.step, share)
                self.step(data.collate(batches[progress.batch], progress.epoch), rate)
                progress.batch += 1
                now = time.perf_counter()
                progress.seconds, clock = progress.seconds + now - clock, now
                show(progress, share)
                if progress.step % _LOG_STEPS == 0:
                    self.log(share * plan.epochs, rate)
                if self.processes.any(stopped()):
                    self.save()
                    raise UserError(f"stopped after step {progress.step}; run the same command again to go on")
                if progress.step % settings.save_steps == 0:
                    self.save()
            progress.epoch, progress.batch = progress.epoch + 1, 0
            if progress.epoch % plan.evaluate_every == 0 or progress.epoch == plan.epochs:
                self.evaluate(validation)
                self.save()

    def done_early(self) -> bool:
        """Say whether the validations have not got better for long enough."""
        return 0 < self.settings.patience <= self.progress.worse

    def step(self, batch: Batch, rate: float) -> None:
        """Learn from one batch, in parts: each process and each accumulated part takes its share of it."""
        settings, processes = self.settings, self.processes
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        scored = int((batch.tokens != IGNORED).sum())
        # What dropout draws depends on the step and the process alone, so a resumed run draws the same.
        torch.manual_seed((settings.seed * 1_000_003 + self.progress.step) * processes.size + processes.rank)
        self.wrapped.train()
        nats = torch.zeros((), device=processes.device)
        for part in range(settings.accumulate):
            mine = batch.part(processes.rank + processes.size * part, processes.size * settings.accumulate)
            with processes.synchronised(self.wrapped, part + 1 == settings.accumulate), self.autocast():
                loss, part_nats = self.wrapped(mine.to(processes.device))
            # Data parallelism averages the gradients of the processes; their sum is meant.
            self.scaler.scale(loss * (processes.size / scored)).backward()
            nats += part_nats
        if self.rehearsal is not None:
            if processes.size > 1:
                # Nobody averages these gradients: what dropout draws must be the same in all processes.
                torch.manual_seed(-1 - settings.seed * 1_000_003 - self.progress.step)
            with self.autocast():
                charge = settings.rehearsed * self.rehearsal.loss(self.model, self.progress.step)
            torch.autograd.backward(self.scaler.scale(charge))
        self.scaler.unscale_(self.optimizer)
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), settings.clip)
        total = processes.sum(nats)
        if not math.isfinite(total) or not (self.scaler.is_enabled() or math.isfinite(float(norm))):
            raise UserError(
                f"the loss is {total} at step {self.progress.step + 1}; the last good checkpoint stands in "
                f"{self.folder}: lower learning_rate (now {settings.learning_rate:g}) or clip and begin anew"
            )
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.optimizer.zero_grad(set_to_none=True)
        self.progress.step += 1
        self.progress.tokens += scored
        self.progress.nats += total
        self.progress.nats_tokens += scored
        if self.average:
            # Early on the average follows quickly, or it would keep the first random weights for long.
            keep = min(settings.ema, (self.progress.step + 1) / (self.progress.step + 10))
            with torch.no_grad():
                torch._foreach_lerp_(self.average, list(self.model.parameters()), 1.0 - keep)

    def log(self, epoch: float, rate: float, **figures: float) -> None:
        """Add a row to the log: the training loss since the last one, and these figures."""
        progress = self.progress
        row: dict[str, Any] = {
            "step": progress.step, "epoch": round(epoch, 4), "tokens": progress.tokens,
            "seconds": round(progress.seconds, 1), "learning_rate": rate,
        }  # fmt: skip
        if progress.nats_tokens:
            row["train_loss"] = progress.train_loss = progress.nats / progress.nats_tokens
            progress.nats, progress.nats_tokens = 0.0, 0
        progress.log.append(row | figures)

    @torch.no_grad()
    def evaluate(self, validation: Data) -> None:
        """Score the whole validation part with the averaged weights, and keep them when they are the best."""
        with self.averaged():
            self.wrapped.eval()
            nats, tokens, rests = 0.0, 0, 0
            for items in validation.plain_batches():
                batch = validation.collate(items).to(self.processes.device)
                with self.autocast():
                    nats += float(self.charged(batch)[1])
                tokens += int((batch.tokens != IGNORED).sum())
                rests += int((batch.tokens == self.tokenizer.rest).sum()) if self.tokenizer.rest else 0
                rests += int((batch.tokens == self.tokenizer.eos).sum())
            loss = nats / tokens
            figures = {"validation_loss": loss, "perplexity": math.exp(min(loss, 700.0))}
            said, forgotten = "", 0.0
            if self.rehearsal is not None:
                figures["forgotten_nats_per_note"] = forgotten = self.rehearsal.forgotten(self.model)
                said = f", old songs {forgotten:+.4f}"
            self.log(
                self.progress.epoch, self.optimizer.param_groups[0]["lr"], **figures,
                validation_nats_per_note=nats / max(1, tokens - rests),
            )  # fmt: skip
            learned = f"training {self.progress.train_loss:.3f}, " if self.progress.step else "before learning: "
            said = f"epoch {self.progress.epoch}: {learned}validation {loss:.4f}{said}"
            self.console.print(said, highlight=False)
            self.progress.worse += 1
            if loss < self.progress.best and forgotten <= self.settings.forgotten:
                self.progress.best, self.progress.best_epoch, self.progress.worse = loss, self.progress.epoch, 0
                weights = self.processes.full_model(self.model)
                if self.processes.rank == 0:
                    meta = {
                        **asdict(self.settings),
                        "step": self.progress.step,
                        "tokens": self.progress.tokens,
                        **figures,
                    }
                    checkpoint.save(self.folder, weights, self.tokenizer, meta, licence=licence(self.settings))

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """Put the averaged weights in the model's place for a while."""
        own = [weight.detach().clone() for weight in self.model.parameters()] if self.average else []
        _copy(self.average, self.model)
        yield
        _copy(own, self.model)

    def save(self) -> None:
        """Save the state to go on from (rank 0 writes)."""
        tensors = self.processes.state(self.model, self.optimizer)
        tensors |= {
            "average": self.average,
            "scaler": self.scaler.state_dict(),
            "random": torch.get_rng_state(),
        }
        if self.processes.device.type == "cuda":
            tensors["random_cuda"] = torch.cuda.get_rng_state()
        if self.processes.rank == 0:
            save_state(self.folder, self.settings, self.progress, tensors)
        self.processes.wait()

    def resume(self) -> None:
        """Take up the state that the folder holds, if it holds one."""
        saved = load_state(self.folder, self.settings)
        if saved is None:
            return
        self.progress, tensors = saved
        self.processes.restore(self.model, self.optimizer, tensors)
        for mine, kept in zip(self.average, tensors["average"], strict=True):
            mine.copy_(kept)
        self.scaler.load_state_dict(tensors["scaler"])
        self.console.print(f"{self.folder}: going on after step {self.progress.step}")


def _copy(weights: Sequence[Tensor], model: GPT) -> None:
    for weight, value in zip(model.parameters(), weights, strict=False):
        weight.data.copy_(value)


def _precision(
    settings: TrainSettings, device: torch.device
) -> tuple[Callable[[], AbstractContextManager[Any]], torch.amp.GradScaler]:
    """Return the context to compute in and the scaler that half precision needs."""
    wanted = settings.precision
    if wanted == "auto":
        bfloat = device.type == "cuda" and torch.cuda.is_bf16_supported()
        wanted = "bfloat16" if bfloat else "float16" if device.type == "cuda" else "float32"
    dtype = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}[wanted]
    scaler = torch.amp.GradScaler(device.type, enabled=wanted == "float16" and device.type == "cuda")
    enabled = dtype != torch.float32
    return lambda: torch.autocast(device.type, dtype=dtype if enabled else None, enabled=enabled), scaler


def _out_of_memory(settings: TrainSettings) -> UserError:
    return UserError(
        f"out of memory; the last good checkpoint stands in {settings.out}: raise accumulate (now "
        f"{settings.accumulate}), which costs no exactness, or lower batch_tokens or batch_windows"
    )

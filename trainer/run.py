"""One training run: what a step learns, what a validation keeps, and the state to go on from.

The loop is plain (in the spirit of Karpathy's nanoGPT): AdamW, a rate that rises and falls, clipping, parts
that are accumulated.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from torch import Tensor, nn

from engine import checkpoint
from engine.errors import UserError
from engine.model import GPT
from engine.tokenizer import Tokenizer
from trainer.batch import IGNORED, Batch
from trainer.build import licence
from trainer.data import SongData
from trainer.loss import losses
from trainer.plan import Plan
from trainer.processes import Processes
from trainer.rehearsal import Rehearsal
from trainer.settings import TrainSettings
from trainer.state import Progress, load_state, save_state
from trainer.stream import StreamData
from trainer.style_strength import strengthened
from trainer.watch import Show

Data = SongData | StreamData

_LOG_STEPS = 50


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
            nats, tokens, notes = self._scored(validation)
            loss = nats / tokens
            figures = {"validation_loss": loss, "perplexity": math.exp(min(loss, 700.0))}
            said, forgotten = "", 0.0
            if self.rehearsal is not None:
                figures["forgotten_nats_per_note"] = forgotten = self.rehearsal.forgotten(self.model)
                said = f", old songs {forgotten:+.4f}"
            self.log(
                self.progress.epoch, self.optimizer.param_groups[0]["lr"], **figures,
                validation_nats_per_note=nats / max(1, notes),
            )  # fmt: skip
            learned = f"training {self.progress.train_loss:.3f}, " if self.progress.step else "before learning: "
            said = f"epoch {self.progress.epoch}: {learned}validation {loss:.4f}{said}"
            self.console.print(said, highlight=False)
            self.progress.worse += 1
            if loss < self.progress.best and forgotten <= self.settings.forgotten:
                self.progress.best, self.progress.best_epoch, self.progress.worse = loss, self.progress.epoch, 0
                self._keep(figures)

    def _scored(self, validation: Data) -> tuple[float, int, int]:
        """Return the nats of the validation part, and of how many tokens and notes they are."""
        self.wrapped.eval()
        nats, tokens, rests = 0.0, 0, 0
        for items in validation.plain_batches():
            batch = validation.collate(items).to(self.processes.device)
            with self.autocast():
                nats += float(self.charged(batch)[1])
            tokens += int((batch.tokens != IGNORED).sum())
            rests += int((batch.tokens == self.tokenizer.rest).sum()) if self.tokenizer.rest else 0
            rests += int((batch.tokens == self.tokenizer.eos).sum())
        return nats, tokens, tokens - rests

    def _keep(self, figures: Mapping[str, float]) -> None:
        """Save the weights as they are as the run's checkpoint (rank 0 writes)."""
        weights = self.processes.full_model(self.model)
        if self.processes.rank == 0:
            counted = {"step": self.progress.step, "tokens": self.progress.tokens}
            meta = {**asdict(self.settings), **counted, **figures}
            styles, strength = len(self.tokenizer.styles), self.settings.style_strength
            with strengthened(weights, styles, strength) as kept:
                checkpoint.save(self.folder, kept, self.tokenizer, meta, licence=licence(self.settings))

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

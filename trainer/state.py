"""What a run leaves on disk: its state for resuming, its log, and the best checkpoint so far.

Everything is written under another name and renamed when whole, so that what stands there is always good.
"""

from __future__ import annotations

import csv
import errno
import io
import pickle
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch

from engine.errors import UserError
from engine.files import write_whole
from trainer.settings import TrainSettings

STATE, LOG = "state.pt", "log.csv"
LOG_COLUMNS = (
    "step", "epoch", "tokens", "seconds", "learning_rate", "train_loss", "validation_loss", "perplexity",
    "validation_nats_per_note", "forgotten_nats_per_note",
)  # fmt: skip
# Settings that may differ between a run and its resumption.
_FREE = ("out", "licence", "device", "save_steps", "parallel", "accumulate")


@dataclass
class Progress:
    """Count how far a run is.

    batch: batches done of the epoch; seconds: of training, over all resumptions; best: the lowest validation
    loss, worse: the validations since then; nats, nats_tokens: since the last row of the log; train_loss: of it.
    """

    epoch: int = 0
    batch: int = 0
    step: int = 0
    tokens: int = 0
    seconds: float = 0.0
    best: float = float("inf")
    best_epoch: int = 0
    worse: int = 0
    train_loss: float = float("nan")
    nats: float = 0.0
    nats_tokens: int = 0
    log: list[dict[str, Any]] = field(default_factory=list)


def require_writable(folder: Path) -> None:
    """Raise UserError when nothing can be written to a run's folder, before hours are spent; leave no trace."""
    there = folder.absolute()
    while not there.exists():
        there = there.parent
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        raise UserError(f"--out {folder}: nothing can be written there ({error.strerror}); name another") from None


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file so that its name always holds a whole one; raise UserError when the disk refuses."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, data)
    except OSError as error:
        full = "the disk is full" if error.errno == errno.ENOSPC else error.strerror
        raise UserError(
            f"{path}: not written, {full}; what was saved before still stands: make room and run the same again"
        ) from None


def write_log(folder: Path, progress: Progress) -> None:
    """Write the losses so far as CSV; empty where a row has no such figure."""
    text = io.StringIO()
    writer = csv.DictWriter(text, LOG_COLUMNS)
    writer.writeheader()
    writer.writerows(progress.log)
    write_atomically(folder / LOG, text.getvalue().encode())


def save_state(folder: Path, settings: TrainSettings, progress: Progress, tensors: dict[str, Any]) -> None:
    """Save all that the run's next step depends on; raise UserError when the disk refuses."""
    data = io.BytesIO()
    plain = {"settings": asdict(settings), "progress": asdict(progress), "tensors": tensors}
    torch.save(plain, data)
    write_atomically(folder / STATE, data.getvalue())
    write_log(folder, progress)


def load_state(folder: Path, settings: TrainSettings) -> tuple[Progress, dict[str, Any]] | None:
    """Return what `save_state` saved, or None when the folder holds no run.

    Raises UserError when the run in the folder was made with other settings, or cannot be read.
    """
    path = folder / STATE
    if not path.is_file():
        return None
    try:
        saved = torch.load(path, map_location="cpu", weights_only=True)
        theirs, ours = saved["settings"], asdict(settings)
        progress, tensors = Progress(**saved["progress"]), saved["tensors"]
    except (OSError, RuntimeError, KeyError, TypeError, EOFError, pickle.UnpicklingError) as error:
        raise UserError(f"{path}: not readable ({str(error).splitlines()[0]}); remove it to begin anew") from None
    usual = asdict(TrainSettings())
    for key in ours:
        theirs.setdefault(key, usual[key])  # a run from before this setting was there
        if key not in _FREE and theirs[key] != ours[key]:
            raise UserError(
                f"{folder}: holds a run with {key}: {theirs[key]}, now it is {ours[key]}; "
                "restore the setting, or choose another out"
            )
    return progress, tensors

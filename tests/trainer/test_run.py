"""The training loop: resumed equals uninterrupted, many processes equal one, and what ends it."""

from __future__ import annotations

import math
import os
import socket
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch

from engine.checkpoint import load
from engine.errors import UserError
from tests.paths import ROOT
from tests.trainer.runs import same, weights
from tests.trainer.songs import SONGS, TINY
from trainer.run import Run
from trainer.train import fit


@pytest.mark.parametrize("stop_after", [1, 4, 7])
def test_interrupted_and_resumed_equals_uninterrupted(
    stop_after: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever a run is interrupted, going on gives the same weights, log and best loss to the last bit."""
    whole = fit(replace(TINY, out=str(tmp_path / "whole"), save_steps=1), SONGS)
    cut = replace(TINY, out=str(tmp_path / "cut"), save_steps=1)
    step = Run.step

    def interrupted(self: Run, *arguments: object) -> None:
        if self.progress.step == stop_after:
            raise KeyboardInterrupt
        step(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Run, "step", interrupted)
    with pytest.raises(KeyboardInterrupt):
        fit(cut, SONGS)
    monkeypatch.setattr(Run, "step", step)
    resumed = fit(cut, SONGS)
    assert same(weights(whole), weights(resumed))
    assert load(whole, "cpu").meta["validation_loss"] == load(resumed, "cpu").meta["validation_loss"]
    seconds = slice(4)
    rows = [(folder / "log.csv").read_text().splitlines() for folder in (whole, resumed)]
    assert [line.split(",")[seconds][:3] for line in rows[0]] == [line.split(",")[seconds][:3] for line in rows[1]]
    assert [line.split(",")[5:] for line in rows[0]] == [line.split(",")[5:] for line in rows[1]]


def test_accumulated_parts_equal_one_batch(tmp_path: Path) -> None:
    """Cutting a step into parts changes nothing but the memory that it takes."""
    plain = replace(TINY, dropout=0.0)
    one = fit(replace(plain, out=str(tmp_path / "one")), SONGS)
    many = fit(replace(plain, out=str(tmp_path / "many"), accumulate=3), SONGS)
    assert same(weights(one), weights(many), 2e-4)


@pytest.mark.parametrize("parallel", ["ddp", "fsdp"])
def test_two_processes_equal_one(parallel: str, tmp_path: Path) -> None:
    """Two gloo processes learn the same as one at the same global batch."""
    plain = replace(TINY, dropout=0.0, epochs=1, ema=0.0)
    one = fit(replace(plain, out=str(tmp_path / "one")), SONGS)
    two = replace(plain, out=str(tmp_path / "two"), parallel=parallel)
    program = (
        "from tests.trainer.songs import SONGS; from trainer.settings import TrainSettings;"
        "from trainer.train import fit; import torch; torch.set_num_threads(1);"
        f"fit(TrainSettings(**{asdict(two)!r}), SONGS)"
    )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    root = ROOT
    shared = os.environ | {
        "WORLD_SIZE": "2",
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
        "OMP_NUM_THREADS": "1",
    }
    running = [
        subprocess.Popen([sys.executable, "-c", program], cwd=root, env=shared | {"RANK": str(rank)})
        for rank in range(2)
    ]
    assert [process.wait(timeout=300) for process in running] == [0, 0]
    assert same(weights(one), weights(Path(two.out)), 2e-4)
    assert load(one, "cpu").meta["validation_loss"] == pytest.approx(
        load(two.out, "cpu").meta["validation_loss"], abs=1e-4
    )


def test_a_loss_that_is_no_number_leaves_the_last_good_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NaN ends the run with a sentence; checkpoint and state from before stand."""
    settings = replace(TINY, out=str(tmp_path))
    step = Run.step

    def poisoned(self: Run, *arguments: object) -> None:
        if self.progress.epoch == 1:
            with torch.no_grad():
                self.model.ln_f.weight.fill_(math.nan)
        step(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Run, "step", poisoned)
    with pytest.raises(UserError, match=r"loss is nan.*learning_rate"):
        fit(settings, SONGS)
    assert all(torch.isfinite(tensor).all() for tensor in weights(tmp_path).values())
    assert math.isfinite(load(tmp_path, "cpu").meta["validation_loss"])

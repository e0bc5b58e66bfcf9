"""Loss curves of runs, read and drawn."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import UserError
from trainer import plot as plot_module
from trainer import state
from trainer.cli import main
from trainer.plot import read_curves


def write_log(folder: Path) -> Path:
    folder.mkdir()
    rows = [
        "step,epoch,tokens,seconds,learning_rate,train_loss,validation_loss",
        "0,0.0,0,0,0,3.9,",
        "9,0.5,500,1,0,2.0,",
        "18,1.0,1000,2,0,1.5,1.7",
        "36,2.0,2000,4,0,1.2,1.6",
    ]
    (folder / "log.csv").write_text("\n".join(rows) + "\n")
    return folder


def test_plot_reads_both_curves_and_the_tokens_of_an_epoch(tmp_path: Path) -> None:
    curves = read_curves(write_log(tmp_path / "run"))
    assert curves.training[-1] == (2.0, 1.2)
    assert curves.validation == [(1.0, 1.7), (2.0, 1.6)]
    assert curves.tokens_per_epoch == 1000
    assert plot_module.LOG == state.LOG


def test_plot_draws_training_solid_validation_dashed_epochs_below_tokens_above(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    drawn = []
    monkeypatch.setattr(plot_module, "save_png", lambda figure, path: drawn.append((figure, path)))
    assert main(["plot", str(write_log(tmp_path / "run"))]) == 0
    [(figure, path)] = drawn
    assert path == tmp_path / "run" / "losses.png"
    [axes] = figure.axes
    assert [line.get_linestyle() for line in axes.lines] == ["-", "--"]
    assert axes.get_xlabel() == "epoch"
    [above] = axes.child_axes
    assert "tokens" in above.get_xlabel()


def test_a_folder_that_holds_no_run_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be read"):
        read_curves(tmp_path)
    (tmp_path / "log.csv").write_text("a,b\n1,2\n")
    with pytest.raises(UserError, match="no log"):
        read_curves(tmp_path)

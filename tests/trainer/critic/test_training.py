"""The command draws drafts, trains, and writes weights that the engine reads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from engine.notes import Note
from engine.planning.critic import Critic
from tests.corpusfiles import abc_songs
from tests.tiny import write_tiny
from trainer.cli import main
from trainer.critic.training import apart


def test_a_tune_is_held_out_whole_or_not_at_all() -> None:
    """Every call is on one side, some on each, and none of a tune of the other side."""
    tunes = [number % 40 for number in range(100)]
    held, learned = apart(tunes)
    assert sorted(held + learned) == list(range(100))
    assert held
    assert learned
    assert not {tunes[number] for number in held} & {tunes[number] for number in learned}


@pytest.mark.timeout(120)
def test_the_command_draws_trains_and_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A few tunes and an untrained model are enough for weights that score a candidate; drafts are kept."""
    (tmp_path / "tunes.abc").write_text(abc_songs(40))
    write_tiny(tmp_path / "tiny", context=256)
    out, kept = tmp_path / "critic.safetensors", tmp_path / "drafts.json"
    arguments = ["critic", "--data", str(tmp_path / "tunes.abc"), "--checkpoint", str(tmp_path / "tiny")]
    arguments += ["--calls", "24", "--out", str(out), "--keep", str(kept)]
    assert main(arguments) == 0
    assert "24 calls" in capsys.readouterr().err
    first = load_file(out)
    notes = (Note(60, 1.0), Note(62, 1.0))
    assert np.isfinite(Critic.load(out).scores(notes, [notes], None, [None])[0])
    assert main(arguments) == 0
    assert all(np.array_equal(tensor, first[name]) for name, tensor in load_file(out).items())


def test_too_few_calls_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A source without phrases says so instead of training on nothing."""
    (tmp_path / "tunes.abc").write_text(abc_songs(2, phrases=2))
    assert main(["critic", "--data", str(tmp_path / "tunes.abc"), "--out", str(tmp_path / "x")]) == 2
    assert "too few" in capsys.readouterr().err

"""The critic learns to tell what differs, and the command writes weights that the engine reads."""

from __future__ import annotations

import math
import random
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from engine.notes import Metre, Note
from engine.planning.critic import Critic
from engine.planning.figures import NAMES
from tests.corpusfiles import abc_songs
from tests.tiny import write_tiny
from trainer.calls import Call, Drafted
from trainer.cli import main
from trainer.critic import calibrated, fit, rows_of, spoilt, told


def rows(seed: int, calls: int = 120, drafts: int = 3) -> np.ndarray:
    """Return figures of which the third tells reals (about 1) from drafts (about 0), the fourth is unknown."""
    rng = np.random.default_rng(seed)
    found = rng.normal(size=(calls, 1 + drafts, len(NAMES))).astype(np.float32)
    found[:, :, 2] *= 0.5
    found[:, 0, 2] += 1.5
    found[:, :, 3] = np.nan
    return found


def test_it_learns_what_tells_reals_from_drafts() -> None:
    """On others of the same kind it tells most, and more of the telling figure means higher odds."""
    tensors = fit(rows(1), seed=1)
    critic = Critic(tensors)
    share, nats = told(critic, rows(2))
    assert share > 0.85
    assert nats < 1.0 < math.log(4)
    steps = [[0.0] * len(NAMES) for _ in range(5)]
    for value, row in enumerate(steps):
        row[2] = float(value) - 1.0
    odds = critic.weigh(steps)
    assert list(odds) == sorted(odds)


def test_ends_are_told_by_the_tunes_own_key() -> None:
    """A call in C by itself, of a tune in G, goes home to G."""
    call = tuple(Note(pitch, 1.0) for pitch in (60, 62, 64, 65, 67, 64, 60))
    real = (Note(69, 1.0), Note(67, 1.0), Note(67, 2.0))
    home = NAMES.index("ends_on_tonic")
    for key, ends in ((None, 0.0), ((7, False), 1.0)):
        drafted = Drafted(Call(0, call, real, Metre(4.0, 0.0, 1.0), key), None, (call,), (-1.0, -2.0))
        assert rows_of([drafted])[0, :, home].tolist() == [ends, 1.0 - ends]


def test_its_odds_are_those_among_the_drafts_of_one_call() -> None:
    """Drafts weighed by them have the reals' mean, however far one call's figures lie from another's."""
    kept = rows(3, 800, 15)
    kept[:, 0, 2] = kept[:, 0, 2] - 1.5 + 0.5  # within the reach of drafts
    kept[:, :, 5] = np.random.default_rng(4).normal(size=(800, 1))  # alike within a call: says nothing
    tensors = calibrated(fit(kept[200:], seed=1), kept[:200], np.zeros(kept[:200].shape[:2], np.float32))
    kept = kept[:200]
    odds = Critic(tensors).weigh(kept.reshape(-1, len(NAMES)).tolist()).reshape(kept.shape[:2])
    weights = np.exp(odds[:, 1:] - odds[:, 1:].max(1, keepdims=True))
    weighed = (weights * kept[:, 1:, 2]).sum(1) / weights.sum(1)
    assert abs(float(weighed.mean() - kept[:, 0, 2].mean())) < 0.15
    assert abs(float(kept[:, 1:, 2].mean() - kept[:, 0, 2].mean())) > 0.4


def test_what_leans_beside_it_is_not_learned_twice() -> None:
    """Where the leans tell all that there is to tell, the net has nothing to add."""
    kept = rows(5, 300, 7)
    leans = 6.0 * (kept[:, :, 2] - 0.75).astype(np.float32)
    with_leans, without = (Critic(fit(kept, 1, leans=each, epochs=40)) for each in (leans, None))
    steps = [[0.0] * len(NAMES) for _ in range(2)]
    steps[1][2] = 1.5
    (low, high), (below, above) = with_leans.weigh(steps), without.weigh(steps)
    assert high - low < 0.35 * (above - below)


def test_the_same_seed_gives_the_same_weights() -> None:
    """Training is a function of rows and seed."""
    one, same, other = (fit(rows(1, 20), seed) for seed in (1, 1, 2))
    assert all(np.array_equal(one[name], same[name]) for name in one)
    assert any(not np.array_equal(one[name], other[name]) for name in one)


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
    assert np.isfinite(Critic.load(out).score(notes, notes, None))
    assert main(arguments) == 0
    assert all(np.array_equal(tensor, first[name]) for name, tensor in load_file(out).items())


def test_too_few_calls_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A source without phrases says so instead of training on nothing."""
    (tmp_path / "tunes.abc").write_text(abc_songs(2, phrases=2))
    assert main(["critic", "--data", str(tmp_path / "tunes.abc"), "--out", str(tmp_path / "x")]) == 2
    assert "too few" in capsys.readouterr().err


def test_a_spoilt_melody_is_no_longer_itself_and_no_shorter() -> None:
    """Every fault keeps the notes' number, changes something, and leaves lengths that can be played."""
    notes = tuple(Note(60 + 2 * (index * 3 % 7), 1.0 + index % 2) for index in range(12))
    changed = [spoilt(notes, random.Random(seed)) for seed in range(40)]
    assert all(len(each) == len(notes) and each != notes for each in changed)
    assert all(note.duration_beats > 0.0 and note.rest_beats >= 0.0 for each in changed for note in each)
    rhythms = {tuple((note.duration_beats, note.rest_beats) for note in each) for each in changed}
    assert len(rhythms) > 5

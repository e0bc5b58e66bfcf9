"""The metre's net is trained on what it will hear, and heard one note at a time as it was trained."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from engine.bars import states_before
from engine.metre import Posterior
from engine.metre_net import Net
from engine.notes import Note, Song
from tests.corpusfiles import abc_songs
from trainer.bars import heard, positions_of
from trainer.cli import main
from trainer.corpus import read_songs
from trainer.metre import MetreNet, save


def songs(folder: Path, count: int = 4) -> list[Song]:
    """Return random tunes in 3/4."""
    (folder / "tunes.abc").write_text(abc_songs(count))
    return read_songs(folder / "tunes.abc").songs


def test_the_net_hears_one_note_at_a_time_what_it_learned_from_whole_tunes(
    tmp_path: Path,
) -> None:
    """The filter in numpy and the one that is trained believe the same, after every note."""
    song = songs(tmp_path)[0]
    torch.manual_seed(0)
    net = MetreNet().eval()
    tensors = {name: tensor.numpy().astype(np.float32) for name, tensor in net.tensors().items()}
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.copy_(parameter.half().float())
    assert song.metre is not None
    one = heard(song.notes, positions_of(song), [song.metre] * len(song.notes))
    with torch.inference_mode():
        rows, places = torch.from_numpy(one.rows.astype(np.int64)), torch.from_numpy(one.places)
        learned = net(rows[None], places[None])[0].exp().numpy()
    posterior = Posterior(Net(tensors))
    for index in range(len(song.notes)):
        posterior.follow(song.notes[: index + 1])
        now = learned[index][states_before(int(one.places[index]))]
        assert np.allclose(posterior.probabilities(), now, atol=1e-5)


@pytest.mark.timeout(120)
def test_the_command_writes_weights_that_the_engine_reads(tmp_path: Path) -> None:
    """One epoch on a few tunes gives a file that loads and follows a melody."""
    (tmp_path / "tunes.abc").write_text(abc_songs(60))
    out = tmp_path / "run" / "metre.safetensors"
    assert main(["metre", "--data", str(tmp_path / "tunes.abc"), "--out", str(out), "--epochs", "1"]) == 0
    posterior = Posterior(Net.load(out))
    posterior.follow([Note(60, 1.0), Note(62, 1.0)])
    assert posterior.beliefs()[0].probability > 0.0


def test_training_goes_on_from_weights(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A net takes over what another has learned, and says so of a file that holds no such net."""
    torch.manual_seed(0)
    one, other = MetreNet(), MetreNet()
    save(one, tmp_path / "one.safetensors", {})
    other.take(tmp_path / "one.safetensors")
    assert all(torch.equal(weight, other.tensors()[name]) for name, weight in one.tensors().items())
    (tmp_path / "tunes.abc").write_text(abc_songs(60))
    wrong = tmp_path / "wrong.safetensors"
    wrong.write_bytes(b"none")
    command = ["metre", "--data", str(tmp_path / "tunes.abc"), "--out", str(tmp_path / "x"), "--start", str(wrong)]
    assert main(command) == 2
    assert "wrong.safetensors: no weights of this net" in capsys.readouterr().err

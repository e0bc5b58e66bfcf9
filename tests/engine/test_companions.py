"""A checkpoint is played with the nets in its folder, else with those that ship: engine/companions.py."""

from __future__ import annotations

import importlib.resources
import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from engine.checkpoint_folder import known
from engine.companions import METRE, critic, metre_net, take_along
from engine.errors import UserError
from engine.improviser import Improviser
from engine.installed import CRITIC
from engine.metre_net import Net
from engine.start import playable

PRESETS = Path(str(importlib.resources.files("presets")))


def another_net(folder: Path) -> None:
    """Write a net that believes something else at the start."""
    tensors = load_file(PRESETS / "metre" / METRE)
    tensors["start"] = tensors["start"] + np.arange(len(tensors["start"]), dtype=tensors["start"].dtype)
    save_file(tensors, folder / METRE)


def test_without_nets_of_its_own_a_checkpoint_has_the_shipped_ones(tmp_path: Path) -> None:
    """Most folders hold none."""
    assert np.array_equal(metre_net(tmp_path).start, Net.shipped().start)
    critic(tmp_path)


def test_a_net_in_the_folder_is_taken(tmp_path: Path) -> None:
    """And one that is broken is a sentence, not a silent other net."""
    another_net(tmp_path)
    assert not np.array_equal(metre_net(tmp_path).start, Net.shipped().start)
    (tmp_path / CRITIC).write_bytes(b"no weights")
    with pytest.raises(UserError, match="not readable"):
        critic(tmp_path)


def test_a_run_that_begins_from_a_checkpoint_takes_its_nets_along(tmp_path: Path) -> None:
    """Where it has one, that one; what it has not is not made up."""
    for name in ("songbook", "mine"):
        (tmp_path / name).mkdir()
    shutil.copyfile(PRESETS / "critic" / CRITIC, tmp_path / "songbook" / CRITIC)
    take_along(tmp_path / "songbook", tmp_path / "mine")
    assert [file.name for file in (tmp_path / "mine").iterdir()] == [CRITIC]
    take_along(tmp_path / "mine", tmp_path / "mine")


def test_a_broken_critic_is_told_at_the_start(tmp_path: Path) -> None:
    """Not by the first answer, which would stay away."""
    copy = Path(shutil.copytree(known()["songbook"], tmp_path / "copy"))
    (copy / CRITIC).write_bytes(b"no weights")
    with pytest.raises(UserError, match=r"critic\.safetensors.*not readable"):
        Improviser(playable(copy), 0)

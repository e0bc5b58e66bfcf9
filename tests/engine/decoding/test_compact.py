"""A compact checkpoint without PyTorch: the same notes, the same refusals."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from engine.checkpoint import load
from engine.checkpoint_folder import resolve
from engine.decoding.compact import UnreadableHereError, load_compact
from engine.errors import UserError
from engine.improviser import Improviser
from engine.messages import Goal, Sampling
from engine.planning.planner import Asked
from tests.goldens import CALL
from tests.paths import ROOT
from tests.tiny import write_tiny


@pytest.mark.parametrize("name", ["essen", "essen-pitch", "songbook"])
def test_it_plays_the_notes_that_the_reference_plays(name: str) -> None:
    """The likeliest notes of a long answer, and a plan of many drafts, are those that PyTorch comes to."""
    answers = []
    for checkpoint in (load(name, "cpu"), load_compact(resolve(name))):
        improviser = Improviser(checkpoint, 0)
        improviser.sync(0, CALL)
        goal = Goal(length_beats=8.0, call_notes=len(CALL), rhythm=((1.0, 0.0), (0.5, 0.0)))
        plan = improviser.plan(Asked(Sampling(), goal, 3, 6, 24))
        assert plan is not None
        improviser.begin(Sampling(temperature=0.0), endless=True)
        answers.append([*plan.notes, *(improviser.draw().note for _ in range(24))])
    assert answers[0] == answers[1]


def test_an_engine_with_the_default_model_never_imports_torch() -> None:
    """Started, warmed up, listening, finding bars, planning and drawing: numpy is all that it computes with."""
    code = (
        "import sys; from engine.server import start; from engine.messages import BarEvidence, Goal, Sampling; "
        "from engine.planning.planner import Asked; from engine.notes import Note; "
        "improviser, _ = start('essen', 'auto', 1); "
        "improviser.sync(0, [Note(60 + index % 5, 0.5) for index in range(12)]); "
        "improviser.bars(Goal(call_notes=12), BarEvidence(), over=True); improviser.phrase_end(); "
        "plan = improviser.plan(Asked(Sampling(closeness=0.5), Goal(length_beats=4.0, call_notes=12), 1, 3, 16)); "
        "improviser.enter(plan); improviser.begin(Sampling(), Goal(), 5); improviser.draw(); "
        "print([name for name in sys.modules if name.split('.')[0] in ('torch', 'transformers')])"
    )
    out = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data.pop("format"),
        lambda data: data["model"].update(nonsense=1),
        lambda data: data["tokenizer"].update(high=95),
        lambda data: data["model"].update(context=65),
        lambda data: data["model"].update(n_layer=3),
        lambda data: data["model"].update(n_layer=1),
    ],
)
def test_what_does_not_fit_is_refused_in_the_same_words(
    tmp_path: Path, spoil: Callable[[dict[str, Any]], object]
) -> None:
    """A config that is not that of the weights is refused as PyTorch's way refuses it."""
    folder = write_tiny(tmp_path / "tiny")
    data = json.loads((folder / "config.json").read_text())
    spoil(data)
    (folder / "config.json").write_text(json.dumps(data))
    with pytest.raises(UserError) as expected:
        load(folder, "cpu")
    with pytest.raises(UserError) as refused:
        load_compact(folder)
    assert str(refused.value) == str(expected.value)


def test_damaged_weights_are_refused(tmp_path: Path) -> None:
    """A file that is cut short ends in a sentence with the next step."""
    file = write_tiny(tmp_path / "tiny") / "model.safetensors"
    file.write_bytes(file.read_bytes()[:1000])
    with pytest.raises(UserError, match=r"not readable as safetensors .* copy or download it again"):
        load_compact(file.parent)


def test_weights_that_numpy_does_not_know_are_no_fault_of_theirs(tmp_path: Path) -> None:
    """In bfloat16 a checkpoint is whole, and PyTorch reads it."""
    file = write_tiny(tmp_path / "tiny") / "model.safetensors"
    save_file({name: tensor.to(torch.bfloat16) for name, tensor in load_file(file).items()}, file)
    with pytest.raises(UnreadableHereError, match="bfloat16"):
        load_compact(file.parent)


def test_weights_that_were_replaced_are_what_is_played(tmp_path: Path) -> None:
    """What is folded of them is stored nowhere, so a checkpoint's fast form is never that of another training."""
    said = []
    for seed in (0, 1):
        folder = write_tiny(tmp_path / "tiny", "pitch", seed=seed)
        fast, reference = load_compact(folder).decoder(), load(folder, "cpu").decoder()
        for decoder in (fast, reference):
            decoder.append([[1] * len(load_compact(folder).config.features)])
        np.testing.assert_allclose(fast.token_logits(1), reference.token_logits(1), atol=1e-4, rtol=1e-4)
        said.append(fast.token_logits(1))
    assert not np.allclose(said[0], said[1], atol=1e-2)


def test_a_checkpoint_of_a_later_version_is_refused_with_what_to_do(tmp_path: Path) -> None:
    """By its format, or by what its config has that this version does not know; nothing is guessed."""
    folder = write_tiny(tmp_path / "tiny")
    data = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**data, "format": 2}))
    with pytest.raises(UserError, match="format 2, this program reads format 1; update melody-bridge"):
        load_compact(folder)
    (folder / "config.json").write_text(json.dumps({**data, "model": {**data["model"], "rotary": True}}))
    with pytest.raises(UserError, match="unknown entries rotary; made by a newer version"):
        load_compact(folder)

"""A sheet of continuations, whole or not at all."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from engine.errors import UserError
from engine.messages import Sampling
from tests.corpusfiles import abc_songs
from tests.tiny import write_tiny
from trainer.cli import main
from trainer.sample import SheetOptions


def test_sample_writes_a_midi_file_a_song_and_a_picture(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "tunes.abc").write_text(abc_songs(60))
    model = write_tiny(tmp_path / "model")
    argv = ["sample", str(model), "--data", str(tmp_path / "tunes.abc"), "--out", str(tmp_path / "sheet")]
    assert main([*argv, "--songs", "2", "--notes", "5", "--device", "cpu"]) == 0
    files = sorted(path.name for path in (tmp_path / "sheet").iterdir())
    assert files[-1] == "sheet.png"
    assert [name[:3] for name in files[:-1]] == ["01-", "02-"]
    capsys.readouterr()
    assert main(["evaluate", str(model), "--data", str(tmp_path / "sheet"), "--part", "all", "--json", "-"]) == 0
    assert json.loads(capsys.readouterr().out)["notes"] == 2 * (8 + 5)
    assert main(argv) == 2
    assert "exists already" in capsys.readouterr().err


def test_what_is_not_named_is_drawn_as_in_live_play() -> None:
    """Temperature and top-k override their defaults alone."""
    options = SheetOptions("m", "d")
    assert options.sampling == Sampling()
    assert replace(options, temperature=0.0, top_k=3).sampling == Sampling(temperature=0.0, top_k=3)


@pytest.mark.parametrize(("field", "value"), [("notes", 0), ("temperature", 11.0), ("top_k", -1), ("songs", 0)])
def test_a_value_out_of_range_names_its_flag(field: str, value: float) -> None:
    """Before a model is loaded."""
    with pytest.raises(UserError, match=f"--{field.replace('_', '-')} {value:g}"):
        replace(SheetOptions("m", "d"), **{field: value})  # type: ignore[arg-type]

"""Continuations beside the real ones: the same notes for the same seed, compared by setting."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from engine.errors import UserError
from tests.corpusfiles import abc_songs
from tests.tiny import write_tiny
from trainer.cli import main
from trainer.continuations import Continuing, songs_to_continue
from trainer.corpus import read_songs


def test_continuations_compare_settings_and_name_the_closest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "tunes.abc").write_text(abc_songs(60))
    model = write_tiny(tmp_path / "model")
    argv = ["continuations", str(model), "--data", str(tmp_path / "tunes.abc"), "--songs", "2", "--device", "cpu"]
    assert main([*argv, "--grid", "--json", "-"]) == 0
    report = json.loads(capsys.readouterr().out)
    distances = [setting["distance"] for setting in report["settings"]]
    assert report["closest"] == report["settings"][distances.index(min(distances))]["sampling"]
    assert report["real"]["interval_divergence"] == 0.0
    real_notes = report["real"]["notes"]
    assert all(setting["notes"] == real_notes for setting in report["settings"])
    assert main([*argv, "--json", "-"]) == 0
    again = json.loads(capsys.readouterr().out)
    assert again["settings"][0] == report["settings"][0]


def test_the_same_seed_continues_the_same_songs_each_with_a_seed_of_its_own(tmp_path: Path) -> None:
    """Another seed draws other songs; a song's seed does not depend on how many there are."""
    (tmp_path / "tunes.abc").write_text(abc_songs(200))
    songs = read_songs(tmp_path / "tunes.abc").songs
    options = Continuing("m", "d", part="all", songs=5)
    quiet = Console(quiet=True)
    drawn, part = songs_to_continue(songs, options, quiet)
    assert (len(drawn), part) == (5, "all")
    assert songs_to_continue(songs, options, quiet)[0] == drawn
    assert songs_to_continue(songs, replace(options, seed=1), quiet)[0] != drawn
    assert len({options.seed_of(index) for index in range(9)}) == 9


@pytest.mark.parametrize("field", ["songs", "prompt_notes"])
def test_nothing_to_continue_is_refused(field: str) -> None:
    """The sentence names the flag."""
    with pytest.raises(UserError, match=f"--{field.replace('_', '-')} 0"):
        replace(Continuing("m", "d"), **{field: 0})  # type: ignore[arg-type]

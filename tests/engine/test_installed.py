"""The checkpoints that are installed, and the words on what they may be used for."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.installed import UNSTATED, Installed, installed, known, licence_of, name_of


def test_every_checkpoint_that_ships_says_what_it_may_be_used_for() -> None:
    """Whoever sells a record must know before he plays; four words with the name, or five."""
    assert {"essen", "essen-pitch"} <= set(known())
    for name in known():
        assert licence_of(name) != UNSTATED
        assert 3 <= len(f"{name}: {licence_of(name)}".split()) <= 5


@pytest.mark.parametrize("config", ["{}", "[]", "no json", '{"licence": 3}', '{"licence": " "}', None])
def test_a_config_without_the_words_is_no_error(tmp_path: Path, config: str | None) -> None:
    """That it says nothing is what is to be said; a broken one is named by whoever loads it."""
    if config is not None:
        (tmp_path / "config.json").write_text(config)
    assert licence_of(tmp_path) == UNSTATED


def test_what_can_be_asked_for_is_what_ships_and_what_a_session_begins_with(tmp_path: Path) -> None:
    """One's own by its folder's name; where one that ships has that name, by what was given: both are there."""
    assert installed("essen") == installed("") == installed()
    assert set(installed()) == set(known())
    assert installed()["essen"].weights_bytes > 1_000_000
    own, namesake = tmp_path / "mine", tmp_path / "essen"
    for folder in (own, namesake):
        folder.mkdir()
        (folder / "config.json").write_text('{"licence": "any use permitted"}')
    assert installed(str(own))["mine"] == Installed(str(own), "any use permitted", 0)
    assert name_of(str(own)) == name_of(f"{own}/") == "mine"
    assert installed(str(namesake))[str(namesake)].licence == "any use permitted"
    assert installed(str(namesake))["essen"].source == "essen"
    assert name_of(str(namesake)) == str(namesake)
    assert name_of("essen") == "essen"


def test_the_current_folder_is_called_by_its_name_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model without a name could be neither told of nor asked for."""
    (tmp_path / "mine" / "inner").mkdir(parents=True)
    (tmp_path / "mine" / "config.json").write_text('{"licence": "any use permitted"}')
    for place, first in (("mine", "."), ("mine/inner", "..")):
        monkeypatch.chdir(tmp_path / place)
        assert name_of(first) == "mine"
        assert installed(first)["mine"] == Installed(first, "any use permitted", 0)

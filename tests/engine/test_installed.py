"""The checkpoints that are installed, and the words on what they may be used for."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.installed import UNSTATED, known, licence_of


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

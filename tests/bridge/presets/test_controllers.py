"""Learned controllers on disk: read, added to, and whose holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.presets.controllers import keep_learned, learned_file, read_learned, with_learned
from bridge.presets.settings import make_config
from engine.errors import UserError


def test_what_is_kept_is_read(tmp_path: Path) -> None:
    """One beside the other; the same control or the same number again takes the place of what was."""
    path = tmp_path / "new" / "controllers.yaml"
    assert read_learned(path) == {}
    kept: tuple[tuple[str, int | str], ...] = (
        *(("turn", 14), ("temperature", "rel:21"), ("again", 67)),
        *(("bpm", "14bit:14"), ("temperature", 22), ("top_k", "off")),
    )
    for name, controller in kept:
        keep_learned(path, name, controller)
    assert read_learned(path) == {"temperature": 22, "again": 67, "bpm": "14bit:14", "top_k": "off"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("cc:\n  turn: 200\n", "controllers.yaml:2: cc of turn: 200 refused"),
        ("cc:\n  trun: 20\n", "did you mean 'turn'"),
        ("temperature: 1\n", "it holds cc: and nothing else"),
        ("- 1\n", "controllers.yaml:1: a preset is a list"),
    ],
)
def test_a_broken_file_is_named_and_not_written_over(tmp_path: Path, text: str, words: str) -> None:
    """With the line; what somebody wrote by hand is not lost."""
    path = tmp_path / "controllers.yaml"
    path.write_text(text)
    with pytest.raises(UserError, match=words):
        read_learned(path)
    with pytest.raises(UserError, match=words):
        keep_learned(path, "turn", 14)
    assert path.read_text() == text


def test_where_it_cannot_be_written_it_is_said(tmp_path: Path) -> None:
    """And holds until the end."""
    (tmp_path / "taken").write_text("")
    with pytest.raises(UserError, match=r"cannot be (kept|read)"):
        keep_learned(tmp_path / "taken" / "controllers.yaml", "turn", 14)


def test_flags_come_before_what_was_learned_and_that_before_the_preset() -> None:
    """By control and by number; the footswitch and the sustain pedal stay what they are."""
    learned: dict[str, int | str] = {"turn": 14, "bpm": 30, "swing": 66, "grid": 64, "key": "off"}
    held = with_learned({"turn": 40, "top_k": 14, "wait": 41}, learned, {"split": 30}, 66)
    assert held == {"wait": 41, "turn": 14, "key": "off", "split": 30}


def test_a_flag_that_is_no_controller_is_refused_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was learned does not stand in the way of the sentence."""
    monkeypatch.setattr("bridge.presets.controllers.config_folder", lambda: tmp_path)
    keep_learned(learned_file(), "turn", 20)
    with pytest.raises(UserError, match="cc of bpm: 'x' refused"):
        make_config(None, cc={"bpm": "x"})


def test_a_start_takes_them_from_the_platforms_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside the player's presets; without such a file nothing changes."""
    monkeypatch.setattr("bridge.presets.controllers.config_folder", lambda: tmp_path)
    assert make_config(None).cc == {}
    keep_learned(learned_file(), "turn", 20)
    assert (tmp_path / "controllers.yaml").exists()
    config = make_config(None, cc={"bpm": "rel:99"})
    assert config.cc == {"turn": 20, "bpm": "rel:99"}
    assert "temperature" not in config.bindings

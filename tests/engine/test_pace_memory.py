"""What a machine affords is kept from start to start: engine/pace_memory.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.files import CACHE
from engine.pace_memory import FILE, drafts_before, keep_drafts


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder that is kept to, not there yet."""
    monkeypatch.setenv(CACHE, str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_each_machine_has_its_number(folder: Path) -> None:
    """Kept by name, the others stay as they are."""
    assert drafts_before("one") is None
    keep_drafts("one", 16)
    keep_drafts("other", 4)
    keep_drafts("one", 8)
    assert (drafts_before("one"), drafts_before("other")) == (8, 4)
    assert [path.name for path in folder.iterdir()] == [FILE]


@pytest.mark.parametrize("text", ["", "[]", '{"one": "many"}', '{"one": 0}', "\x00"])
def test_a_spoilt_file_is_none(folder: Path, text: str) -> None:
    """What cannot be read is measured again, and written anew."""
    folder.mkdir()
    (folder / FILE).write_text(text)
    assert drafts_before("one") is None
    keep_drafts("one", 2)
    assert drafts_before("one") == 2


def test_where_nothing_can_be_kept_nothing_is(folder: Path) -> None:
    """A file stands where the folder should be: no error."""
    folder.write_text("")
    keep_drafts("one", 2)
    assert drafts_before("one") is None

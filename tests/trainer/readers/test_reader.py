"""Files as readers are given them: text in whatever it was written."""

from __future__ import annotations

import pytest

from trainer.readers.reader import SourceFile


@pytest.mark.parametrize(
    ("data", "text"),
    [("\ufeffü".encode(), "ü"), ("ü".encode("latin-1"), "ü"), ("üß".encode("cp437"), "üß"), (b"", "")],
)
def test_text_is_utf8_or_what_old_collections_are_written_in(data: bytes, text: str) -> None:
    assert SourceFile("a.abc", data).text == text


def test_a_file_in_no_folder_has_no_region() -> None:
    assert SourceFile("a.abc", b"").folder == ""
    assert SourceFile("x/y/a.abc", b"").folder == "y"

"""The table of formats tells files by the ending of their names."""

from __future__ import annotations

import pytest

from trainer.readers.abc import read_abc
from trainer.readers.formats import READERS, reader_of
from trainer.readers.midi import read_midi


@pytest.mark.parametrize(("name", "reader"), [("a/b.MID", read_midi), ("b.x.abc", read_abc), ("c.wav", None)])
def test_a_reader_is_found_by_the_ending_in_any_case(name: str, reader: object) -> None:
    assert reader_of(name) is reader


def test_every_ending_is_one_that_can_be_found() -> None:
    assert all(reader_of(f"a{ending}") is reader for ending, reader in READERS.items())

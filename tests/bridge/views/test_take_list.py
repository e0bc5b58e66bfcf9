"""The list of takes: a table within a narrow terminal, values for programs."""

from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console

from bridge.recording.journal import read_journal
from bridge.views.take_list import table_of, values_of
from tests.bridge.recording.takes import an_evening


def test_the_table_says_what_was_played_and_what_is_kept_within_eighty_columns() -> None:
    """Session, number, when, tempo, call and answer."""
    out = io.StringIO()
    Console(file=out, width=80).print(
        table_of(Path("2026-11-05-203112.jsonl"), read_journal(an_evening().journal()))
    )
    text = out.getvalue()
    assert max(map(len, text.splitlines())) <= 80
    for shown in ("2026-11-05-203112   0:02, 1 take", "★ 1", "0:03", "120", "C4 D4 E4", "G4 A4"):
        assert shown in text


def test_programs_get_everything_by_name(tmp_path: Path) -> None:
    """With the name that other commands take, and the MIDI file where there is one."""
    journal = tmp_path / "evening.jsonl"
    journal.with_suffix(".mid").write_bytes(b"")
    values = values_of(journal, read_journal(an_evening().journal("2026-11-05T20:31:12+0100")))
    assert (values["session"], values["begun"], values["midi"]) == (
        "evening",
        "2026-11-05T20:31:12+0100",
        str(tmp_path / "evening.mid"),
    )
    (take,) = values["takes"]
    assert (take["take"], take["kept"], take["at_s"], take["checksum"]) == (
        "evening/1",
        True,
        3.0,
        "0123456789abcdef",
    )
    assert take["answer"] == [[67, 1.0, 0.25], [69, 2.0, 0.0]]

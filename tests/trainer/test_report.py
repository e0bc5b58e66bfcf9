"""Reports go whole to a file, or alone to standard output."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.errors import UserError
from trainer.report import report_console, write_json


def test_json_is_written_whole_or_refused_by_name(tmp_path: Path) -> None:
    """A report that stood there before is replaced."""
    for value in (1, 2):
        write_json({"ü": value}, str(tmp_path / "r.json"))
    assert json.loads((tmp_path / "r.json").read_text(encoding="utf-8")) == {"ü": 2}
    with pytest.raises(UserError, match=r"--json .*none"):
        write_json({}, str(tmp_path / "none" / "r.json"))
    assert [path.name for path in tmp_path.iterdir()] == ["r.json"]


def test_tables_leave_standard_output_to_the_json(capsys: pytest.CaptureFixture[str]) -> None:
    """`--json -` can be piped on."""
    report_console("-").print("table")
    write_json({}, "-")
    told = capsys.readouterr()
    assert (told.out, told.err) == ("{}\n", "table\n")
    assert not report_console(None).stderr

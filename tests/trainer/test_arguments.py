"""What the commands share."""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from trainer.arguments import options, tell


@dataclass(frozen=True)
class Wanted:
    """Hold what a command wants to know."""

    songs: int
    seed: int = 0


def test_a_commands_record_is_filled_from_the_arguments_of_its_names() -> None:
    """Each field by its own name, and nothing else that was given."""
    assert options(Wanted, argparse.Namespace(songs=3, seed=5, json=None)) == Wanted(3, 5)


def test_a_report_is_shown_and_written_where_that_is_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With JSON on standard output the tables go beside it, so that it stands there alone."""

    def show(report: dict[str, Any], console: Any) -> None:
        console.print(f"{report['notes']} notes")

    tell({"notes": 3}, show, None)
    assert capsys.readouterr().out == "3 notes\n"
    tell({"notes": 3}, show, str(tmp_path / "report.json"))
    assert json.loads((tmp_path / "report.json").read_text()) == {"notes": 3}
    capsys.readouterr()
    tell({"notes": 3}, show, "-")
    told = capsys.readouterr()
    assert (json.loads(told.out), told.err) == ({"notes": 3}, "3 notes\n")

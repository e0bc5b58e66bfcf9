"""The bench of plans: what is drawn live is what is measured."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from rich.console import Console

from bench import plan
from engine.start import playable
from tests.tiny import write_tiny


def test_plans_are_measured_beside_one_draft_of_the_same_round(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Every size has a time in each round, and a plan of one draft costs once as much as itself."""
    monkeypatch.setattr(plan, "NOTES", (4,))
    monkeypatch.setattr(plan, "DRAFTS", (1, 2))
    found = plan.costs(playable(write_tiny(tmp_path / "tiny", context=256)), 3)
    assert [(cost.notes, cost.drafts, len(cost.plans_ms), len(cost.singly_ms)) for cost in found] == [
        (4, 1, 3, 3),
        (4, 2, 3, 3),
    ]
    console = Console(record=True, width=160)
    console.print(plan.cost_table("tiny", found))
    assert "1.0 x" in console.export_text().splitlines()[4]


def test_a_compact_model_on_the_cpu_is_measured_by_the_processor(tmp_path: Path) -> None:
    """As live play measures it when it starts: what else the machine does hardly counts."""
    folder = write_tiny(tmp_path / "tiny")
    assert plan.clock_of(playable(folder)) is time.thread_time
    assert plan.clock_of(playable(folder, "cpu", "int8")) is time.perf_counter

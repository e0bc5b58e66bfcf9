"""What is there is listed for people: ports, controls, presets."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.cli import main
from bridge.controls import TABLE, as_markdown
from tests.bridge.commands import shown


def test_the_controls_are_listed_with_range_default_and_meaning(capsys: pytest.CaptureFixture[str]) -> None:
    """All of the table, for people."""
    assert main(["controls"]) == 0
    text = capsys.readouterr().out
    assert all(control.sentence in text and control.allowed() in text for control in TABLE)


def test_the_controls_are_listed_as_the_pages_have_them(capsys: pytest.CaptureFixture[str]) -> None:
    """--markdown writes the table that docs/controls.md shows."""
    assert main(["controls", "--markdown"]) == 0
    assert capsys.readouterr().out == as_markdown() + "\n"


def test_presets_are_listed_by_name_with_number_and_sentence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The player's own among them, a broken one with what is wrong in it; and where they stand."""
    monkeypatch.setattr("bridge.presets.shelf.config_folder", lambda: tmp_path)
    (tmp_path / "presets").mkdir()
    (tmp_path / "presets" / "late.yaml").write_text("about: Late.\nnumber: 13\n")
    (tmp_path / "presets" / "odd.yaml").write_text("temprature: 1\n")
    lines = shown(capsys, "presets")
    assert any(line.split()[:2] == ["1", "duet"] for line in lines)
    assert any(line.split() == ["13", "late", "Late."] for line in lines)
    assert any("odd" in line and "did you mean 'temperature'" in line for line in lines)
    assert lines[-1] == f"Your own: {tmp_path / 'presets'}"


def test_ports_are_listed_by_api(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Each API has its inputs and outputs, or why it is not here; --check fails where none works."""
    seen: dict[str, object] = {"jack": {"inputs": ["Keys"], "outputs": []}, "alsa": "no sequencer"}
    monkeypatch.setattr("bridge.ports.midi_apis.list_ports", lambda: seen)
    assert shown(capsys, "ports", "--check") == [
        *("jack:", '  inputs (can be heard): "Keys"', "  outputs (can be played): none"),
        "alsa: not here (no sequencer)",
    ]
    del seen["jack"]
    assert main(["ports", "--check"]) == 2

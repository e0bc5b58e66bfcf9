"""Measuring as it is called: choices, few songs, and JSON alone on standard output."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.corpusfiles import abc_songs, write_pitch_texts
from tests.tiny import write_tiny
from tests.trainer.commands import fails
from trainer.cli import main
from trainer.corpus import read_songs
from trainer.split import part_of


def test_prepare_then_evaluate_gives_json_alone_on_standard_output(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write_pitch_texts(tmp_path / "songs", 30)
    model = write_tiny(tmp_path / "model", "pitch")
    assert main(["prepare", str(source), "--out", str(tmp_path / "store")]) == 0
    capsys.readouterr()
    argv = ["evaluate", str(model), "--data", str(tmp_path / "store"), "--part", "all", "--device", "cpu"]
    assert main([*argv, "--json", "-"]) == 0
    out, err = capsys.readouterr()
    report = json.loads(out)
    assert (report["songs"], report["notes"]) == (30, 360)
    assert "nats a token" in err
    assert main([*argv, "--json", str(tmp_path / "report.json")]) == 0
    assert "nats a token" in capsys.readouterr().out
    assert json.loads((tmp_path / "report.json").read_text())["notes"] == 360


def test_a_raw_folder_of_kern_can_be_evaluated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "songs"
    folder.mkdir()
    for number in range(3):
        text = "**kern\n*M3/4\n=1\n" + "".join(f"4{step}\n" for step in "cdefga"[number:]) + "==\n*-\n"
        (folder / f"{number}.krn").write_text(text)
    model = write_tiny(tmp_path / "model")
    argv = ["evaluate", str(model), "--data", str(folder), "--part", "all", "--json", "-", "--device", "cpu"]
    assert main(argv) == 0
    assert json.loads(capsys.readouterr().out)["notes"] == 6 + 5 + 4


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["--part", "tests"], "train, validation, test, all"),
        (["--split", "papers"], "interval, paper"),
        (["--split", "paper"], "has none"),
        (["--device", "tpu"], "auto"),
    ],
)
def test_a_wrong_choice_names_the_allowed(
    argv: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write_pitch_texts(tmp_path / "songs", 3)
    model = write_tiny(tmp_path / "model", "pitch")
    assert says in fails(capsys, "evaluate", str(model), "--data", str(source), *argv)


def test_a_checkpoint_with_another_vocabulary_is_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write_pitch_texts(tmp_path / "songs", 3)
    model = write_tiny(tmp_path / "model", "pitch")
    config = json.loads((model / "config.json").read_text())
    config["tokenizer"]["high"] = 80
    (model / "config.json").write_text(json.dumps(config))
    assert "vocabulary" in fails(capsys, "evaluate", str(model), "--data", str(source), "--device", "cpu")


@pytest.mark.parametrize("command", ["continuations", "sample", "evaluate"])
def test_a_folder_of_a_few_songs_is_enough(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """None of the eight tunes falls into the test part: all are taken, and it is said."""
    tunes = tmp_path / "tunes.abc"
    seeds = 0
    found: list[str] = []
    while len(found) < 8:
        seeds += 1
        tunes.write_text(abc_songs(1, seeds))
        if part_of(read_songs(tunes).songs[0]) == "train":
            found.append(tunes.read_text())
    tunes.write_text("\n".join(found))
    argv = [command, str(write_tiny(tmp_path / "model")), "--data", str(tmp_path / "tunes.abc"), "--device", "cpu"]
    argv += {"continuations": ["--songs", "2"], "sample": ["--out", str(tmp_path / "o"), "--notes", "4"]}.get(
        command, ["--train-songs", "0"]
    )
    assert main(argv) == 0
    told = capsys.readouterr()
    told_once = " ".join((told.out + told.err).split())
    assert "none of the 8 songs falls into the test part, so all are taken" in told_once
    if command == "sample":
        (tmp_path / "o").rename(tmp_path / "first")
    assert "try --part all" in fails(capsys, *argv, "--part", "test")


def test_judge_is_off_without_the_environment(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("MELODY_JUDGE_URL", "MELODY_JUDGE_KEY", "MELODY_JUDGE_MODEL"):
        monkeypatch.delenv(name, raising=False)
    assert "MELODY_JUDGE_URL" in fails(capsys, "judge", str(tmp_path / "a.mid"))

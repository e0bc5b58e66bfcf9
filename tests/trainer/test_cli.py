"""`melody-train` as it is called: exit codes, one-line errors, JSON alone on standard output."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from engine.errors import UserError
from tests.corpusfiles import abc_songs, midi_file, write_pitch_texts
from tests.paths import ROOT
from tests.tiny import write_tiny
from tests.trainer.test_songbook import counted as counted
from tests.trainer.test_songbook import zip_of
from trainer.cli import find_config, main, overrides_from
from trainer.corpus import read_songs
from trainer.repositories import REPOSITORIES
from trainer.split import part_of
from trainer.store import is_store

COMMANDS = ("prepare", "fit", "metre", "evaluate", "continuations", "sample", "judge", "plot")


def fails(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    """Run a command that must fail as a user's mistake; return its one line."""
    assert main(argv) == 2
    err = capsys.readouterr().err.strip().splitlines()
    assert err[-1].startswith("melody-train: ")
    assert "Traceback" not in "".join(err)
    return err[-1]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main([command, "--help"])
    assert stop.value.code == 0
    assert command in capsys.readouterr().out


def test_nothing_heavy_is_imported_to_answer_help_and_mistakes() -> None:
    code = (
        "import sys; from trainer.cli import main; main(['judge', 'x.mid']); "
        "print(sorted({'torch', 'numpy', 'matplotlib'} & set(sys.modules)))"
    )
    root = ROOT
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={"PATH": ""}, cwd=root)
    assert done.stdout.strip() == "[]"


def test_an_empty_source_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    assert "holds no" in fails(capsys, "prepare", str(tmp_path / "empty"), "--out", str(tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_a_song_of_one_note_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "one.txt").write_text("60")
    assert "single note" in fails(capsys, "prepare", str(tmp_path / "one.txt"), "--out", str(tmp_path / "out"))


def test_a_truncated_midi_file_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "cut.mid").write_bytes(midi_file([(60, 0, 480), (62, 480, 960)])[:35])
    assert "cut off" in fails(capsys, "prepare", str(tmp_path / "cut.mid"), "--out", str(tmp_path / "out"))


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


def test_a_misspelt_yaml_key_names_the_right_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "c.yaml").write_text("epoch: 3\n")
    assert "did you mean 'epochs'?" in fails(capsys, "fit", str(tmp_path / "c.yaml"))


def test_a_config_that_is_not_there_names_the_shipped(capsys: pytest.CaptureFixture[str]) -> None:
    assert "no such file" in fails(capsys, "fit", "train-nothing.yaml")
    with pytest.raises(UserError):
        find_config("nothing")


def test_set_reads_values_as_yaml_does() -> None:
    assert overrides_from(["epochs=3", "learning_rate=1e-3", "data=a=b"]) == {
        "epochs": 3, "learning_rate": "1e-3", "data": "a=b",
    }  # fmt: skip
    with pytest.raises(UserError, match="KEY=VALUE"):
        overrides_from(["epochs"])


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


def test_a_place_that_cannot_be_written_is_refused_before_anything_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run of hours does not end at its first checkpoint: the source, which is missing, is not looked for."""
    (tmp_path / "file").write_text("")
    said = fails(
        capsys, "fit", "train-own", "--data", str(tmp_path / "none"), "--out", str(tmp_path / "file" / "run")
    )
    assert "nothing can be written there" in said


def test_an_unknown_init_names_what_there_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Before anything is read, and without a folder left behind."""
    argv = ["fit", "train-essen", "--data", str(tmp_path / "none"), "--out", str(tmp_path / "run")]
    said = fails(capsys, *argv, "--init", "nosuch")
    assert "'nosuch'" in said
    assert "shipped are essen, essen-pitch, songbook" in said
    assert not (tmp_path / "run").exists()


def test_judge_is_off_without_the_environment(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("MELODY_JUDGE_URL", "MELODY_JUDGE_KEY", "MELODY_JUDGE_MODEL"):
        monkeypatch.delenv(name, raising=False)
    assert "MELODY_JUDGE_URL" in fails(capsys, "judge", str(tmp_path / "a.mid"))


def test_prepare_takes_copies_that_are_here(counted: None, tmp_path: Path) -> None:
    copies = [
        argument for name in REPOSITORIES for argument in ("--from", str(zip_of(tmp_path / f"{name}.zip", name)))
    ]
    assert main(["prepare", "--fetch", "songbook", *copies, "--out", str(tmp_path / "out")]) == 0
    assert is_store(tmp_path / "out")


def test_an_empty_folder_is_a_sentence_with_the_next_step(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    for fetched in ([], ["--fetch", "irish", "--from"]):
        line = fails(capsys, "prepare", *fetched, str(tmp_path / "empty"), "--out", str(tmp_path / "out"))
        assert "name a" in line
    assert not (tmp_path / "out").exists()


def test_fit_takes_a_checkpoint_in_place_of_a_recipe(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Whoever has songs and a model needs no third thing; with neither, both ways are named."""
    said = fails(capsys, "fit", "--data", str(tmp_path))
    assert "it takes a recipe, as train-essen, or --init with a checkpoint" in said
    missing, out = str(tmp_path / "none"), str(tmp_path / "run")
    said = fails(capsys, "fit", "--init", "essen", "--data", missing, "--out", out)
    assert "there is no such file or folder" in said

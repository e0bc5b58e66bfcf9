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
from trainer import plot as plot_module
from trainer import state
from trainer.cli import find_config, main, overrides_from

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


def test_continuations_compare_settings_and_name_the_closest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "tunes.abc").write_text(abc_songs(60))
    model = write_tiny(tmp_path / "model")
    argv = ["continuations", str(model), "--data", str(tmp_path / "tunes.abc"), "--songs", "2", "--device", "cpu"]
    assert main([*argv, "--grid", "--json", "-"]) == 0
    report = json.loads(capsys.readouterr().out)
    distances = [setting["distance"] for setting in report["settings"]]
    assert report["closest"] == report["settings"][distances.index(min(distances))]["sampling"]
    assert report["real"]["interval_divergence"] == 0.0
    real_notes = report["real"]["notes"]
    assert all(setting["notes"] == real_notes for setting in report["settings"])
    assert main([*argv, "--json", "-"]) == 0
    again = json.loads(capsys.readouterr().out)
    assert again["settings"][0] == report["settings"][0]


def test_sample_writes_a_midi_file_a_song_and_a_picture(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "tunes.abc").write_text(abc_songs(60))
    model = write_tiny(tmp_path / "model")
    argv = ["sample", str(model), "--data", str(tmp_path / "tunes.abc"), "--out", str(tmp_path / "sheet")]
    assert main([*argv, "--songs", "2", "--notes", "5", "--device", "cpu"]) == 0
    files = sorted(path.name for path in (tmp_path / "sheet").iterdir())
    assert files[-1] == "sheet.png"
    assert [name[:3] for name in files[:-1]] == ["01-", "02-"]
    capsys.readouterr()
    assert main(["evaluate", str(model), "--data", str(tmp_path / "sheet"), "--part", "all", "--json", "-"]) == 0
    assert json.loads(capsys.readouterr().out)["notes"] == 2 * (8 + 5)
    assert "exists already" in fails(capsys, *argv)


def test_judge_is_off_without_the_environment(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("MELODY_JUDGE_URL", "MELODY_JUDGE_KEY", "MELODY_JUDGE_MODEL"):
        monkeypatch.delenv(name, raising=False)
    assert "MELODY_JUDGE_URL" in fails(capsys, "judge", str(tmp_path / "a.mid"))


def write_log(folder: Path) -> Path:
    folder.mkdir()
    rows = [
        "step,epoch,tokens,seconds,learning_rate,train_loss,validation_loss",
        "0,0.0,0,0,0,3.9,",
        "9,0.5,500,1,0,2.0,",
        "18,1.0,1000,2,0,1.5,1.7",
        "36,2.0,2000,4,0,1.2,1.6",
    ]
    (folder / "log.csv").write_text("\n".join(rows) + "\n")
    return folder


def test_plot_reads_both_curves_and_the_tokens_of_an_epoch(tmp_path: Path) -> None:
    curves = plot_module.read_curves(write_log(tmp_path / "run"))
    assert curves.training[-1] == (2.0, 1.2)
    assert curves.validation == [(1.0, 1.7), (2.0, 1.6)]
    assert curves.tokens_per_epoch == 1000
    assert plot_module.LOG == state.LOG


def test_plot_draws_training_solid_validation_dashed_epochs_below_tokens_above(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    drawn = []
    monkeypatch.setattr(plot_module, "save_png", lambda figure, path: drawn.append((figure, path)))
    assert main(["plot", str(write_log(tmp_path / "run"))]) == 0
    [(figure, path)] = drawn
    assert path == tmp_path / "run" / "losses.png"
    [axes] = figure.axes
    assert [line.get_linestyle() for line in axes.lines] == ["-", "--"]
    assert axes.get_xlabel() == "epoch"
    [above] = axes.child_axes
    assert "tokens" in above.get_xlabel()


def test_plot_of_no_run_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "cannot be read" in fails(capsys, "plot", str(tmp_path))
    (tmp_path / "log.csv").write_text("a,b\n1,2\n")
    assert "no log" in fails(capsys, "plot", str(tmp_path))

"""The command draws drafts, trains, and writes weights that the engine reads."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file

from engine.errors import UserError
from engine.notes import Metre, Note
from engine.planning.critic import Critic
from tests.corpusfiles import abc_songs
from tests.tiny import write_tiny
from trainer.calls import Call, Drafted, calls_in, read_drafts
from trainer.cli import main
from trainer.corpus import read_songs
from trainer.critic.training import apart, joined


def test_a_tune_is_held_out_whole_or_not_at_all() -> None:
    """Every call is on one side, some on each, and none of a tune of the other side."""
    tunes = [number % 40 for number in range(100)]
    held, learned = apart(tunes)
    assert sorted(held + learned) == list(range(100))
    assert held
    assert learned
    assert not {tunes[number] for number in held} & {tunes[number] for number in learned}


def asked(folder: Path, songs: int) -> tuple[Path, Path, list[str]]:
    """Write so many tunes and an untrained model; return where weights and drafts go, and the command for them."""
    (folder / "tunes.abc").write_text(abc_songs(songs))
    write_tiny(folder / "tiny", context=256)
    out, kept = folder / "critic.safetensors", folder / "drafts.json"
    named = {"--data": folder / "tunes.abc", "--checkpoint": folder / "tiny", "--out": out, "--keep": kept}
    return out, kept, ["critic", *(str(part) for option in named.items() for part in option)]


@pytest.mark.timeout(120)
def test_the_command_draws_trains_and_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A few tunes and an untrained model are enough for weights that score a candidate; drafts are kept."""
    out, kept, arguments = asked(tmp_path, 40)
    arguments += ["--calls", "24"]
    assert main(arguments) == 0
    assert "24 calls" in capsys.readouterr().err
    first = load_file(out)
    notes = (Note(60, 1.0), Note(62, 1.0))
    assert np.isfinite(Critic.load(out).scores(notes, [notes], None, [None])[0])
    assert main(arguments) == 0
    assert all(np.array_equal(tensor, first[name]) for name, tensor in load_file(out).items())
    assert main([*arguments, "--beside", str(kept)]) == 0
    assert "48 calls" in capsys.readouterr().err
    source, tiny = str(tmp_path / "tunes.abc"), str(tmp_path / "tiny")
    assert main([*arguments, "--remembered", str(kept), "--settle", source, "--plays", tiny]) == 0
    told = capsys.readouterr().err
    assert "48 calls" in told
    assert "settled by" in told
    layer = load_file(out)["weight_in"]
    assert len(layer) > len(first["weight_in"])


@pytest.mark.timeout(120)
def test_the_command_takes_calls_of_one_half(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is drawn to are the calls of this half's tunes; of how many calls they are is written."""
    out, kept, arguments = asked(tmp_path, 60)
    assert main([*arguments, "--calls", "60", "--half", "half-b"]) == 0
    songs = read_songs(tmp_path / "tunes.abc").songs
    assert [one.call for one in read_drafts(kept)] == calls_in(songs, "train", 60, half="half-b")
    with safe_open(out, "np") as opened:
        assert opened.metadata()["calls"] == "60"


def test_what_cannot_settle_is_refused_before_anything_is_learned(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Learning takes hours: songs without calls, named in --settle, are told before."""
    out, _, arguments = asked(tmp_path, 40)
    (tmp_path / "few.abc").write_text(abc_songs(2, phrases=2))
    assert main([*arguments, "--calls", "24", "--settle", str(tmp_path / "few.abc")]) == 2
    told = capsys.readouterr().err
    assert "no call with phrases" in told
    assert "held out" not in told
    assert not out.exists()


def test_drafts_of_several_corpora_are_those_of_one() -> None:
    """All are kept; calls of one tune stay of one tune, and no tune of one corpus is taken for another's."""
    notes = (Note(60, 1.0),)
    ours, theirs = (
        [Drafted(Call(tune, notes, notes, Metre(float(beats))), None, (), ()) for tune in (0, 3, 3)]
        for beats in (2, 3)
    )
    many = joined([ours, theirs])
    assert len(many) == 6
    of_tune = {
        one.call.tune: {other.call.metre for other in many if other.call.tune == one.call.tune} for one in many
    }
    assert len(of_tune) == 4
    assert all(len(metres) == 1 for metres in of_tune.values())
    assert joined([ours]) == ours
    with pytest.raises(UserError, match="0 to some calls, 1 to others"):
        joined([ours, [replace(one, drafts=(notes,)) for one in theirs]])


def test_too_few_calls_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A source without phrases says so instead of training on nothing."""
    (tmp_path / "tunes.abc").write_text(abc_songs(2, phrases=2))
    assert main(["critic", "--data", str(tmp_path / "tunes.abc"), "--out", str(tmp_path / "x")]) == 2
    assert "too few" in capsys.readouterr().err

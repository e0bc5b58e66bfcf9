"""Scoring songs under a checkpoint, and the report made of it."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from engine.errors import UserError
from tests.corpusfiles import abc_songs, write_pitch_texts
from tests.tiny import write_tiny
from trainer.corpus import read_songs
from trainer.evaluate import Evaluation, average_precision, evaluate, figures, phrase_figures, standard_error
from trainer.report import show_evaluation, write_json
from trainer.score import SongScore
from trainer.split import parts_of

QUIET = Console(quiet=True, stderr=True)


def test_perplexity_is_exp_of_the_mean_over_all_tokens_and_errors_are_over_songs() -> None:
    scores = [SongScore(4, 5, 0, 8.0, 2.0), SongScore(10, 11, 1, 20.0, 2.0)]
    report = figures(scores)
    assert report["perplexity"] == pytest.approx(math.exp(32 / 16))
    assert report["nats_per_note"] == pytest.approx(32 / 14)
    assert report["nats_per_note"] == report["pitch_nats_per_note"] + report["duration_nats_per_note"]
    assert report["song_mean_nats_per_note"] == pytest.approx((2.5 + 2.2) / 2)
    assert report["song_standard_error_nats_per_note"] == pytest.approx(0.15)
    assert standard_error(np.array([1.0])) is None


def test_calibration_bins_say_what_was_said_and_what_happened() -> None:
    logit = math.log(0.75 / 0.25)
    report = phrase_figures([SongScore(4, 5, 0, 0, 0, [logit] * 4 + [-5.0], [True, True, True, False, False])])
    [low, high] = report["calibration"]
    assert (low["notes"], low["happened"]) == (1, 0.0)
    assert (high["notes"], high["happened"]) == (4, 0.75)
    assert high["said"] == pytest.approx(0.75)
    assert report["base_rate"] == pytest.approx(0.6)
    assert phrase_figures([SongScore(1, 2, 0)]) == {}


def test_the_report_has_all_that_was_asked_for(tmp_path: Path) -> None:
    (tmp_path / "tunes.abc").write_text(abc_songs(120))
    model = write_tiny(tmp_path / "model")
    options = Evaluation(str(model), str(tmp_path / "tunes.abc"), train_songs=5, device="cpu")
    report = evaluate(options, QUIET)
    keys = {"nats_per_token", "nats_per_note", "pitch_nats_per_note", "duration_nats_per_note", "perplexity"}
    assert keys | {"songs", "notes", "tokens", "by_region", "phrase_end", "train", "metre_unknown"} <= set(report)
    assert report["train"]["songs"] == 5
    assert report["by_region"]["Deutschland"]["songs"] == report["songs"]
    inferred = report["metre_inferred"]
    assert len({each["nats_per_note"] for each in (report, report["metre_unknown"], inferred)}) == 3
    assert inferred["notes"] == report["notes"]
    for row in inferred["after_phrases"].values():
        assert {told["notes"] for told in row.values()} == {row["known"]["notes"]}
    assert "metre_inferred" not in report["train"]
    write_json(report, str(tmp_path / "r.json"))
    assert json.loads((tmp_path / "r.json").read_text()) == report
    show_evaluation(report, Console(quiet=True))


@pytest.mark.parametrize("metre", ["known", "unknown", "inferred"])
def test_one_way_of_telling_the_metre_can_be_asked_for(metre: str, tmp_path: Path) -> None:
    (tmp_path / "tunes.abc").write_text(abc_songs(60))
    model = write_tiny(tmp_path / "model")
    options = Evaluation(str(model), str(tmp_path / "tunes.abc"), metre=metre, train_songs=0, device="cpu")
    report = evaluate(options, QUIET)
    assert report["metre"] == metre
    assert not [key for key in report if key.startswith("metre_")]
    show_evaluation(report, Console(quiet=True))


def test_the_whole_part_is_scored_and_windows_on_demand(tmp_path: Path) -> None:
    source = write_pitch_texts(tmp_path / "songs", 40)
    model = write_tiny(tmp_path / "model", "pitch")
    options = Evaluation(str(model), str(source), "validation", "paper", windows=True, train_songs=0, device="cpu")
    report = evaluate(options, QUIET)
    assert (report["songs"], report["tokens"]) == (4, 4 * 13)
    assert report["windows"]["perplexity"] == pytest.approx(math.exp(report["windows"]["nats_per_token"]))
    show_evaluation(report, Console(quiet=True))


def test_held_out_songs_of_another_split_than_the_training_ones_are_remarked(tmp_path: Path) -> None:
    source = write_pitch_texts(tmp_path / "songs", 40)
    model = write_tiny(tmp_path / "model", "pitch")
    config = json.loads((model / "config.json").read_text())
    config["training"]["split"] = "interval"
    (model / "config.json").write_text(json.dumps(config))
    options = Evaluation(str(model), str(source), "validation", "paper", train_songs=0, device="cpu")
    assert "flatter" in evaluate(options, QUIET)["note"]
    assert "note" not in evaluate(replace(options, part="train"), QUIET)


@pytest.mark.parametrize(("field", "value"), [("part", "tests"), ("split", "tune"), ("metre", "yes")])
def test_a_misspelt_choice_names_the_allowed(field: str, value: str) -> None:
    with pytest.raises(UserError, match="none of"):
        replace(Evaluation("m", "d"), **{field: value})  # type: ignore[arg-type]


def test_an_empty_part_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("60 62")
    model = write_tiny(tmp_path / "model", "pitch")
    [part] = parts_of(read_songs(tmp_path / "a.txt").songs)
    empty = "test" if part == "train" else "train"
    with pytest.raises(UserError, match="try --part all"):
        evaluate(Evaluation(str(model), str(tmp_path / "a.txt"), empty, device="cpu"), QUIET)


def test_average_precision_of_known_rankings() -> None:
    """A perfect ranking scores 1, and one hit in second place of two 0.5."""
    assert average_precision([3.0, 2.0, 1.0], [1, 1, 0]) == 1.0
    assert average_precision([3.0, 2.0], [0, 1]) == 0.5

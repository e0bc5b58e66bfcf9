"""Old songs are gone over while new ones are learned."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from rich.console import Console

import trainer.rehearsal
from engine.checkpoint import Checkpoint, load, save
from engine.decoding.compact import load_compact
from engine.errors import UserError
from engine.improviser import Improviser
from engine.installed import licence_of
from engine.messages import Sampling
from engine.model import GPT
from engine.notes import Note, Song
from engine.start import playable
from engine.tokenizer import NoteTokenizer, PitchTokenizer, Tokenizer
from tests.tiny import tiny_model
from tests.trainer.songs import SONGS, TINY, made_songs
from trainer.data import SongData
from trainer.processes import Processes
from trainer.rehearsal import (
    LONGEST_STEPS,
    METRES,
    SHORTEST_NOTES,
    OldSongs,
    draw_songs,
    make_rehearsal,
    old_songs,
)
from trainer.run import Run
from trainer.split import interval_key
from trainer.store import write_store
from trainer.train import fit, gain

QUIET = Console(file=io.StringIO())
TOKENIZER = NoteTokenizer(styles=("hymn", "irish"), duration_table=(0.5, 1.0, 2.0))


def saved(folder: Path, tokenizer: Tokenizer = TOKENIZER) -> str:
    return str(save(folder / "old", tiny_model(tokenizer), tokenizer, licence="any use permitted"))


def began(folder: Path) -> Checkpoint:
    return load(saved(folder), "cpu")


@pytest.mark.parametrize("tokenizer", [TOKENIZER, PitchTokenizer()])
def test_songs_are_drawn_in_all_styles_and_bars(tmp_path: Path, tokenizer: Tokenizer) -> None:
    """The same ones by the same seed; none is too short to be worth it, and none longer than was asked for."""
    checkpoint = load_compact(Path(saved(tmp_path, tokenizer)))
    songs = draw_songs(checkpoint, 30, 7)
    assert songs == draw_songs(checkpoint, 30, 7)
    assert songs != draw_songs(checkpoint, 30, 8)
    assert {song.metre for song in songs} == set(METRES)
    assert {song.region for song in songs} == {"", *tokenizer.styles}
    assert all(SHORTEST_NOTES <= len(song.notes) <= LONGEST_STEPS for song in songs)
    assert all(song.has_durations == (tokenizer.n_durations > 0) for song in songs)


def test_weights_whose_songs_all_end_at_once_are_told_instead_of_drawn_from_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next step is named: a corpus, or no old songs."""
    monkeypatch.setattr(trainer.rehearsal, "_drawn", lambda *_: iter(()))
    with pytest.raises(UserError, match=r"old drew have fewer than 8 notes; name a corpus .*--replay"):
        draw_songs(began(tmp_path), 3, 7)


@pytest.mark.parametrize("size", [1, 2])
def test_what_dropout_leaves_out_of_the_old_songs_is_the_same_in_all_processes(size: int, tmp_path: Path) -> None:
    """Each learns from them by itself: were it another share in each, their weights would drift apart."""

    class Alike(Processes):
        """Processes of which the others say nothing."""

        def wrap(self, charged: torch.nn.Module, model: GPT) -> torch.nn.Module:
            return charged

        def sum(self, value: torch.Tensor) -> float:
            return float(value)

    drawn: list[float] = []

    class Drawing:
        """Stand in for a rehearsal, and write down what chance says."""

        def loss(self, model: GPT, step: int) -> torch.Tensor:
            drawn.append(float(torch.rand(())))
            return 0.0 * model.wpe.weight.sum()

    for rank in range(size):
        settings = replace(TINY, rehearsed=1.0, init="old", out=str(tmp_path))
        processes = Alike(rank, size, torch.device("cpu"), False)
        run = Run(settings, tiny_model(TOKENIZER), TOKENIZER, processes, tmp_path, QUIET)
        run.rehearsal = Drawing()  # type: ignore[assignment]
        data = SongData(SONGS, TOKENIZER, run.model.config.feature_names, 64, 400, 0)
        run.step(data.collate(data.batches(0)[0], 0), 0.001)
    assert len(set(drawn)) == 1


def test_weights_that_have_not_moved_are_charged_nothing(tmp_path: Path) -> None:
    """And others are, the more the further they are; the charge has a gradient that leads back."""
    checkpoint = began(tmp_path)
    model = checkpoint.model
    rehearsal = make_rehearsal(TINY, model, checkpoint.tokenizer, OldSongs(SONGS[:20], SONGS[20:], "here"))
    assert rehearsal.loss(model, 3).item() == pytest.approx(0.0, abs=1e-6)
    assert rehearsal.forgotten(model) == 0.0
    charges = []
    for _ in range(2):
        with torch.no_grad():
            for weight in model.parameters():
                weight.add_(torch.randn(weight.shape, generator=torch.Generator().manual_seed(1)), alpha=0.05)
        charges.append(rehearsal.loss(model, 3))
    assert 0.0 < charges[0].item() < charges[1].item()
    before = charges[1].item()
    torch.autograd.backward(charges[1])
    with torch.no_grad():
        for weight in model.parameters():
            if weight.grad is not None:
                weight.sub_(weight.grad, alpha=0.01)
    assert rehearsal.loss(model, 3).item() < before


def test_old_songs_come_from_a_corpus_that_is_named_and_else_from_the_weights(tmp_path: Path) -> None:
    """What is gone over and what is looked at are never the same songs."""
    settings = replace(TINY, init=saved(tmp_path), rehearsed=1.0)
    drawn = old_songs(settings, QUIET)
    assert "draws them" in drawn.origin
    assert not set(map(id, drawn.rehearsed)) & set(map(id, drawn.held))
    write_store(made_songs(300), tmp_path / "corpus", "made up")
    replayed = old_songs(replace(settings, replay=str(tmp_path / "corpus")), QUIET)
    assert replayed.origin == f"of {tmp_path / 'corpus'}"
    assert not {song.notes for song in replayed.rehearsed} & {song.notes for song in replayed.held}
    with pytest.raises(UserError, match="there is no such file or folder"):
        old_songs(replace(settings, replay=str(tmp_path / "nowhere")), QUIET)


@pytest.mark.parametrize("count", [2, 3, 4, 5, 6, 7, 9, 12, 20, 40])
def test_of_a_small_corpus_too_what_is_looked_at_was_not_gone_over(tmp_path: Path, count: int) -> None:
    """Nor a copy of it, whatever parts its few tunes fall into; there is something of both."""
    tunes = made_songs(count, seed=count)
    copies = [replace(song, notes=tuple(replace(n, pitch=n.pitch + 1) for n in song.notes)) for song in tunes]
    write_store(tunes + copies, tmp_path / "corpus", "made up")
    settings = replace(TINY, init="essen", rehearsed=1.0, replay=str(tmp_path / "corpus"))
    try:
        old = old_songs(settings, QUIET)
    except UserError as error:
        assert "give more songs" in str(error)  # noqa: PT017
        return
    assert old.rehearsed
    assert old.held
    assert not {interval_key(song) for song in old.rehearsed} & {interval_key(song) for song in old.held}


def test_of_a_single_tune_nothing_can_be_told(tmp_path: Path) -> None:
    """It cannot be gone over and tell what is forgotten, so it is refused with the next step."""
    write_store([SONGS[0]] * 3, tmp_path / "corpus", "made up")
    with pytest.raises(UserError, match=r"corpus: .*one tune.*give more songs, or leave out --replay"):
        old_songs(replace(TINY, init="essen", rehearsed=1.0, replay=str(tmp_path / "corpus")), QUIET)


def scales(count: int) -> list[Song]:
    """Return songs that nobody has heard: long rising scales, from anywhere."""
    return [
        Song("", tuple(Note(48 + 2 * start + index, 0.5) for index in range(12)), None, None, "")
        for start in range(count)
    ]


def test_new_songs_are_learned_old_ones_kept_and_a_line_says_both(tmp_path: Path) -> None:
    """The weights that are kept are better on the new ones, and worse on the old by no more than was allowed."""
    console = Console(file=io.StringIO(), width=200)
    settings = replace(
        TINY, init=saved(tmp_path), rehearsed=2.0, out=str(tmp_path / "own"), epochs=12, forgotten=0.5
    )
    songs = scales(12) + [replace(song, notes=song.notes[:-1]) for song in scales(12)]
    fit(settings, songs, console)
    said = console.file.getvalue()  # type: ignore[attr-defined]
    assert "old songs to go over, as " in said
    [line] = [line for line in said.splitlines() if line.startswith("your songs: ")]
    assert "(-" in line.split("; old songs: ")[0]
    assert float(line.split("old songs: ")[1]) <= 0.5
    assert licence_of(tmp_path / "own") == "any use permitted"
    improviser = Improviser(playable(tmp_path / "own"), 1)  # and it plays
    improviser.sync(0, [Note(60, 0.5), Note(62, 0.5)])
    improviser.begin(Sampling(), endless=True)
    assert improviser.draw().note.duration_beats > 0


def test_weights_that_have_forgotten_too_much_are_not_kept(tmp_path: Path) -> None:
    """However well they know the new songs: what was there stands, and that is said."""
    console = Console(file=io.StringIO(), width=200)
    settings = replace(
        TINY,
        init=saved(tmp_path),
        rehearsed=1e-6,
        out=str(tmp_path / "own"),
        epochs=3,
        forgotten=0.0,
        learning_rate=0.1,
    )
    fit(settings, scales(20), console)
    said = console.file.getvalue()  # type: ignore[attr-defined]
    assert "old songs: +0.000" in said
    assert "learning made nothing better" in said


def test_the_line_compares_what_is_kept_with_what_was_there() -> None:
    """Not the last weights: those may be worse."""
    from trainer.state import Progress

    log = [
        {"validation_loss": loss, "validation_nats_per_note": 2 * loss, "forgotten_nats_per_note": forgotten}
        for loss, forgotten in ((1.0, 0.0), (0.8, 0.02), (0.9, 0.03))
    ]
    said = gain(Progress(best=0.8, log=[{"step": 1}, *log]), 4)
    assert said == "your songs: 2.000 to 1.600 nats a note on 4 held out (-0.400); old songs: +0.020"

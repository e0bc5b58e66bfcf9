"""The manner of an answer reaches the model: as a style of its own, or between two of them."""

from __future__ import annotations

import random
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.checkpoint import load, save
from engine.columns import NOTE_COLUMNS
from engine.decoding.compact import load_compact
from engine.decoding.seam import Playable
from engine.drawing.row import Row
from engine.improviser import Improviser
from engine.messages import Sampling
from engine.notes import Metre, Note
from engine.styles import ANY, MOST_STYLES, STEPS, Style, asked_style, between, known_style, style_value
from engine.tokenizer import NoteTokenizer
from engine.tracker import Conditions, Tracker
from tests.tiny import tiny_model

CALL = [Note(60, 0.5), Note(62, 0.5), Note(64, 1.0)]
NAMES = ("China", "Irland", "Elsass")
TOKENIZER = NoteTokenizer(styles=NAMES)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save(tmp_path_factory.mktemp("styles") / "tiny", tiny_model(TOKENIZER), TOKENIZER)


def logits(checkpoint: Playable, style: Style) -> Row:
    """Return the model's logits behind the call, heard in this style."""
    improviser = Improviser(checkpoint, 0)
    improviser.sync(0, CALL, style=style)
    return improviser.context.reading.token_logits(improviser.context.reading.length)


def test_each_style_is_heard_differently(folder: Path) -> None:
    """The same call in two styles, in any, and between the two gives four different expectations."""
    checkpoint = load(folder, "cpu")
    heard = [logits(checkpoint, style) for style in (Style("China"), Style("Irland"), ANY)]
    heard.append(logits(checkpoint, Style("China", "Irland", 8)))
    for index, one in enumerate(heard):
        assert not any(np.allclose(one, other) for other in heard[:index])


def test_a_style_that_the_checkpoint_lacks_is_any(folder: Path) -> None:
    """An unknown style changes nothing and is no error: the fader may come from another checkpoint."""
    checkpoint = load(folder, "cpu")
    assert np.array_equal(logits(checkpoint, Style("Atlantis")), logits(checkpoint, ANY))


@pytest.mark.parametrize("style", [Style("China", "Elsass", 4), Style("any", "Irland", 15)])
def test_between_two_styles_stands_their_embeddings_mixture(folder: Path, style: Style) -> None:
    """A model whose first style has just that embedding hears the same, by either way of decoding."""
    mixed = load(folder, "cpu")
    expected = load(folder, "cpu")
    place = expected.config.feature_names.index("style")
    begin = int(expected.model.offsets[place])
    names = ("any", *NAMES)
    first, second = (begin + names.index(name) for name in (style.name, style.other))
    with torch.no_grad():
        weight = expected.model.wte.weight
        weight[begin + 1] = torch.lerp(weight[first].clone(), weight[second].clone(), style.steps / STEPS)
    wanted = logits(expected, Style("China"))
    assert logits(mixed, style) == pytest.approx(wanted, abs=1e-4)
    assert logits(load_compact(folder), style) == pytest.approx(wanted, abs=1e-4)


def test_drafts_in_a_batch_are_read_between_two_styles_as_single_notes_are(folder: Path) -> None:
    """Branches take the same rows, so planning and drawing note by note agree."""
    for checkpoint in (load(folder, "cpu"), load_compact(folder)):
        tracker = Tracker(
            TOKENIZER, checkpoint.config.feature_names, Conditions(style=Style("China", "Irland", 5))
        )
        rows = [tracker.append(step) for step in (*TOKENIZER.start_steps(), *TOKENIZER.encode(CALL))]
        single, branched = checkpoint.decoder(), checkpoint.decoder()
        single.append(rows)
        branched.append(rows[:-1])
        branches = branched.branches()
        grown = branches.grow([(), ()], [rows[-1], rows[-1]])
        wanted = single.token_logits(len(rows))
        for row in branches.token_logits(grown):
            assert row == pytest.approx(wanted, abs=1e-4)


def test_what_is_saved_of_a_model_that_was_played_has_no_mixtures(folder: Path, tmp_path: Path) -> None:
    """They are made when it is loaded, and are no weights of its own."""
    loaded = load(folder, "cpu")
    again = load(save(tmp_path / "again", loaded.model, TOKENIZER), "cpu")
    assert again.parameters == loaded.parameters == load_compact(folder).parameters
    style = Style("China", "Irland", 3)
    assert logits(again, style) == pytest.approx(logits(loaded, style), abs=1e-2)


def test_every_place_between_two_styles_has_a_value_of_its_own() -> None:
    """No two share one, all are within the rows that the model has, and both ends are the styles themselves."""
    behind = 100
    found: dict[int, set[Style]] = {}
    for first, second, steps in product(("any", *NAMES), ("any", *NAMES), range(STEPS + 1)):
        style = Style(first, second, steps)
        found.setdefault(style_value(style, NAMES, behind), set()).add(known_style(style, NAMES))
    assert all(len(same) == 1 for same in found.values())
    mixed = len(list(between(len(NAMES) + 1)))
    assert set(found) == {*range(len(NAMES) + 1), *range(behind, behind + mixed)}
    names = ("any", *NAMES)
    for place, (one, other, share) in enumerate(between(len(names))):
        style = Style(names[one], names[other], round(share * STEPS))
        assert style_value(style, NAMES, behind) == behind + place


def test_a_mixture_is_the_same_from_either_end() -> None:
    """Three steps from one are thirteen from the other; and on the way from a style to itself there is nothing."""
    assert known_style(Style("Irland", "China", 3), NAMES) == known_style(Style("China", "Irland", 13), NAMES)
    assert known_style(Style("Irland", "Irland", 7), NAMES) == Style("Irland")
    assert known_style(Style("Atlantis", "China", 16), NAMES) == Style("China")
    assert known_style(Style("Atlantis", "Thule", 7), NAMES) == ANY


def test_with_very_many_styles_the_nearer_one_is_taken() -> None:
    """Rows hold small integers; nobody morphs between a thousand."""
    names = [f"style {number}" for number in range(MOST_STYLES + 1)]
    assert known_style(Style(names[3], names[5], 9), names) == Style(names[5])
    assert known_style(Style(names[3], names[5], 8), names) == Style(names[3])
    assert not list(between(len(names) + 1))


def test_a_fader_goes_from_the_one_style_to_the_other() -> None:
    """At its ends it is the styles themselves, and a move of a hundredth is not always another reading."""
    sampling = Sampling(style="China", style_b="Irland")
    assert known_style(asked_style(sampling), NAMES) == Style("China")
    places = [
        known_style(asked_style(Sampling(style="China", style_b="Irland", style_mix=x / 100)), NAMES)
        for x in range(101)
    ]
    assert places[-1] == Style("Irland")
    assert len(set(places)) == STEPS + 1


def test_a_longer_call_under_any_metre_is_read_so_too(folder: Path) -> None:
    """What stands between two styles is a value like others, whatever else is told."""
    draw = random.Random(1)
    call = [Note(draw.randint(55, 75), draw.choice((0.5, 1.0))) for _ in range(40)]
    heard = []
    for checkpoint in (load(folder, "cpu"), load_compact(folder)):
        improviser = Improviser(checkpoint, 0)
        improviser.sync(0, call, Metre(3.0, 1.0, 1.0), Style("Irland", "Elsass", 9))
        heard.append(improviser.context.reading.token_logits(improviser.context.reading.length))
    assert heard[0] == pytest.approx(heard[1], abs=1e-4)


def test_rows_hold_all_that_lies_between_the_most_styles() -> None:
    """The last value, between the last two styles, fits a row's integer with all columns and many durations."""
    names = tuple(f"style {number}" for number in range(MOST_STYLES))
    last = Conditions(None, True, Style(names[-2], names[-1], STEPS - 1))
    tokenizer = NoteTokenizer(styles=names, duration_table=tuple(place / 24 for place in range(1, 301)))
    value = Tracker(tokenizer, NOTE_COLUMNS, last).append(tokenizer.start_steps()[0])[NOTE_COLUMNS.index("style")]
    assert value <= np.iinfo(np.int16).max

"""The way for CUDA, all of it that needs no GPU: what the reference says, by passes over static buffers."""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.checkpoint import load
from engine.decoding.eager import EagerDecoder
from engine.decoding.graphs import Capture, GraphDecoder, Shelf, by_graphs
from engine.decoding.static import Recorder, as_it_is
from engine.drawing.row import Rows
from engine.improviser import Improviser
from engine.messages import Sampling
from engine.model import GPT
from engine.tokenizer import NoteTokenizer
from tests.engine.decoding.agreement import actions, assert_alike, random_rows
from tests.engine.decoding.test_arrays import KINDS, model_of
from tests.goldens import CALL
from tests.tiny import tiny_checkpoint, tiny_model


def warmed_up(body: Callable[[], None]) -> Callable[[], None]:
    """Record as a capture does: the pass runs twice to warm up, and once more."""
    for _ in range(3):
        body()
    return body


def shelf_of(model: GPT, branch_places: int = 8) -> Shelf:
    return Shelf(model, lambda: warmed_up, branch_places)


@pytest.mark.parametrize("kind", KINDS)
@settings(deadline=None, max_examples=8)
@given(doings=actions, seed=st.integers(0, 3))
def test_it_says_what_the_reference_says(kind: str, doings: list[tuple[str, object]], seed: int) -> None:
    """Read in pieces, gone back, branched beyond the room there was: the logits are the reference's."""
    model = model_of(kind, seed)
    assert_alike(model.config, GraphDecoder(shelf_of(model)), EagerDecoder(model), doings)


def test_the_default_model_is_read_alike() -> None:
    """With its trained weights, over several windows, up to the end of its context."""
    model = load("essen", "cpu").model
    doings = [("read", 500), ("back", 7), ("branch", [0] * 5), ("branch", [1, 5, 3, 3, 0, 2])]
    assert_alike(model.config, GraphDecoder(shelf_of(model, 64)), EagerDecoder(model), doings)


def test_the_likeliest_notes_are_the_references() -> None:
    """At temperature 0 the default model draws the same notes either way."""
    reference = load("essen", "cpu")
    answers = []
    for checkpoint in (reference, by_graphs(reference, shelf_of(reference.model, 64))):
        improviser = Improviser(checkpoint, 0)
        improviser.sync(0, CALL)
        improviser.begin(Sampling(temperature=0.0), endless=True)
        answers.append([improviser.draw().note for _ in range(16)])
    assert answers[0] == answers[1]


def test_what_lies_between_two_styles_is_read_alike() -> None:
    """Its embeddings stand behind the model's own, however the model is read."""
    model = tiny_model(NoteTokenizer(styles=("China", "Irland")))
    names, sizes = model.config.feature_names, [size for _, size in model.config.features]
    style = names.index("style")
    row = [1] * len(names)
    row[style] = sum(sizes) - sum(sizes[:style])
    decoders = GraphDecoder(shelf_of(model)), EagerDecoder(model)
    for decoder in decoders:
        decoder.append([row])
    one, other = (decoder.token_logits(1) for decoder in decoders)
    np.testing.assert_allclose(one, other, atol=1e-4, rtol=1e-4)


def test_going_back_and_forking_copy_no_cache() -> None:
    """Keys and values stay where they lie, through every going back and every tree of branches."""
    model = model_of("note")
    decoder, rows = GraphDecoder(shelf_of(model, 64)), random_rows(model.config, 20, 0)
    decoder.append(rows)
    before = decoder._steps.cache.store[:, :, :, :10].clone()
    steps = decoder._steps
    for _ in range(4):
        branches = decoder.branches()
        branches.grow(branches.grow([(), ()], rows[:2]), rows[2:4])
        decoder.rewind(10)
        decoder.append(rows[10:])
    assert decoder._steps is steps
    assert torch.equal(steps.cache.store[:, :, :, :10], before)


def test_a_token_is_one_copy_one_launch_and_one_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is asked of the step read last, besides durations, is fetched from the device once."""
    model = model_of("pitch")
    launched: list[int] = []

    def record(body: Callable[[], None]) -> Callable[[], None]:
        def launch() -> None:
            launched.append(1)
            body()

        return launch

    decoder = GraphDecoder(Shelf(model, lambda: record, 8))
    fetched: list[int] = []

    def fetch(rows: torch.Tensor) -> Rows:
        fetched.append(1)
        found: Rows = rows.double().numpy()
        return found

    monkeypatch.setattr("engine.decoding.static._fetched", fetch)
    decoder.append([[0] * len(model.config.features)])
    for _ in range(3):
        decoder.token_logits(1)
    assert (len(launched), len(fetched)) == (1, 1)


def test_buffers_and_graphs_are_used_again_when_their_decoder_is_gone() -> None:
    """A decoder for a moment costs no capture but the first; two at once have buffers of their own."""
    model, made = model_of("plain"), []

    def recorder() -> Recorder:
        made.append(1)
        return as_it_is

    shelf = Shelf(model, recorder, 8)
    for _ in range(3):
        decoder = GraphDecoder(shelf)
        decoder.append([[1], [2]])
        del decoder
        gc.collect()
    assert len(made) == 1
    one, other = GraphDecoder(shelf), GraphDecoder(shelf)
    one.append([[1], [2]])
    other.append([[3]])
    assert len(made) == 2
    alone = EagerDecoder(model)
    alone.append([[1], [2]])
    np.testing.assert_allclose(one.token_logits(2), alone.token_logits(2), atol=1e-4, rtol=1e-4)


def test_where_nothing_can_be_captured_the_reference_takes_over() -> None:
    """With a line that says why; out of memory is no reason to go on."""
    checkpoint = tiny_checkpoint()

    def refuse(error: Exception) -> Shelf:
        def record(_: Callable[[], None]) -> Callable[[], None]:
            raise error

        return Shelf(checkpoint.model, lambda: record, 8)

    played = by_graphs(checkpoint, refuse(RuntimeError("CUDA error: operation not permitted\nmore of it")))
    assert played.way == "without CUDA graphs: CUDA error: operation not permitted"
    assert isinstance(played.decoder(), EagerDecoder)
    with pytest.raises(torch.OutOfMemoryError):
        by_graphs(checkpoint, refuse(torch.OutOfMemoryError("CUDA out of memory")))


def test_a_full_cache_is_refused() -> None:
    """One step more than the context, and going back forward, raise with both numbers."""
    decoder = GraphDecoder(shelf_of(model_of("plain")))
    decoder.append([[1]] * 31)
    with pytest.raises(ValueError, match="32 positions; 33"):
        decoder.append([[1], [2]])
    with pytest.raises(ValueError, match="rewind to 33"):
        decoder.rewind(33)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA here")
@pytest.mark.parametrize("kind", KINDS)
def test_captured_it_says_what_the_reference_says(kind: str) -> None:
    """On the GPU itself, in 32 bits, graphs replayed."""
    model = model_of(kind).to("cuda")
    doings = [("read", 12), ("back", 3), ("branch", [0] * 5), ("branch", [1, 5, 3]), ("read", 2)]
    shelf = Shelf(model, lambda: Capture(torch.device("cuda")), 64)
    assert_alike(replace(model.config), GraphDecoder(shelf), EagerDecoder(model), doings)

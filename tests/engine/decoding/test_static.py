"""Steps over static buffers: the reference's figures, in passes of a few widths and windows."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.decoding.eager import EagerDecoder
from engine.decoding.static import WIDTHS, Seen, StaticSteps
from tests.engine.decoding.agreement import TOLERANCE, random_rows
from tests.engine.decoding.test_arrays import model_of


def read(steps: StaticSteps, rows: list[list[int]], begin: int) -> None:
    places = range(begin, begin + len(rows))
    steps.read(rows, places, places, Seen([place + 1 for place in places], [()] * len(rows)))


@pytest.mark.parametrize("count", [1, 2, 4, 5, 16, 17, 64])
def test_padding_changes_nothing(count: int) -> None:
    """However much of a pass is padding, what is said of its steps is what the reference says."""
    model = model_of("note", context=64)
    rows = random_rows(model.config, count, 0)
    reference, steps = EagerDecoder(model), StaticSteps(model, 96)
    reference.append(rows)
    read(steps, rows, 0)
    said = steps.last_said(count)
    for place in range(count):
        logits = said[place, : model.config.vocab_size]
        np.testing.assert_allclose(logits, reference.token_logits(place + 1), atol=TOLERANCE, rtol=TOLERANCE)


def test_every_window_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether a pass looks at the shortest window that holds its steps or at the whole cache."""
    model = model_of("pitch", context=64)
    rows = random_rows(model.config, 20, 0)
    wide = StaticSteps(model, 96)
    monkeypatch.setattr("engine.decoding.static.FIRST_WINDOW", 4)
    narrow = StaticSteps(model, 96)
    assert (narrow.windows, wide.windows) == ([4, 16, 64, 96], [96])
    for place, row in enumerate(rows):
        for steps in (wide, narrow):
            read(steps, [row], place)
        np.testing.assert_allclose(narrow.last_said(1), wide.last_said(1), atol=TOLERANCE, rtol=TOLERANCE)


def test_a_pass_is_recorded_once_for_each_width_and_window() -> None:
    """Prepared at the start, none is recorded later; and nothing that a pass reads or writes ever moves."""
    recorded: list[int] = []

    def record(body: object) -> object:
        recorded.append(1)
        return body

    model = model_of("note", context=64)
    steps = StaticSteps(model, 96, record)  # type: ignore[arg-type]
    steps.record_all()
    assert len(recorded) == len(WIDTHS) * (len(steps.windows) + 1)
    buffers = [steps.cache.store, steps.hidden, *steps.inputs.values(), *steps.said.values()]
    places = [buffer.data_ptr() for buffer in buffers]
    for count in (1, 3, 7, 40):
        read(steps, random_rows(model.config, count, count), 0)
        steps.ask([0], [0])
    assert len(recorded) == len(WIDTHS) * (len(steps.windows) + 1)
    assert [buffer.data_ptr() for buffer in buffers] == places


def test_what_a_step_sees_besides_is_forgotten_by_the_next_pass() -> None:
    """A branch's places are seen by its own pass alone, whatever its width was used for before."""
    model = model_of("pitch", context=64)
    rows = random_rows(model.config, 12, 0)
    alone, branched = StaticSteps(model, 96), StaticSteps(model, 96)
    for steps in (alone, branched):
        read(steps, rows[:8], 0)
    branched.read(rows[8:10], [8, 8], [80, 81], Seen([8, 8], [(80,), (81,)]))
    for steps in (alone, branched):
        read(steps, rows[10:], 8)
    np.testing.assert_array_equal(alone.last_said(2), branched.last_said(2))


def test_made_in_inference_mode_they_are_still_writable_outside() -> None:
    """A decoder may be made in any mode."""
    model = model_of("plain")
    with torch.inference_mode():
        steps = StaticSteps(model, 40)
    read(steps, [[1]], 0)
    assert np.isfinite(steps.last_said(1)).all()

"""A draft leans towards the style that is asked for by how much likelier the style makes it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from engine.checkpoint import load
from engine.context import Context
from engine.improviser import Improviser
from engine.messages import Goal, Sampling
from engine.metre_by_model import nats, step_nats
from engine.notes import Metre, Note
from engine.planning.draft import Draft
from engine.planning.planner import Asked, Planner
from engine.planning.style_lean import StyleLean
from engine.styles import ANY, Style

SONGBOOK = load("songbook", "cpu")
WALTZ = Metre(3.0, 2.0, 1.0)
CALL = (Note(67, 1.0), Note(72, 2.0), Note(72, 1.0), Note(72, 2.0), Note(71, 0.5), Note(69, 1.0, 0.5))
IRISH = Style("irish")
ASKED = Asked(
    Sampling(style="irish"),
    Goal(length_beats=6.0, call_notes=len(CALL), lead_rest_beats=1.0),
    5,
    drafts=6,
    notes=24,
)


def heard(style: Style, notes: tuple[Note, ...] = CALL) -> Improviser:
    """Return what has heard a call in a style."""
    improviser = Improviser(SONGBOOK, 0)
    improviser.sync(0, notes, WALTZ, style)
    return improviser


def drafts_of(improviser: Improviser) -> list[Draft]:
    """Return the drafts of a plan."""
    drafts = Planner(SONGBOOK).drafts(improviser.context, ASKED)
    assert drafts is not None
    return drafts


def test_a_lean_is_the_log_ratio_of_the_models_own_probabilities() -> None:
    """The rest that leads in is given, so it says nothing."""
    improviser = heard(IRISH)
    drafts = drafts_of(improviser)
    leans = StyleLean(SONGBOOK).of(improviser.context, drafts, lead=True)
    for draft, lean in zip(drafts, leans, strict=True):
        assert draft.notes[0].rest_beats == 1.0
        costs = [
            nats(SONGBOOK, (*CALL, *draft.notes), [WALTZ], style, told=len(CALL))[0].item() - _rest_nats(style)
            for style in (ANY, IRISH)
        ]
        assert lean == pytest.approx(costs[0] - costs[1], abs=2e-3)
    assert max(leans) - min(leans) > 0.5


def _rest_nats(style: Style) -> float:
    """Return what the rest that leads in costs behind the call."""
    reading = heard(style).context.reading
    return step_nats(reading, reading.length, SONGBOOK.tokenizer.encode([Note(60, 1.0, 1.0)])[0])


def test_in_no_style_nothing_leans_and_nothing_is_read() -> None:
    """Plans without a style are what they were."""
    improviser = heard(ANY)
    lean = StyleLean(SONGBOOK)
    assert lean.of(improviser.context, drafts_of(improviser), lead=True) == [0.0] * ASKED.drafts
    assert lean._plain is None


def test_what_was_read_before_makes_no_difference() -> None:
    """A reading that follows the context, through cuts and other styles, says what a fresh one says."""
    improviser, lean = heard(IRISH), StyleLean(SONGBOOK)
    lean.of(improviser.context, drafts_of(improviser), lead=True)
    improviser.sync(2, (Note(64, 1.0), Note(65, 2.0)), WALTZ, Style("hymn"))
    improviser.sync(4, (Note(67, 1.0), Note(72, 2.0)), WALTZ, IRISH)
    drafts = drafts_of(improviser)
    found = lean.of(improviser.context, drafts, lead=True)
    assert found == pytest.approx(StyleLean(SONGBOOK).of(improviser.context, drafts, lead=True), abs=1e-3)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_draft_that_leans_far_is_the_one_chosen(place: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leans count beside the judge's score."""
    offered: list[Draft] = []

    def far(self: StyleLean, context: Context, drafts: Sequence[Draft], lead: bool) -> list[float]:
        assert lead
        offered[:] = drafts
        return [50.0 * (number == place) for number in range(len(drafts))]

    monkeypatch.setattr(StyleLean, "of", far)
    plan = Planner(SONGBOOK).plan(heard(IRISH).context, ASKED)
    assert plan is not None
    assert plan.notes == offered[place].notes

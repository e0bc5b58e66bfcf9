"""Drafts to learn from are those that a plan draws, and what they cost is the model's own."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from bridge.answering.bar_lines import BarLines
from bridge.answering.requests import goal
from bridge.answering.standing import Standing
from bridge.controls import Controls
from bridge.moment import Moment, read_settings
from bridge.time.bars import Place
from bridge.time.tempo_choice import Tempo
from bridge.time.tempo_map import TempoMap
from engine.bar_finder import BarFinder
from engine.checkpoint import load
from engine.context import Context
from engine.improviser import Improviser
from engine.messages import BarEvidence, FoundBars, Goal, Sampling
from engine.metre_by_model import nats
from engine.metre_net import Net
from engine.notes import Metre, Note
from engine.planning.planner import Asked, Planner
from engine.styles import Style
from tests.tiny import tiny_checkpoint
from trainer.calls import Call
from trainer.drafts import Drafter, goal_of

WALTZ = Metre(3.0, 2.0, 1.0)
CALL = (Note(67, 1.0), Note(72, 2.0), Note(72, 1.0), Note(72, 2.0), Note(71, 0.5, 0.5), Note(69, 1.0))
REAL = (Note(67, 1.0, 1.0), Note(65, 2.0))
CHECKPOINT = tiny_checkpoint(context=128)


def test_bars_are_those_that_play_would_find() -> None:
    """The net's readings that are in doubt are weighed by the model, as before a plan in play."""
    checkpoint, net = load("essen", "cpu"), Net.shipped()
    improviser, drafter, moved = Improviser(checkpoint, 0), Drafter(checkpoint), 0
    for upbeat in range(8):
        call = CALL[upbeat % 4 :] + CALL[: upbeat // 2]
        improviser.reset()
        improviser.sync(0, call)
        goal = Goal(call_notes=len(call))
        assert drafter.bars(call) == improviser.bars(goal, BarEvidence(), over=True, weighed=True)
        moved += drafter.bars(call) != BarFinder(net).find(call, 0, len(call), BarEvidence(), over=True)
    assert moved


@torch.inference_mode()
def test_drafts_stand_with_what_they_cost_as_a_plan_tells_it() -> None:
    """The same seed draws the same drafts as a plan, entering behind a breath; the breath costs nothing."""
    drafted = Drafter(CHECKPOINT).draft(Call(0, CALL, REAL, WALTZ), FoundBars(WALTZ, 0.9), Sampling(), 3, seed=5)
    context = Context(CHECKPOINT)
    context.sync(0, CALL, WALTZ)
    goal = Goal(length_beats=9.0, exact=True, breath_beats=1.0, call_notes=len(CALL), lead_rest_beats=1.0)
    drafts = Planner(CHECKPOINT).drafts(context, Asked(Sampling(), goal, 5, 3, 96))
    assert drafts is not None
    assert drafted.found == WALTZ
    assert drafted.drafts == tuple(draft.notes for draft in drafts)
    assert all(notes[0].rest_beats == 1.0 for notes in drafted.drafts)
    expected = [draft.log_probability for draft in drafts]
    assert drafted.log_probabilities[1:] == pytest.approx(expected, rel=1e-3)


@torch.inference_mode()
def test_a_style_that_is_asked_for_is_drawn_and_charged() -> None:
    """Notes and their costs are those under the style, as a plan in play has them."""
    checkpoint = load("songbook", "cpu")
    drafter, call, bars = Drafter(checkpoint), Call(0, CALL, REAL, WALTZ), FoundBars(WALTZ, 0.9)
    untold = drafter.draft(call, bars, Sampling(), 2, seed=5)
    dance = drafter.draft(call, bars, Sampling(style="irish"), 2, seed=5)
    context = Context(checkpoint)
    context.sync(0, CALL, WALTZ, Style("irish"))
    planned = Planner(checkpoint).drafts(context, Asked(Sampling(style="irish"), goal_of(CALL, WALTZ), 5, 2, 96))
    assert planned is not None
    assert dance.drafts == tuple(draft.notes for draft in planned) != untold.drafts
    assert dance.log_probabilities[1:] == pytest.approx([draft.log_probability for draft in planned], rel=1e-3)


def test_bars_that_are_not_sure_are_none() -> None:
    """Then an answer follows at once, about as long as its call, and the model is told no metre."""
    drafted = Drafter(CHECKPOINT).draft(Call(0, CALL, REAL, WALTZ), FoundBars(WALTZ, 0.4), Sampling(), 2, seed=5)
    assert drafted.found is None
    assert all(notes[0].rest_beats == 0.0 for notes in drafted.drafts)
    assert goal_of(CALL, None) == Goal(length_beats=8.0, call_notes=len(CALL))


def test_the_cost_of_a_continuation_is_the_models_own() -> None:
    """Log probabilities are those of the whole melody under the metre, the call not charged."""
    answers = [(Note(60, 1.0), Note(62, 1.0, 0.5)), (Note(64, 2.0), Note(65, 1.0), Note(67, 0.5))]
    found = Drafter(CHECKPOINT).log_probabilities(CALL, answers, WALTZ)
    expected = [-nats(CHECKPOINT, (*CALL, *answer), [WALTZ], told=len(CALL))[0].item() for answer in answers]
    assert found == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("upbeat", [0.0, 1.0, 2.0, 2.5])
@pytest.mark.parametrize("last", [0.5, 1.0, 2.0, 3.0])
def test_the_goal_is_what_the_bridge_asks_for(upbeat: float, last: float) -> None:
    """Length and entrance are those of live play without a clock: what is learned from is what is played."""
    call, metre = (*CALL[:-1], Note(69, last)), Metre(3.0, upbeat, 1.0)
    standing = Standing(call, Place(0.0, upbeat), BarLines(3.0, 1.0, upbeat, 0.0))
    moment = Moment(0.0, Tempo(TempoMap(120.0, 0.0, 0.0), "player", 1.0, False), read_settings(Controls()))
    rest = standing.entrance(moment, 0.0, ()).rest_beats
    asked = goal(moment.settings, call, drawn_notes=0, lead_rest_beats=rest, bar_beats=standing.bar_beats)
    assert goal_of(call, metre) == replace(asked, rhythm=())

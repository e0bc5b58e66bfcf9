"""Seeds of notes and drafts: engine/drawing/seeds.py."""

from __future__ import annotations

from engine.drawing.seeds import choice_seed, draft_seed, note_seed


def test_the_first_draft_has_the_answers_own_seed() -> None:
    """One draft of one is drawn as an answer without drafts."""
    assert draft_seed(5, 0) == 5


def test_no_two_draws_of_an_answer_share_a_seed() -> None:
    """Notes, drafts and the choice among them are all drawn with other numbers, and all fit a generator."""
    seeds = [note_seed(draft_seed(5, draft), index) for draft in range(32) for index in range(64)]
    seeds.append(choice_seed(5))
    assert len(set(seeds)) == len(seeds)
    assert all(0 <= seed < 1 << 63 for seed in seeds)

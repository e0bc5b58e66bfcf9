"""Where controls move: floods, refusals, what is told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.control_moves import MOVE_EVERY_S, ControlMoves
from bridge.controls import Controls
from bridge.events import SetControl
from bridge.observers import Announcer
from tests.stage import Witness


@pytest.fixture
def witness() -> Witness:
    return Witness()


@pytest.fixture
def moves(witness: Witness) -> ControlMoves:
    return ControlMoves(Controls(), Announcer([witness]))


def test_a_flood_moves_a_control_thirty_times_a_second_and_to_its_last_value(
    moves: ControlMoves, witness: Witness
) -> None:
    """Of a thousand values in a second some thirty are applied and told, the last among them."""
    for step in range(1000):
        moves.due(step / 1000)
        moves.offer(SetControl(step / 1000, "temperature", step / 1000, "osc"))
    moves.due(1.0 + MOVE_EVERY_S)
    assert 25 <= len(witness.controls) <= 32
    assert witness.controls[-1] == ("temperature", 0.999, "osc")
    assert moves.next_s() is None


def test_a_refused_value_is_told_at_once_and_does_not_take_the_place_of_one_that_waits(
    moves: ControlMoves, witness: Witness
) -> None:
    """What is refused leaves what holds, and what is on its way, as they were."""
    assert moves.offer(SetControl(0.0, "temperature", 0.5, "osc"))
    assert not moves.offer(SetControl(0.001, "temperature", 0.6, "osc"))
    assert not moves.offer(SetControl(0.002, "temperature", float("inf"), "osc"))
    assert len(witness.errors) == 1
    assert moves.due(MOVE_EVERY_S) == ["temperature"]
    assert witness.controls[-1] == ("temperature", 0.6, "osc")


def test_controls_do_not_wait_for_each_other(moves: ControlMoves, witness: Witness) -> None:
    """Different controls that move together are moved together."""
    for name in ("temperature", "key_lock", "swing"):
        moves.offer(SetControl(0.0, name, 0.5, "osc"))
    assert [name for name, _, _ in witness.controls] == ["temperature", "key_lock", "swing"]


def test_what_moves_as_one_waits_as_one(moves: ControlMoves, witness: Witness) -> None:
    """Where one of them may not move yet all of them wait, and none is told before all hold."""
    moves.offer(SetControl(0.0, "temperature", 0.5, "osc"))
    both = (SetControl(0.01, "temperature", 0.6, "osc"), SetControl(0.01, "key_lock", 0.7, "osc"))
    assert moves.offer(*both) == []
    assert moves.settings.sampling.key_lock == 0.3
    assert moves.due(MOVE_EVERY_S) == ["temperature", "key_lock"]
    assert moves.settings.sampling.key_lock == 0.7
    assert witness.controls[1:] == [("temperature", 0.6, "osc"), ("key_lock", 0.7, "osc")]


def test_of_moves_as_one_a_refused_one_is_told_and_the_others_hold(moves: ControlMoves, witness: Witness) -> None:
    """A bundle is no contract: what is right in it is done."""
    wrong = SetControl(0.0, "top_k", "many", "osc")
    assert moves.offer(SetControl(0.0, "temperature", 0.5, "osc"), wrong) == ["temperature"]
    assert "many" in witness.errors[0]


@given(
    st.lists(
        st.tuples(
            st.floats(0.0, 0.05),
            st.lists(
                st.tuples(st.sampled_from(("swing", "quantise", "dynamics")), st.floats(0.0, 0.5)), max_size=4
            ),
        ),
        max_size=40,
    )
)
def test_nothing_is_lost_but_what_was_overtaken(bundles: list[tuple[float, list[tuple[str, float]]]]) -> None:
    """However moves come, alone or as one: in the end each control holds the last value it was offered."""
    controls = Controls()
    moves, now_s = ControlMoves(controls, Announcer()), 0.0
    last: dict[str, float] = {}
    for pause_s, bundle in bundles:
        now_s += pause_s
        moves.due(now_s)
        moves.offer(*(SetControl(now_s, name, value, "osc") for name, value in bundle))
        last.update(bundle)
    while (next_s := moves.next_s()) is not None:
        moves.due(next_s)
    assert {name: controls[name] for name in last} == last


def test_the_same_value_again_is_told_and_is_no_change(moves: ControlMoves, witness: Witness) -> None:
    """A surface hears its value confirmed; nothing is drawn anew for it."""
    assert moves.offer(SetControl(0.0, "temperature", 0.5, "osc"))
    assert not moves.offer(SetControl(1.0, "temperature", 0.5, "osc"))
    assert len(witness.controls) == 2


def test_a_style_that_the_checkpoint_lacks_is_told_with_what_now_holds(
    moves: ControlMoves, witness: Witness
) -> None:
    """Falling back is said twice: a sentence for people, the value for surfaces."""
    moves.offer(SetControl(0.0, "style", "Atlantis", "osc"))
    moves.offer_choices("style", ("any", "Elsass"))
    assert "Atlantis" in witness.errors[-1]
    assert witness.controls[-1] == ("style", "any", "checkpoint")


def test_a_flood_of_questions_is_answered_as_seldom_as_values_are_told(
    moves: ControlMoves, witness: Witness
) -> None:
    """A thousand questions for everything in a second: each value is told some thirty times."""
    for step in range(1000):
        moves.ask("*", step / 1000)
        moves.ask("temperature", step / 1000)
    told = [name for name, _, _ in witness.controls]
    assert 25 <= told.count("temperature") <= 32
    assert 25 <= told.count("top_k") <= 32


def test_a_time_signature_moves_two_controls(moves: ControlMoves, witness: Witness) -> None:
    """Both are told; one that is no such thing is refused and moves neither."""
    assert moves.offer(SetControl(0.0, "bar", "6/8", "osc")) == ["bar", "pulse"]
    assert witness.controls == [("bar", 3.0, "osc"), ("pulse", 1.5, "osc")]
    assert (moves.settings.bar_beats, moves.settings.pulse_beats) == (3.0, 1.5)
    assert moves.offer(SetControl(1.0, "bar", "3/4", "osc")) == ["pulse"]
    assert moves.offer(SetControl(2.0, "bar", "6/7", "osc")) == []
    assert "bar: '6/7' refused" in witness.errors[-1]


def test_moves_that_were_kept_back_do_not_wait_again(moves: ControlMoves, witness: Witness) -> None:
    """A style that waited for its model holds with it; one that is refused is told."""
    moves.offer(SetControl(0.0, "top_k", 3, "osc"))
    kept = SetControl(0.001, "top_k", 4, "preset"), SetControl(0.001, "top_p", 7, "preset")
    assert moves.apply_now(*kept) == ["top_k"]
    assert witness.controls[-1] == ("top_k", 4, "preset")
    assert "top_p" in witness.errors[-1]
    assert moves.apply_now() == []

"""The critic prefers what songs do, and says so in log odds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save_file

from engine.errors import UserError
from engine.notes import Metre, Note
from engine.planning.critic import CLIP, FIGURES_KEY, Critic
from engine.planning.figures import NAMES
from engine.planning.note_columns import COLUMNS, note_columns
from engine.planning.note_net import PREFIX, NoteNet
from engine.planning.pair import Pair
from tests.engine.planning.rules.tunes import tune
from tests.engine.planning.test_figures import melodies, metres
from trainer.critic.net import CriticNet

CRITIC = Critic.shipped()
COMMON = Metre(4.0, 0.0, 1.0)
CALL = tune("C2 D2 E2 C2 C2 D2 E2 C2 E2 F2 G4 E2 F2 G4")
SONG = tune("G1 A1 G1 F1 E2 C2 G1 A1 G1 F1 E2 C2 D2 G2 C4 D2 G2 C4")


def tensors(size: int = 3) -> dict[str, np.ndarray]:
    """Return weights that listen to the first figure only."""
    count = len(NAMES)
    weight = np.zeros((size, count), np.float32)
    weight[0, 0] = 1.0
    return {
        "mean": np.zeros(count, np.float32),
        "scale": np.ones(count, np.float32),
        "weight_in": weight,
        "bias_in": np.zeros(size, np.float32),
        "weight_out": np.array([2.0] + [0.0] * (size - 1), np.float32),
        "bias_out": np.array([0.5], np.float32),
    }


def odds(call: Sequence[Note], candidate: Sequence[Note], metre: Metre | None, nats: float | None) -> float:
    """Return the log odds of one candidate."""
    [found] = CRITIC.scores(call, [candidate], metre, [nats])
    return found


def score(text: str, nats: float) -> float:
    """Return the log odds of a candidate behind the call, to which the model gives so many nats a note."""
    notes = tune(text)
    return odds(CALL, notes, COMMON, nats * len(notes))


def test_a_song_is_preferred_to_what_gives_a_machine_away() -> None:
    """The song's own end beats a lost bar, see-saws, a hammered note, chopping rests, and chance notes.

    Each with what the model `essen` gives it; of see-saws, in the song's rhythm, the usual one counts.
    """
    song = odds(CALL, SONG, COMMON, -1.62 * len(SONG))
    assert song > score("G1 A1 G1 F1 E3 C2 G1 A1 G1 F1 E2 C2 D2 G2 C4 D2 G2 C4", -2.78)
    pairs = {("G", "A"): -2.06, ("E", "G"): -1.82, ("C", "G"): -2.48, ("C", "D"): -2.05, ("E", "F"): -2.74}
    lengths = "111122111122224224"
    assert song > median(
        score(" ".join(pair[place % 2] + length for place, length in enumerate(lengths)), nats)
        for pair, nats in pairs.items()
    )
    assert song > score("G1 G1 G1 G1 G1 G1 G1 G1 G1 G1 G1 G1 G2 G2 G2 G2 G2 G2 G8", -1.53)
    assert song > score("G1 z1 G1 F1 z2 C2 G1 z1 G1 F1 E1 z1 C2 z2 G2 C4 z2 G2 C4", -4.88)
    assert song > score("F3 A1 D4 B1 F1 C2 e3 B1 D2 A3 F3 B1 B3 D1 F1 A1 D1 F1", -5.97)


def test_the_likelihood_counts_where_it_is_told() -> None:
    """An unknown likelihood counts as a usual one: the odds lie between those of a bad and of a fine one."""
    told = [odds(CALL, SONG, COMMON, cost * len(SONG)) for cost in (-6.0, -1.7, -0.6)]
    assert min(told) <= odds(CALL, SONG, COMMON, None) <= max(told)


def test_nothing_has_even_odds() -> None:
    """Without a call, or without notes, there is nothing to tell."""
    assert odds((), SONG, COMMON, None) == 0.0
    assert odds(CALL, (), None, None) == 0.0
    some = CRITIC.scores(CALL, [(), SONG], COMMON, [0.0, -30.0])
    assert some == [0.0, odds(CALL, SONG, COMMON, -30.0)]


@given(melodies, melodies, metres, st.none() | st.floats(-1e6, 0.0))
def test_every_candidate_has_odds(call, candidate, metre, cost) -> None:  # type: ignore[no-untyped-def]
    """Whatever was played, and in whatever bar, the answer is a finite number, the same every time."""
    found = odds(call, candidate, metre, cost)
    assert math.isfinite(found)
    assert found == odds(call, candidate, metre, cost)


def test_odds_are_those_of_the_net() -> None:
    """A figure counts by its distance from the mean, clipped; what is NaN counts as the mean."""
    critic = Critic(tensors())
    row = [0.0] * len(NAMES)
    rows = [[value, *row[1:]] for value in (0.0, 1.0, 100.0, math.nan)]
    expected = [0.5, 0.5 + 2.0 * math.tanh(1.0), 0.5 + 2.0 * math.tanh(CLIP), 0.5]
    assert critic.weigh(rows) == pytest.approx(expected)


def test_what_the_notes_say_is_added() -> None:
    """Weights with a net that hears notes: the figures' odds and its own; of other columns they are refused."""
    notes = CriticNet().eval().tensors()
    both = {**tensors(), **{name: each for name, each in notes.items() if name.startswith(PREFIX)}}
    pairs = [Pair(CALL, each, COMMON) for each in (SONG, SONG[:5])]
    own = NoteNet({name.removeprefix(PREFIX): each for name, each in both.items() if name.startswith(PREFIX)})
    alone, added = Critic(tensors()).judge(pairs), own.weigh(note_columns(pairs))
    assert Critic(both).judge(pairs) == pytest.approx(alone + added)
    assert np.abs(added).min() > 0.0
    with pytest.raises(UserError, match=r"columns \(odd.*melody-train critic"):
        Critic(both, columns=[*(name for name, _ in COLUMNS), "odd"])


def test_weights_of_other_figures_are_refused(tmp_path: Path) -> None:
    """A file says which figures it was trained on; others, a missing tensor, or no file are said in a sentence."""
    file = tmp_path / "critic.safetensors"
    save_file(tensors(), file, {FIGURES_KEY: ",".join(NAMES)})
    assert Critic.load(file).weigh([[0.0] * len(NAMES)])[0] == pytest.approx(0.5)
    save_file(tensors(), file, {FIGURES_KEY: "nonsense"})
    with pytest.raises(UserError, match=r"nonsense.*melody-train critic"):
        Critic.load(file)
    lacking = tensors()
    del lacking["bias_out"]
    with pytest.raises(UserError, match="bias_out"):
        Critic(lacking)
    with pytest.raises(UserError, match="bias_out are no numbers"):
        Critic({**tensors(), "bias_out": np.array([math.nan], np.float32)})
    for name, shape in (("weight_in", (3, 2)), ("bias_in", (4,)), ("weight_out", (2,)), ("scale", (3,))):
        with pytest.raises(UserError, match="form"):
            Critic({**tensors(), name: np.zeros(shape, np.float32)})
    file.write_bytes(b"no weights")
    with pytest.raises(UserError, match="not readable"):
        Critic.load(file)

"""The bars are found: beliefs that sum to 1, that do not hear the key, and that what is told overrules."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.bars import AGREE, N_STATES, agree, in_threes, states_before
from engine.messages import BarEvidence
from engine.metre import ON_DOWNBEAT, SHARED, Belief, Posterior
from engine.metre_net import Net
from engine.notes import Metre, Note

NET = Net.shipped()

melodies = st.lists(
    st.builds(
        Note, st.integers(40, 90), st.sampled_from((0.125, 1 / 3, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 5.0)),
        st.sampled_from((0.0, 0.0, 0.0, 0.5, 1.0, 7.0)),
    ),
    max_size=16,
)  # fmt: skip
evidences = st.builds(
    BarEvidence,
    st.sampled_from((0.0, 2.0, 3.0, 3.5, 4.0, 5.0, 6.0, 12.0)),
    st.sampled_from((0.0, 1.0, 1.5)),
    st.none() | st.integers(0, 80).map(lambda steps: steps / 4),
    st.booleans(),
)


WHITE_KEYS = dict(zip("CDEFGABcdefga", (60, 62, 64, 65, 67, 69, 71, 72, 74, 76, 77, 79, 81), strict=True))


def tune(text: str) -> list[Note]:
    """Return the notes of words like `C4`: a white key (c is C5), and a length in eighths."""
    return [Note(WHITE_KEYS[word[0]], int(word[1:]) / 2) for word in text.split()]


TWINKLE = tune("C2 C2 G2 G2 A2 A2 G4 F2 F2 E2 E2 D2 D2 C4 G2 G2 F2 F2 E2 E2 D4 G2 G2 F2 F2 E2 E2 D4")
# Begun on the third beat of three.
WALTZ = tune("G2 c4 c2 c4 B2 A4 G2 E4 G2 A4 A2 A4 G2 F4 F2 F4 G2 c4 c2 c4 B2 A4 G2 E4 G2 A4 B2 c4 B2 c4")
AUGUSTIN = tune("g3 a1 g1 f1 e2 c2 c2 d2 G2 G2 e2 c2 c2 g3 a1 g1 f1 e2 c2 c2 d2 G2 G2 c6")
JIG = tune(
    "G1 c2 c1 c1 d1 e1 d2 d1 d1 e1 f1 e2 c1 G1 A1 B1 c3 c2 "
    "G1 c2 c1 c1 d1 e1 d2 d1 d1 e1 f1 e1 d1 c1 B1 A1 B1 c3 c2"
)


def heard(notes: list[Note]) -> Posterior:
    """Return what is believed after these notes."""
    posterior = Posterior(NET)
    posterior.follow(notes)
    return posterior


@settings(max_examples=30, deadline=None)
@given(melodies, evidences)
def test_the_beliefs_sum_to_one(notes: list[Note], evidence: BarEvidence) -> None:
    """Whatever is played and told, the probabilities are numbers from 0 on that sum to 1."""
    chances = heard(notes).probabilities(evidence)
    assert chances.shape == (N_STATES,)
    assert np.all(chances >= 0.0)
    assert math.isclose(chances.sum(), 1.0, abs_tol=1e-6)


@settings(max_examples=20, deadline=None)
@given(melodies, st.integers(-12, 12))
def test_a_transposed_melody_has_the_same_bars(notes: list[Note], semitones: int) -> None:
    """The key does not matter to the bars."""
    moved = [replace(note, pitch=note.pitch + semitones) for note in notes]
    assert np.array_equal(heard(notes).probabilities(), heard(moved).probabilities())


@settings(max_examples=20, deadline=None)
@given(melodies.filter(bool), st.integers(1, 12))
def test_a_melody_that_begins_later_has_an_earlier_upbeat(notes: list[Note], eighths: int) -> None:
    """A rest before the first note moves the upbeat by its length, and moves no bar line."""
    first = replace(notes[0], rest_beats=0.0)
    plain, late = heard([first, *notes[1:]]), heard([replace(first, rest_beats=eighths / 2), *notes[1:]])
    assert np.array_equal(plain.probabilities(), late.probabilities())
    one, other = plain.beliefs()[0].metre, late.beliefs()[0].metre
    moved = (one.upbeat_beats - other.upbeat_beats - eighths / 2) / one.beats_per_bar
    assert moved == pytest.approx(round(moved))


@settings(max_examples=20, deadline=None)
@given(melodies, melodies, evidences, st.sets(st.integers(0, 15)))
def test_what_is_heard_can_be_taken_back(
    first: list[Note], then: list[Note], evidence: BarEvidence, ends: set[int]
) -> None:
    """Following another melody forgets the one before: beliefs depend on the notes and the known ends alone."""
    posterior = heard(first)
    for notes, known in ((then, set()), (then, ends), (first, ends), (first, set[int]())):
        posterior.follow(notes, known)
        assert len(posterior) == len(notes)
        fresh = Posterior(NET)
        fresh.follow(notes, known)
        assert np.array_equal(posterior.probabilities(evidence), fresh.probabilities(evidence))


@settings(max_examples=20, deadline=None)
@given(melodies, evidences.filter(lambda evidence: evidence.bar_beats > 0.0))
def test_a_told_bar_overrules_what_is_heard(notes: list[Note], evidence: BarEvidence) -> None:
    """Every reading has the length of bar that a control tells, be it none that songs have."""
    for belief in heard(notes).beliefs(evidence, count=5):
        assert belief.metre.beats_per_bar == evidence.bar_beats
        assert 0.0 <= belief.metre.upbeat_beats < evidence.bar_beats
        assert 0.0 <= belief.place_beats < evidence.bar_beats


@pytest.mark.parametrize("bar_beats", [2.5, 3.5, 5.0])
def test_an_uneven_bar_that_is_told_begins_with_the_melody(bar_beats: float) -> None:
    """Nothing heard says where it begins; that it is the first note is likely enough to count as known."""
    for count in (1, 2, 9):
        best = heard(WALTZ[:count]).beliefs(BarEvidence(bar_beats))[0]
        assert (best.metre, best.confidence) == (Metre(bar_beats, 0.0), ON_DOWNBEAT)


@pytest.mark.parametrize(
    ("notes", "bar_beats", "upbeat_beats"), [(JIG, 4.5, 4.0), (WALTZ, 12.0, 11.0), (AUGUSTIN, 9.0, 0.0)]
)
def test_in_a_long_bar_that_is_told_an_upbeat_leads_to_its_beginning(
    notes: list[Note], bar_beats: float, upbeat_beats: float
) -> None:
    """Bars of the longest kind that goes into it are found; which of them is its first is told by the upbeat."""
    assert heard(notes).beliefs(BarEvidence(bar_beats))[0].metre.upbeat_beats == upbeat_beats


@pytest.mark.parametrize("bar_beats", [2.0, 3.0, 3.5, 4.0, 5.0])
def test_song_position_and_a_told_bar_fix_the_place(bar_beats: float) -> None:
    """When the bar and the place in the song are known, nothing is left to be found."""
    evidence = BarEvidence(bar_beats, clock_beat=9.0, from_start=True)
    assert heard(TWINKLE[:3]).beliefs(evidence)[0].place_beats == 9.0 % bar_beats


def test_a_running_clock_puts_bar_lines_on_its_beats() -> None:
    """A reading whose bars begin between the clock's beats is all but excluded."""
    for shift in (0.0, 0.5):
        belief = heard(TWINKLE[:3]).beliefs(BarEvidence(clock_beat=7.0 + shift))[0]
        assert (belief.place_beats - shift) % (0.5 if belief.metre.beats_per_bar == 1.5 else 1.0) == 0.0


@pytest.mark.parametrize(
    ("notes", "metre"),
    [(TWINKLE, Metre(4.0, 0.0, 1.0)), (WALTZ, Metre(3.0, 2.0, 1.0)), (JIG, Metre(3.0, 2.5, 1.5))],
    ids=["twinkle", "waltz", "jig"],
)
def test_the_bars_of_plain_tunes_are_found(notes: list[Note], metre: Metre) -> None:
    """Length, pulse and upbeat of three tunes that leave no doubt; 3/4 and 6/8 are told apart."""
    best = heard(notes).beliefs()[0]
    assert agree(best.metre, metre)
    assert in_threes(best.metre) == in_threes(metre)
    assert best.confidence > 0.7


TUNES = {"four": (TWINKLE, Metre(4.0)), "three": (AUGUSTIN, Metre(3.0)), "jig": (JIG, Metre(3.0, 2.5))}


@pytest.mark.parametrize(("before", "then"), [(a, b) for a in TUNES for b in TUNES if a != b])
def test_a_change_of_metre_from_call_to_call_is_followed(before: str, then: str) -> None:
    """A call in another metre than the one before is heard in its own within two phrases."""
    call, metre = TUNES[then]
    posterior = Posterior(NET, heard(TUNES[before][0]).carried())
    posterior.follow(call[:18], {17})
    assert agree(posterior.beliefs()[0].metre, metre)


def test_a_change_of_metre_within_a_call_is_followed() -> None:
    """Bars that change without a pause are found before the new tune is over."""
    tune_then, metre = TUNES["jig"]
    best = heard([*TWINKLE, *TWINKLE, *tune_then]).beliefs()[0]
    since = metre.upbeat_beats + sum(note.duration_beats for note in tune_then[:-1])
    assert agree(Metre(best.metre.beats_per_bar, best.place_beats), Metre(metre.beats_per_bar, since))


def test_the_next_call_is_expected_in_the_bars_of_the_last() -> None:
    """After a waltz a few equal notes are heard in three, after a tune in four in four; nothing is excluded."""
    equal = tune("C2 D2 E2 D2")

    def in_three(before: list[Note]) -> float:
        posterior = Posterior(NET, heard(before).carried())
        assert posterior.probabilities().sum() == pytest.approx(1.0)
        assert posterior.probabilities().min() > 0.0
        posterior.follow(equal)
        return sum(each.probability for each in posterior.beliefs(count=N_STATES) if in_threes(each.metre))

    assert in_three(TWINKLE) < in_three([]) < in_three(WALTZ)


@pytest.mark.parametrize("notes", [[], [Note(60, 1.0)], [Note(60, 0.5)] * 30, [Note(60, 100.0)] * 2])
def test_little_or_odd_playing_gets_a_defined_answer(notes: list[Note]) -> None:
    """Nothing, one note, equal notes and endless ones: some reading, and the surer the more there is to hear."""
    best = heard(notes).beliefs()[0]
    assert 0.0 < best.probability <= best.confidence <= 1.0


def test_bar_lines_are_remembered_as_they_were_believed() -> None:
    """Of each state its bar lines, as they were likely after an earlier note, wherever that stood in them."""
    whole, before = heard(WALTZ), heard(WALTZ[:12])
    since = round(4 * sum(note.duration_beats for note in WALTZ[11:29]))
    expected = before.lines_log()[states_before(since)]
    assert whole.lines_log(11) == pytest.approx(expected)
    assert np.exp(whole.lines_log()) == pytest.approx(AGREE @ whole.probabilities(), abs=2e-4)


def odds_of(beliefs: list[Belief], chances: dict[Metre, float] | None = None) -> list[float]:
    """Return the log odds of each but the first reading against the first, by their own chances or by these."""
    logs = [math.log(each.probability if chances is None else chances[each.metre]) for each in beliefs]
    return [log - logs[0] for log in logs[1:]]


def test_what_else_speaks_against_readings_counts_beside_the_net() -> None:
    """A reading against which more is said loses by as many nats, but all that is said together by a share less.

    Net and model have heard the same notes: even what is said of all alike makes the bars less sure.
    """
    posterior = heard(WALTZ[:5])
    before = posterior.beliefs(count=4)
    posterior.weigh(before, [3.0] * 4)
    alike = {belief.metre: belief.probability for belief in posterior.beliefs(count=4)}
    assert odds_of(before, alike) == pytest.approx([SHARED * odds for odds in odds_of(before)])
    posterior.weigh(before, [2.0, 0.0, 2.0, 2.0])
    after = {belief.metre: belief.probability for belief in posterior.beliefs(count=4)}
    assert odds_of(before, after)[0] == pytest.approx(SHARED * (odds_of(before)[0] + 2.0))
    assert posterior.probabilities().sum() == pytest.approx(1.0)
    posterior.weigh((), ())
    assert posterior.beliefs(count=4) == before


def test_what_was_said_of_a_beginning_counts_on_while_its_notes_stand() -> None:
    """Bars stay weighed while notes follow, the last one's length aside; other notes are weighed anew."""
    posterior = heard(WALTZ[:6])
    three, *_ = posterior.beliefs()
    posterior.weigh([three], [50.0])
    assert posterior.beliefs()[0].metre == three.metre, "what is said of one reading is said of all others"
    others = [belief for belief in posterior.beliefs(count=8) if not agree(belief.metre, three.metre)]
    posterior.weigh([three, others[0]], [50.0, 0.0])
    posterior.follow([*WALTZ[:5], replace(WALTZ[5], duration_beats=1.75), WALTZ[6]])
    assert not agree(posterior.beliefs()[0].metre, three.metre)
    posterior.follow([replace(WALTZ[0], duration_beats=2.0), *WALTZ[1:7]])
    fresh = heard([replace(WALTZ[0], duration_beats=2.0), *WALTZ[1:7]])
    assert np.array_equal(posterior.probabilities(), fresh.probabilities())

"""What of a call's key an answer is drawn in: bridge/hearing/key.py."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bridge.controls import PITCH_NAMES, SCALES
from bridge.hearing.key import KeyEstimate, sampling_key


def test_following_takes_the_estimate() -> None:
    """Both controls at follow: the estimate's tonic and scale."""
    assert sampling_key(KeyEstimate(7, "major", 0.9), "follow", "follow") == (7, (0, 2, 4, 6, 7, 9, 11))


def test_no_estimate_no_key() -> None:
    """Before the first call nothing is known, so nothing is locked."""
    assert sampling_key(None, "follow", "dorian") is None


def test_what_the_player_plays_much_belongs_to_a_followed_scale() -> None:
    """A raised fourth that returns is allowed; one in passing is left to the lean; a set scale stays as set."""
    key = KeyEstimate(0, "major", 0.9)
    often, once = [60, 66, 67, 66, 67, 64, 62, 60], [60, 66, 67, 64, 62, 64, 62, 60]
    assert 6 in sampling_key(key, "follow", "follow", often)[1]  # type: ignore[index]
    assert 6 not in sampling_key(key, "follow", "follow", once)[1]  # type: ignore[index]
    assert 6 not in sampling_key(key, "follow", "major", often)[1]  # type: ignore[index]


def test_a_tonic_set_alone_finds_its_third_in_the_call() -> None:
    """D set over a call with F natural is D minor, with F sharp D major."""
    assert sampling_key(None, "D", "follow", [62, 65, 69, 70, 65])[1] == (0, 2, 4, 5, 7, 9, 10)  # type: ignore[index]
    assert sampling_key(None, "D", "follow", [62, 66, 69, 71, 61])[1] == (1, 2, 4, 6, 7, 9, 11)  # type: ignore[index]


@given(st.sampled_from(PITCH_NAMES), st.sampled_from(sorted(SCALES)), st.lists(st.integers(0, 127)))
def test_a_set_key_is_exactly_that_key(tonic: str, scale: str, pitches: list[int]) -> None:
    """Whatever is played, a key and scale set by hand have the tonic and as many notes as the scale."""
    home, members = sampling_key(None, tonic, scale, pitches)  # type: ignore[misc]
    assert PITCH_NAMES[home] == tonic
    assert {(member - home) % 12 for member in members} == set(SCALES[scale])


RIFFS = {
    "pentatonic": [60, 62, 64, 67, 69, 72, 69, 67, 64, 62],
    "blues": [60, 63, 65, 66, 67, 70, 72, 70, 67, 63, 60],
}


@given(name=st.sampled_from(sorted(RIFFS)), semitones=st.integers(-20, 40), tonic=st.integers(0, 11))
def test_a_riff_names_its_gapped_scale(name: str, semitones: int, tonic: int) -> None:
    """In any key and mode; what it leaves out is outside."""
    riff = [pitch + semitones for pitch in RIFFS[name]]
    members = sampling_key(KeyEstimate(tonic, "major", 0.9), "follow", "follow", riff)[1]  # type: ignore[index]
    assert set(members) == {pitch % 12 for pitch in riff}


def test_a_call_with_all_notes_of_a_scale_names_it() -> None:
    """A run through D dorian that is heard as D minor has no B flat in it."""
    run = [62, 64, 65, 67, 69, 71, 72, 74]
    assert sampling_key(KeyEstimate(2, "minor", 0.9), "follow", "follow", run) == (2, (0, 2, 4, 5, 7, 9, 11))


def test_five_notes_in_a_row_name_no_scale() -> None:
    """C to G begin a major scale; where a scale is set, it stays whatever is played."""
    key, call = KeyEstimate(0, "major", 0.9), [60, 62, 64, 65, 67, 65, 64, 62, 60]
    assert set(sampling_key(key, "follow", "follow", call)[1]) == set(SCALES["major"])  # type: ignore[index]
    riff = RIFFS["pentatonic"]
    assert set(sampling_key(key, "follow", "major", riff)[1]) == set(SCALES["major"])  # type: ignore[index]

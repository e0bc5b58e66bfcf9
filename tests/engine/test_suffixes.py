"""Suffix matches, kept up step by step: engine/suffixes.py."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from engine.suffixes import MATCH_CAP, Suffixes

sequences = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 2)), max_size=80)


def matched(symbols: Sequence[int], place: int) -> int:
    """Return, the plain way, how long the suffix before `place` is that is the end of the sequence too."""
    length = 0
    while length < min(place, MATCH_CAP) and symbols[place - 1 - length] == symbols[-1 - length]:
        length += 1
    return length


def best(symbols: Sequence[int], places: Sequence[int]) -> tuple[int, int]:
    """Return the latest of the places with the longest match, and its length."""
    length, place = max((matched(symbols, place), place) for place in places)
    return place, length


def checked(suffixes: Suffixes, pairs: Sequence[tuple[int, int]]) -> None:
    """Hold what the suffixes say against looking at every place."""
    assert suffixes.count == len(pairs)
    places, lengths = suffixes.best()
    for kind in (0, 1):
        symbols = [pair[kind] for pair in pairs]
        if len(symbols) < 2:
            assert lengths[kind] == 0
            continue
        assert (places[kind], lengths[kind]) == best(symbols, range(1, len(symbols)))
        if lengths[kind]:
            others = [at for at in range(1, len(symbols)) if symbols[at] != symbols[places[kind]]]
            length = suffixes.second(kind, places[kind])[1]
            assert length == (best(symbols, others)[1] if others else 0)
            if length:
                assert suffixes.second(kind, places[kind]) == best(symbols, others)


@given(sequences)
def test_the_longest_latest_match_is_found(pairs: list[tuple[int, int]]) -> None:
    """After every symbol it is what looking at every place finds, and so is the one that went on otherwise."""
    suffixes = Suffixes(2)
    for count, pair in enumerate(pairs):
        suffixes.append(pair)
        checked(suffixes, pairs[: count + 1])


@given(sequences, st.lists(st.integers(0, 80), max_size=3), sequences)
def test_going_back_forgets(pairs: list[tuple[int, int]], counts: list[int], then: list[tuple[int, int]]) -> None:
    """Whatever was taken back, one symbol or many, the matches are those of what is left and of what follows."""
    suffixes, held = Suffixes(2), list(pairs)
    for pair in held:
        suffixes.append(pair)
    for count in (len(held) - 1, *counts):
        if 0 <= count <= len(held):
            suffixes.rewind(count)
            del held[count:]
            checked(suffixes, held)
            suffixes.rewind(count)  # to where it stands already
            checked(suffixes, held)
    for pair in then:
        suffixes.append(pair)
    checked(suffixes, [*held, *then])


def test_matches_are_told_apart_up_to_the_cap() -> None:
    """In an endless repetition the match is as long as is told apart, also behind the first buffers' end."""
    suffixes = Suffixes(1)
    for index in range(1100):
        suffixes.append([index % 5])
    assert suffixes.best() == ([1095], [MATCH_CAP])


def test_a_copy_goes_on_by_itself() -> None:
    """What is added to a copy is not heard by the first, nor the other way round."""
    suffixes = Suffixes(2)
    for pair in ((0, 1), (1, 1), (0, 1)):
        suffixes.append(pair)
    copy = suffixes.copy()
    copy.append((1, 1))
    suffixes.append((0, 2))
    checked(copy, [(0, 1), (1, 1), (0, 1), (1, 1)])
    checked(suffixes, [(0, 1), (1, 1), (0, 1), (0, 2)])

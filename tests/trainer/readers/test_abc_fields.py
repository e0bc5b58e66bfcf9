"""What the fields above a tune say."""

from __future__ import annotations

import pytest

from trainer.readers.abc_fields import bar_and_pulse, key_signature, region_of, unit_beats
from trainer.readers.reader import ReadError


@pytest.mark.parametrize(
    ("key", "altered"),
    [("C", {}), ("G", {"F": 1}), ("Bb", {"B": -1, "E": -1}), ("Dm", {"B": -1}), ("A dor", {"F": 1}),
     ("Es", {"B": -1, "E": -1, "A": -1}), ("H", {"F": 1, "C": 1, "G": 1, "D": 1, "A": 1}), ("none", {})],
)  # fmt: skip
def test_key_signatures(key: str, altered: dict[str, int]) -> None:
    assert key_signature(key) == altered


@pytest.mark.parametrize(
    ("text", "beats"),
    [("6/8", (3.0, 1.5)), ("3/4", (3.0, 1.0)), ("3/8", (1.5, 0.5)), ("12/8", (6.0, 1.5)), ("C", (4.0, 1.0)),
     ("C|", (4.0, 2.0)), ("2/2]", (4.0, 2.0)), ("5/4", (5.0, 1.0)), ("none", None), ("3/0", None),
     ("9" * 400 + "/4", None)],
)  # fmt: skip
def test_a_time_signature_gives_the_lengths_of_bar_and_pulse(text: str, beats: tuple[float, float] | None) -> None:
    """Three eighths are felt as one where the bar has six of them or more, as three where it has three."""
    assert bar_and_pulse(text) == beats


def test_region_is_the_country_not_the_part_of_the_world() -> None:
    assert region_of("Europa, Mitteleuropa, Deutschland / Polen, Ort") == "Deutschland"
    assert region_of("China, Shaanxi") == "China"
    assert region_of("Europa") == "Europa"


def test_a_unit_is_told_in_parts_of_a_whole_note() -> None:
    """An eighth is half a beat; what is no length is a sentence."""
    assert unit_beats(" 1/8 ") == 0.5
    for nonsense in ("0/8", "1/0", "x", "1/10000"):
        with pytest.raises(ReadError, match="unit length"):
            unit_beats(nonsense)

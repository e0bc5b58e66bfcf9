"""Whether a second model fits into memory beside the first."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.engine.memory import available_bytes, lack, needed_bytes


def test_a_model_that_does_not_fit_is_refused_with_both_numbers() -> None:
    """The sentence says what it needs, what there is, and what to do."""
    needed = needed_bytes(3_000_000)
    assert lack("essen", 3_000_000, needed) == ""
    text = lack("essen", 3_000_000, needed - 1)
    assert text.startswith("essen needs about 156 MB")
    assert "are free; close something" in text
    assert lack("paper", 700_000_000, 4_000_000_000).startswith("paper needs about 5,100 MB")


def test_where_the_system_does_not_say_nothing_is_refused() -> None:
    """Then the engine itself says that it has no memory, and the old model plays on."""
    assert lack("paper", 700_000_000, None) == ""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("MemTotal:  100 kB\nMemAvailable:     2000 kB\n", 2_048_000),
        ("MemTotal:  100 kB\n", None),
        ("MemAvailable:\n", None),
        ("MemAvailable: much kB\n", None),
    ],
)
def test_what_is_available_is_what_the_kernel_says(tmp_path: Path, text: str, found: int | None) -> None:
    """Free memory alone would be too little: what the page cache holds can be had as well."""
    (tmp_path / "meminfo").write_text(text)
    assert available_bytes(tmp_path / "meminfo") == found
    assert available_bytes(tmp_path / "nowhere") is None

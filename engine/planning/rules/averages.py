"""Averages of what a rule looks at: a share, a mean; NaN of nothing, for then nothing can be told. No torch."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from statistics import fmean


def share(told: Iterable[bool]) -> float:
    """Return the share of True; NaN of nothing."""
    values = list(told)
    return sum(values) / len(values) if values else math.nan


def mean(values: Sequence[float]) -> float:
    """Return the mean; NaN of nothing."""
    return fmean(values) if values else math.nan

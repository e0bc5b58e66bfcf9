"""The embeddings of what lies between two styles. No torch."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from engine.model_config import GPTConfig
from engine.styles import between

STYLE = "style"


def style_rows(config: GPTConfig, table: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the embeddings, (S, C), that stand behind a model's own table of them; none without styles."""
    if STYLE not in config.feature_names:
        return table[:0]
    place = config.feature_names.index(STYLE)
    sizes = [size for _, size in config.features]
    plain = table[sum(sizes[:place]) : sum(sizes[: place + 1])]
    mixed = list(between(len(plain)))
    if not mixed:
        return table[:0]
    first, second, shares = (np.array(column) for column in zip(*mixed, strict=True))
    return np.asarray(plain[first] * (1.0 - shares)[:, None] + plain[second] * shares[:, None])

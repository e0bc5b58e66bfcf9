"""The vector that all of drawing works on. No torch."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Row = NDArray[np.float64]
"""A number for each token (V,), for each entry of the duration table (D,), or for each MIDI pitch (128,)."""

Rows = NDArray[np.float64]
"""As many of them, (B, V) or (B, D)."""

PITCHES = 128

"""The tempo of taps. Pure."""

from __future__ import annotations

from bridge.time.tempo_map import TempoMap


class Tapper:
    """Find a tempo from taps: the median interval of the last five; a pause over two seconds starts anew."""

    def __init__(self) -> None:
        self._taps_s: list[float] = []

    def tap(self, now_s: float) -> TempoMap | None:
        """Take in a tap; return the map (beats fall on the taps) from the second tap on."""
        if self._taps_s and not 0.0 < now_s - self._taps_s[-1] <= 2.0:
            self._taps_s.clear()
        self._taps_s = [*self._taps_s[-4:], now_s]
        if len(self._taps_s) < 2:
            return None
        gaps = sorted(after - before for before, after in zip(self._taps_s, self._taps_s[1:], strict=False))
        gap_s = gaps[len(gaps) // 2] if len(gaps) % 2 else (gaps[len(gaps) // 2 - 1] + gaps[len(gaps) // 2]) / 2
        bpm = min(max(60.0 / gap_s, 20.0), 400.0)
        return TempoMap(bpm, 0.0, now_s)

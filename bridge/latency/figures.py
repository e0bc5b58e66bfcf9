"""Figures of what was seen at both ends of the ports: spans, quantiles, a histogram, as text and as JSON. Pure."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from bridge.latency.record import Heard, Record

QUANTILES = (0.5, 0.95, 0.99)
BINS = 16
BAR = 40
OVER_S = 0.1
"""A turn that passed so long before a call was over is not that call's."""
WITHIN_S = 5.0
"""A note that the model has not heard by then is not waited for."""
LOST_S = 0.3
"""A message that is not heard within this of its deadline was lost."""
EARLY_S = 0.005
"""Systems tell arrivals to the length of a period or so: one may seem to come this early."""


@dataclass(frozen=True, slots=True)
class Span:
    """Hold what one thing took, in ms, as often as it was measured."""

    key: str
    label: str
    values_ms: tuple[float, ...]

    def quantile(self, q: float) -> float | None:
        """Return the q-quantile by the nearest rank, 0..1, or None of nothing."""
        ranked = sorted(self.values_ms)
        return ranked[min(int(q * len(ranked)), len(ranked) - 1)] if ranked else None


@dataclass(frozen=True, slots=True)
class Figures:
    """Hold all that was measured.

    jitter_ms: how far each message was off the median lateness, signed. turns, answered: calls that were played,
    answers that were heard. where: the machine and what else was measured on, in words.
    """

    spans: tuple[Span, ...]
    jitter_ms: tuple[float, ...]
    turns: int = 0
    answered: int = 0
    where: dict[str, str] = field(default_factory=dict)

    def lines(self) -> list[str]:
        """Return a table and a histogram for people, 80 columns at most."""
        rows = [f"{'ms':<46}{'p50':>8}{'p95':>8}{'p99':>8}{'n':>7}"]
        for span in self.spans:
            shown = ["–" if value is None else f"{value:.2f}" for value in map(span.quantile, QUANTILES)]
            rows.append(
                f"{span.label:<46}" + "".join(f"{each:>8}" for each in shown) + f"{len(span.values_ms):>7}"
            )
        rows.append(f"{self.answered} of {self.turns} turns answered")
        if self.jitter_ms:
            rows += ["", "output jitter: ms earlier (−) or later (+) than usual, and how many messages"]
            rows += _bars(*histogram(self.jitter_ms))
        return rows

    def as_json(self) -> dict[str, object]:
        """Return the same for programs: quantiles and every value in ms, edges and counts of the histogram."""
        edges_ms, counts = histogram(self.jitter_ms)
        spans = {
            span.key: {
                "label": span.label,
                **{f"p{q * 100:.0f}_ms": span.quantile(q) for q in QUANTILES},
                "values_ms": list(span.values_ms),
            }
            for span in self.spans
        }
        jitter = {"edges_ms": edges_ms, "counts": counts}
        return {**self.where, "turns": self.turns, "answered": self.answered, "spans": spans, "jitter": jitter}


def figures(record: Record) -> Figures:
    """Return what the two ends' records say together."""
    answers = _answers_ms(record)
    output = _output_ms(record)
    usual_ms = sorted(output)[len(output) // 2] if output else 0.0
    jitter = tuple(late_ms - usual_ms for late_ms in output)
    spans = (
        Span("note_to_context", "your note → the model has it", _context_ms(record)),
        Span("turn_to_note", "the turn passes → first note of the answer", answers),
        Span("output", "a note is due → it is at the other end", tuple(output)),
        Span("jitter", "the same, off its median", tuple(abs(each_ms) for each_ms in jitter)),
        Span("token", "the model draws a note", tuple(record.drawn_ms)),
        Span("osc", "OSC message → it holds, and is told back", tuple(record.far.osc_ms)),
    )
    return Figures(spans, jitter, len(record.far.answers), len(answers))


def histogram(values: Sequence[float], bins: int = BINS) -> tuple[list[float], list[int]]:
    """Return edges (bins + 1) and counts of bins of one width; the outer ones hold all beyond, 2 % at most."""
    if not values:
        return [], []
    ranked = sorted(values)
    low, high = ranked[int(0.01 * len(ranked))], ranked[min(int(0.99 * len(ranked)), len(ranked) - 1)]
    width = max(high - low, 1e-3) / bins
    counts = [0] * bins
    for value in values:
        counts[min(max(int((value - low) / width), 0), bins - 1)] += 1
    return [low + width * index for index in range(bins + 1)], counts


def _bars(edges_ms: Sequence[float], counts: Sequence[int]) -> list[str]:
    most = max(counts)
    middles = [(low + high) / 2 for low, high in pairwise(edges_ms)]
    places = 2 if edges_ms[1] - edges_ms[0] >= 0.01 else 3
    return [
        f"{middle:>+8.{places}f} {'█' * round(BAR * count / most)} {count}" if count else f"{middle:>+8.{places}f}"
        for middle, count in zip(middles, counts, strict=True)
    ]


def _context_ms(record: Record) -> tuple[float, ...]:
    """Return from each note that was played to the first time the model stood behind it.

    The engine has a note when it answers a request that was sent after the note was seen.
    """
    listened = sorted(record.listened)
    numbers = [number for number, _ in listened]
    spans: list[float] = []
    for arrived in record.seen:
        played = (at_s for at_s, pitch in record.far.played if pitch == arrived.pitch and at_s <= arrived.time_s)
        played_s = max(played, default=None)
        first = bisect.bisect_right(numbers, arrived.last_request)
        if played_s is not None and first < len(listened) and listened[first][1] - played_s < WITHIN_S:
            spans.append((listened[first][1] - played_s) * 1000)
    return tuple(spans)


def _answers_ms(record: Record) -> tuple[float, ...]:
    """Return from each turn, the last that passed before an answer's first note, to that note."""
    spans: list[float] = []
    for over_s, first_s in record.far.answers:
        turn = bisect.bisect_right(record.turns_s, first_s) - 1 if first_s is not None else -1
        if first_s is not None and turn >= 0 and record.turns_s[turn] > over_s - OVER_S:
            spans.append((first_s - record.turns_s[turn]) * 1000)
    return tuple(spans)


def _output_ms(record: Record) -> list[float]:
    """Return how long after its deadline each message was heard; those that were lost are left out."""
    late: list[float] = []
    waiting = sorted(record.far.heard, key=lambda heard: heard.time_s)
    for message in record.due:
        earliest_s, latest_s = message.due_s - EARLY_S, message.due_s + LOST_S
        while waiting and waiting[0].time_s < earliest_s:
            waiting.pop(0)
        came = (heard for heard in waiting if heard.time_s <= latest_s and _same(heard, message.message))
        if (heard := next(came, None)) is not None:
            waiting.remove(heard)
            late.append((heard.time_s - message.due_s) * 1000)
    return late


def _same(heard: Heard, message: tuple[int, ...]) -> bool:
    is_on = message[0] & 0xF0 == 0x90 and message[2] > 0
    return (heard.is_on, heard.channel, heard.pitch) == (is_on, message[0] & 0x0F, message[1])

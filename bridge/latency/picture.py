"""The figures as a picture: what each thing takes, and the histogram of the output's jitter. Needs matplotlib."""

from __future__ import annotations

from bridge.latency.figures import QUANTILES, Figures, histogram


def draw(found: Figures, path: str) -> None:
    """Write a PNG (or whatever the path's ending says)."""
    from matplotlib.figure import Figure

    picture = Figure(figsize=(9, 6), layout="constrained")
    spans, jitter = picture.subplots(2, 1, height_ratios=(1.2, 1))
    measured = [span for span in reversed(found.spans) if span.values_ms]
    for marker, q in zip("o|x", QUANTILES, strict=True):
        values = [span.quantile(q) for span in measured]
        spans.plot(values, range(len(measured)), marker, color="black", label=f"p{q * 100:.0f}")
    spans.set_yticks(range(len(measured)), [span.label for span in measured])
    spans.set_xscale("log")
    spans.set_xlabel("ms")
    spans.legend(loc="lower right")
    spans.set_title("; ".join(found.where.values()), fontsize=8, wrap=True)
    edges_ms, counts = histogram(found.jitter_ms)
    if counts:
        jitter.stairs(counts, edges_ms, fill=True, color="grey")
    jitter.set_xlabel("output jitter: ms earlier or later than the median")
    jitter.set_ylabel("messages")
    picture.savefig(path, dpi=120)

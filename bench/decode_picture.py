"""The figures of bench.decode as pictures: cost against context, number of continuations, size. Needs matplotlib.

python -m bench.decode_picture FOLDER    draws those of FOLDER/decode.json anew
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

WAYS = ("paper's way", "transformers", "eager", "numpy", "int8", "graphs", "floor")
MARKS = dict(zip(WAYS, "vsoDP*_", strict=True))


def draw(found: dict[str, Any], folder: Path) -> None:
    """Write context.png, batch.png and size.png into a folder."""
    _lines(found["context"], folder / "context.png", "steps of context", found["machine"])
    _lines(found["batch"], folder / "batch.png", "continuations of one context", found["machine"])
    _sizes(found["ways"], folder / "size.png", found["machine"])


def _lines(models: dict[str, Any], path: Path, label: str, machine: str) -> None:
    from matplotlib.figure import Figure

    picture = Figure(figsize=(8, 4.2), layout="constrained")
    axes = picture.subplots()
    for model, ways in models.items():
        for way, points in ways.items():
            numbers = [int(number) for number in points]
            medians = [point["ms"] for point in points.values()]
            spread = [
                [point["ms"] - point["p10_ms"] for point in points.values()],
                [point["p90_ms"] - point["ms"] for point in points.values()],
            ]
            axes.errorbar(numbers, medians, spread, marker=MARKS[way], capsize=2, label=f"{model}, {way}")
    axes.set(xscale="log", yscale="log", xlabel=label, ylabel="ms a step, median (p10 .. p90)")
    picture.legend(loc="outside right upper", fontsize=8)
    axes.set_title(machine, fontsize=7)
    picture.savefig(path, dpi=110)


def _sizes(models: dict[str, Any], path: Path, machine: str) -> None:
    from matplotlib.figure import Figure

    picture = Figure(figsize=(8, 4.2), layout="constrained")
    axes = picture.subplots()
    for way in WAYS:
        points = sorted((ways["parameters"], ways[way]["ms"]) for ways in models.values() if way in ways)
        if points:
            axes.plot([size for size, _ in points], [ms for _, ms in points], marker=MARKS[way], label=way)
    axes.set(xscale="log", yscale="log", xlabel="parameters", ylabel="ms a token at context 128, median")
    picture.legend(loc="outside right upper", fontsize=8)
    axes.set_title(machine, fontsize=7)
    picture.savefig(path, dpi=110)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    draw(json.loads((folder / "decode.json").read_text(encoding="utf-8")), folder)

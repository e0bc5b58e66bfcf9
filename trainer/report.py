"""Show reports: tables for people, JSON for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from engine.errors import UserError
from engine.files import write_whole

_REGIONS_SHOWN = 12


def show_evaluation(report: dict[str, Any], console: Console) -> None:
    """Print a report as tables."""
    columns = [(f"{report['part']}, metre {report['metre']}", report)]
    for metre in ("unknown", "inferred"):
        if f"metre_{metre}" in report:
            columns.append((f"metre {metre}", report[f"metre_{metre}"]))
    if "train" in report:
        columns.append(("training songs", report["train"]))
    title = f"{report['checkpoint']} ({report['parameters']:,} weights) on {report['data']}"
    table = Table(title=title)
    table.add_column("")
    for name, _ in columns:
        table.add_column(name, justify="right")
    for name, key in (
        ("songs", "songs"),
        ("notes", "notes"),
        ("tokens", "tokens"),
        ("unknown pitches", "unknown_pitches"),
        ("nats a token", "nats_per_token"),
        ("perplexity", "perplexity"),
        ("nats a note", "nats_per_note"),
        ("  of it pitch, rests and end", "pitch_nats_per_note"),
        ("  of it durations", "duration_nats_per_note"),
        ("nats a note, mean over songs", "song_mean_nats_per_note"),
        ("  its standard error", "song_standard_error_nats_per_note"),
    ):
        table.add_row(name, *(_figure(values[key]) for _, values in columns))
    for name, key in (("average precision", "average_precision"), ("base rate", "base_rate"),
                      ("calibration error", "calibration_error")):  # fmt: skip
        if any("phrase_end" in values for _, values in columns):
            cells = [_figure(values.get("phrase_end", {}).get(key)) for _, values in columns]
            table.add_row(f"phrase ends: {name}", *cells)
    console.print(table)
    if "note" in report:
        console.print(f"note: {report['note']}")
    if "windows" in report:
        windows = report["windows"]
        console.print(
            f"in the paper's windows ({windows['context']}, stride {windows['stride']}): "
            f"{windows['nats_per_token']:.3f} nats a token, perplexity {windows['perplexity']:.2f}; "
            f"the paper's own: {windows['paper_nats_per_token']:.2f}"
        )
    _show_inferred(report.get("metre_inferred", report).get("after_phrases", {}), console)
    _show_phrases(report, console)
    _show_regions(report, console)


def _show_inferred(rows: Mapping[str, Mapping[str, Any]], console: Console) -> None:
    if not rows:
        return
    table = Table(title="nats a note of what follows the first phrases, the metre found in these")
    for name in ("phrases", "songs", "notes", "metre known", "unknown", "inferred", "standard error"):
        table.add_column(name, justify="right")
    for phrases, row in rows.items():
        if not row:
            continue
        inferred = row["inferred"]
        nats = [_figure(row[told]["nats_per_note"]) for told in ("known", "unknown", "inferred")]
        error = _figure(inferred["song_standard_error_nats_per_note"])
        table.add_row(phrases, _figure(inferred["songs"]), _figure(inferred["notes"]), *nats, error)
    console.print(table)


def _show_phrases(report: dict[str, Any], console: Console) -> None:
    if "phrase_end" not in report:
        return
    table = Table(title="P(phrase end): said and happened")
    for name in ("said", "notes", "mean said", "happened"):
        table.add_column(name, justify="right")
    for row in report["phrase_end"]["calibration"]:
        cells = (f"{row['notes']:,}", f"{row['said']:.3f}", f"{row['happened']:.3f}")
        table.add_row(f"{row['from']:.1f}..{row['to']:.1f}", *cells)
    console.print(table)


def _show_regions(report: dict[str, Any], console: Console) -> None:
    table = Table(title="by region")
    for name in ("region", "songs", "nats a token", "nats a note", "standard error"):
        table.add_column(name, justify="left" if name == "region" else "right")
    for region, row in list(report["by_region"].items())[:_REGIONS_SHOWN]:
        keys = ("songs", "nats_per_token", "nats_per_note", "song_standard_error_nats_per_note")
        table.add_row(region, *(_figure(row[key]) for key in keys))
    left = len(report["by_region"]) - _REGIONS_SHOWN
    if left > 0:
        table.caption = f"and {left} more (all in --json)"
    console.print(table)


def _figure(value: float | int | None) -> str:
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int) else f"{value:.3f}"


def write_json(report: Mapping[str, Any], target: str) -> None:
    """Write a report as JSON to a file, or to standard output for `-`; raise UserError when it cannot be."""
    text = json.dumps(report, indent=2, ensure_ascii=False) + "\n"
    if target == "-":
        sys.stdout.write(text)
        return
    try:
        write_whole(Path(target), text.encode())
    except OSError as error:
        raise UserError(f"--json {target}: it cannot be written ({error.strerror}); name another file") from None


def report_console(json_target: str | None) -> Console:
    """Return where tables go: standard error when the JSON takes standard output."""
    return Console(stderr=json_target == "-")

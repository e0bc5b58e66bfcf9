"""What the commands share: how they are added, the arguments of many, and how a report is told."""

from __future__ import annotations

import argparse
import inspect
from collections.abc import Callable
from typing import Any, TypeVar

_Options = TypeVar("_Options")


def command(
    commands: Any, name: str, run: Callable[[argparse.Namespace], None], text: str
) -> argparse.ArgumentParser:
    """Add a command that does `run`, described by `text`; return its parser."""
    parser: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
    parser.set_defaults(run=run)
    return parser


def data_argument(parser: argparse.ArgumentParser) -> None:
    """Add the corpus."""
    parser.add_argument(
        "--data",
        required=True,
        metavar="SOURCE",
        help="prepared or raw corpus, or the name of a public one (fetched)",
    )


def model_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what is measured, on what, and where."""
    parser.add_argument("checkpoint", metavar="CHECKPOINT", help="name of a shipped checkpoint, or a folder")
    data_argument(parser)
    parser.add_argument("--part", help="train, validation, test or all (default: test; of a few files all)")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or mps (default: auto)")


def options(kind: Callable[..., _Options], arguments: argparse.Namespace) -> _Options:
    """Return the record of a command's options: each of its fields is an argument of the same name."""
    return kind(**{name: getattr(arguments, name) for name in inspect.signature(kind).parameters})


def json_argument(parser: argparse.ArgumentParser) -> None:
    """Add where the report goes as JSON."""
    parser.add_argument("--json", metavar="FILE", help="write the report as JSON too; - is standard output")


def tell(report: dict[str, Any], show: Callable[[dict[str, Any], Any], None], target: str | None) -> None:
    """Show a report as tables, and write it as JSON where that is asked for."""
    from trainer.report import report_console, write_json

    show(report, report_console(target))
    if target:
        write_json(report, target)

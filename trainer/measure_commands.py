"""The commands that say what a model is worth: in nats, beside real songs, to look at, to a judge, as curves."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from trainer.arguments import command, json_argument, model_arguments, options, tell


def evaluate(commands: Any) -> None:
    """Add the command that scores a corpus."""
    parser = command(commands, "evaluate", _run_evaluate, "Say what a checkpoint makes of a corpus, in nats.")
    model_arguments(parser)
    parser.add_argument("--split", default="interval", help="interval (by tune, default) or paper (last tenth)")
    parser.add_argument(
        "--metre", default="all", help="known, unknown, inferred (from the phrases before) or all (default)"
    )
    parser.add_argument("--any-key", action="store_true", help="tell the model no usual key, as in live play")
    parser.add_argument("--windows", action="store_true", help="also in the paper's windows over one stream")
    parser.add_argument(
        "--train-songs", type=int, default=500, metavar="N", help="training songs scored beside (default: 500)"
    )
    json_argument(parser)


def _run_evaluate(arguments: argparse.Namespace) -> None:
    from rich.console import Console

    from trainer.evaluate import Evaluation
    from trainer.evaluate import evaluate as measured
    from trainer.report import show_evaluation

    report = measured(options(Evaluation, arguments), Console(stderr=True))
    tell(report, show_evaluation, arguments.json)


def continuations(commands: Any) -> None:
    """Add the command that compares continuations with how songs go on."""
    text = "Continue the prompts of test songs and compare with how they really go on."
    parser = command(commands, "continuations", _run_continuations, text)
    model_arguments(parser)
    parser.add_argument("--songs", type=int, default=200, help="test songs (default: 200)")
    parser.add_argument("--prompt-notes", type=int, default=8, help="notes of each prompt (default: 8)")
    parser.add_argument("--seed", type=int, default=0, help="of the draws (default: 0)")
    parser.add_argument(
        "--grid", action="store_true", help="try several settings of sampling and say which comes closest"
    )
    json_argument(parser)


def _run_continuations(arguments: argparse.Namespace) -> None:
    from rich.console import Console

    from trainer.continuations import GRID, Continuing, compare, show

    grid = GRID if arguments.grid else GRID[:1]
    report = compare(options(Continuing, arguments), grid, Console(stderr=True))
    tell(report, show, arguments.json)


def sample(commands: Any) -> None:
    """Add the command that writes a sheet of continuations."""
    text = "Write a sheet of continuations of test prompts, as MIDI files and a piano-roll PNG."
    parser = command(commands, "sample", _run_sample, text)
    model_arguments(parser)
    parser.add_argument("-o", "--out", required=True, type=Path, metavar="DIR", help="folder of the sheet")
    parser.add_argument("--songs", type=int, default=8, help="test songs to continue (default: 8)")
    parser.add_argument("--prompt-notes", type=int, default=8, help="notes of each prompt (default: 8)")
    parser.add_argument("--notes", type=int, default=32, help="notes to add to each (default: 32)")
    parser.add_argument("--temperature", type=float, default=None, help="0 takes the likeliest")
    parser.add_argument("--top-k", type=int, default=None, help="draw among so many; 0 is all")
    parser.add_argument("--seed", type=int, default=0, help="of the draws (default: 0)")


def _run_sample(arguments: argparse.Namespace) -> None:
    from rich.console import Console

    from trainer.sample import SheetOptions
    from trainer.sample import sample as write_sheet

    write_sheet(options(SheetOptions, arguments), Console(stderr=True))


def judge(commands: Any) -> None:
    """Add the command that has melodies judged."""
    text = (
        "Send melodies to a language model for a score from 0 to 100. It is named in the environment: "
        "MELODY_JUDGE_URL (OpenAI-compatible, such as https://host/v1), MELODY_JUDGE_KEY, MELODY_JUDGE_MODEL."
    )
    parser = command(commands, "judge", _run_judge, text)
    parser.add_argument("sources", nargs="+", type=Path, metavar="FILE", help="melodies, as `sample` writes them")
    parser.add_argument("--prompt-notes", type=int, default=8, help="first notes that are the prompt (default: 8)")
    parser.add_argument("--timeout", type=float, default=60.0, metavar="S", help="seconds for an answer")
    json_argument(parser)


def _run_judge(arguments: argparse.Namespace) -> None:
    from rich.console import Console

    from trainer.judge import judge_from_environment, show

    console = Console(stderr=True)
    report = judge_from_environment(arguments.sources, arguments.prompt_notes, arguments.timeout, console)
    tell(report, show, arguments.json)


def plot(commands: Any) -> None:
    """Add the command that draws loss curves."""
    parser = command(commands, "plot", _run_plot, "Draw the loss curves of a run as PNG.")
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN", help="folder of a run, or its CSV")
    parser.add_argument("-o", "--out", type=Path, metavar="PNG", help="default: losses.png in the first run")


def _run_plot(arguments: argparse.Namespace) -> None:
    from trainer.plot import plot as draw

    print(draw(arguments.runs, arguments.out))

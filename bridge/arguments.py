"""How the commands read their arguments: help within 80 columns, a mistake in one line, no abbreviations."""

from __future__ import annotations

import argparse
from typing import NoReturn

from engine.errors import UserError


class Parser(argparse.ArgumentParser):
    """Raise UserError where argparse would end the program."""

    def error(self, message: str) -> NoReturn:
        """Raise the mistake, with the way to the help."""
        raise UserError(f"{message}; {self.prog} --help shows what there is")


def parser_of(prog: str, description: str, epilog: str = "") -> Parser:
    """Return a parser of the command `prog`."""
    return Parser(
        prog=prog,
        description=description,
        epilog=epilog,
        allow_abbrev=False,
        formatter_class=lambda prog: argparse.RawDescriptionHelpFormatter(prog, max_help_position=26, width=80),
    )

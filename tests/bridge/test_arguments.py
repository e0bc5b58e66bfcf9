"""How commands read their arguments."""

from __future__ import annotations

import pytest

from bridge.arguments import parser_of
from engine.errors import UserError


def test_a_mistake_is_a_sentence_that_leads_to_the_help() -> None:
    """Not the end of the program, nor a page of usage; no option is guessed from its beginning."""
    parser = parser_of("melody-bridge x", "Do x.")
    parser.add_argument("--number", type=int)
    for arguments in (["--number", "many"], ["--num", "3"]):
        with pytest.raises(UserError, match="melody-bridge x --help shows what there is"):
            parser.parse_args(arguments)


def test_help_fits_into_eighty_columns() -> None:
    """However long a sentence is."""
    parser = parser_of("melody-bridge x", "Do x.", "an epilog")
    parser.add_argument("--number", metavar="N", help="a sentence that goes on and on " * 6)
    assert max(map(len, parser.format_help().splitlines())) <= 80

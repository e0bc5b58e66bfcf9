"""The one error that a person is meant to read."""

from __future__ import annotations


class UserError(ValueError):
    """Say what is wrong, the value, the allowed set and the next step, in a sentence.

    Command lines print its text without a traceback and end with exit code 2; the running bridge
    reports it and keeps the old value.
    """

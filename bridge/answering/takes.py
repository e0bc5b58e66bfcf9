"""The takes of a session: every answer gets a number and can be had again; which one is in hand. Pure."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace

from bridge.answering.standing import Standing
from bridge.answering.transcript import Heard
from bridge.hearing.call import Phrase
from bridge.take import Sounded, Take
from engine.errors import UserError
from engine.messages import FoundBars
from engine.notes import Note

REMEMBERED = 200
"""Latest takes that can be had again while it plays; a kept one always can. The session's file has them all."""


@dataclass(frozen=True, slots=True)
class Cue:
    """Hold what an answer came in on, so that another can: what was heard before, and the call as it was played.

    channel: the player's, 0..15; found, standing, call: what was known of bars and of the call before.
    """

    before: Heard
    phrase: Phrase
    channel: int
    found: FoundBars | None
    standing: Standing
    call: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """Hold a take and what the running session knows of it besides.

    whole: its notes and those that were still to come when the player ended it.
    """

    take: Take
    cue: Cue
    whole: tuple[Sounded, ...]


class Takes:
    """Number takes, remember them, and know which one is in hand.

    In hand is the one that was asked for by number, until the next answer; else the last.
    """

    def __init__(self) -> None:
        self._known: dict[int, Known] = {}
        self._count = 0
        self._asked: int | None = None
        self._kept: int | None = None
        self._keep_next = False
        self._news: deque[Take] = deque()

    @property
    def next_number(self) -> int:
        """Return the number that the next take gets."""
        return self._count + 1

    @property
    def to_loop(self) -> int | None:
        """Return the number of the take that is to be repeated; None: the last, or that which sounds now."""
        return None if self._keep_next else self._asked or self._kept

    def add(self, known: Known) -> None:
        """Enter a take under the next number; it is in hand from now on."""
        self._count += 1
        self._asked = None
        take = replace(known.take, number=self._count, kept=self._keep_next)
        if self._keep_next:
            self._kept, self._keep_next = take.number, False
        self._enter(replace(known, take=take))
        spare = [number for number, each in self._known.items() if not each.take.kept]
        for number in spare[: max(0, len(spare) - REMEMBERED)]:
            del self._known[number]

    def find(self, number: int | None = None) -> Known:
        """Return a take by its number; None: the one in hand.

        Raises UserError when there is none.
        """
        wanted = self._asked or self._count if number is None else number
        if wanted in self._known:
            return self._known[wanted]
        if not self._count:
            raise UserError("there is no take yet: play something, and wait for the answer")
        last = f"1 to {self._count}" if self._count > 1 else "1"
        gone = 0 < wanted <= self._count
        why = f"is no longer in memory; `melody-bridge takes` has it: the last {REMEMBERED} and the kept ones are"
        raise UserError(f"take {wanted} {why}" if gone else f"take {wanted}: there is none; there are {last}")

    def choose(self, number: int) -> Known:
        """Take a take in hand by its number; raise UserError as `find` does."""
        known = self.find(number)
        self._asked = number
        return known

    def keep_next(self) -> int:
        """Let the answer that sounds now be kept as soon as it is a take; return the number that it gets."""
        self._keep_next = True
        return self.next_number

    def keep(self, number: int | None = None) -> int:
        """Mark a take as kept, None being the one in hand; return its number.

        Raises UserError when there is none.
        """
        known = self.find(number)
        self._kept = known.take.number
        if not known.take.kept:
            self._enter(replace(known, take=replace(known.take, kept=True)))
        return known.take.number

    def keep_no_next(self) -> None:
        """Let the answer that was to be kept be none: it never was heard."""
        self._keep_next = False

    def take_news(self) -> list[Take]:
        """Return the takes that were entered or kept since this was last asked."""
        news = list(self._news)
        self._news.clear()
        return news

    def _enter(self, known: Known) -> None:
        self._known[known.take.number] = known
        self._news.append(known.take)

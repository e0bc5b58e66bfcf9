"""An n-gram with a cache: of each view of a song a Kneser-Ney of the corpus and a cache of the song, pooled.

What is drawn is what the model draws: a token, then its duration. The pool's weights are learned from songs that
are held out, apart for places by how far the song's own past is known to fit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from bench.kneser_ney import Floats, Ints, KneserNey
from bench.ngram_cache import cached
from bench.ngram_views import Line, View, duration_views, token_views, unmoved
from bench.pool import Pool
from engine.tokenizer import Tokenizer

_KINDS = (1, 2, 3, 5, 8, 12)
"""Lengths of the past that fits, from each of which on places are of another kind."""
_SONGS = 32


@dataclass(frozen=True)
class Costs:
    """Hold what each song costs in nats, (songs,): its tokens and its durations."""

    tokens: Floats
    durations: Floats


class NGram:
    """Say how likely each token and each duration of songs is."""

    def __init__(self, train: Sequence[Line], held_out: Sequence[Line], tokenizer: Tokenizer) -> None:
        """Count the songs of `train`, and learn how to mix from those held out."""
        pitches, tokens = tokenizer.n_pitches, tokenizer.vocab_size
        self._sides = [_Side(token_views, lambda line: line.tokens, tokens, pitches, "interval", train, held_out)]
        if tokenizer.n_durations:
            self._sides.append(
                _Side(
                    duration_views,
                    lambda line: line.durations,
                    tokenizer.n_durations,
                    pitches,
                    "rhythm",
                    train,
                    held_out,
                )
            )

    def costs(self, lines: Sequence[Line], cache: bool = True) -> Costs:
        """Return what songs cost; cache: False leaves their own past aside."""
        sides = [side.costs(lines, cache) for side in self._sides]
        return Costs(sides[0], sides[1] if len(sides) > 1 else np.zeros(len(lines)))

    def probabilities(self, line: Line) -> list[Floats]:
        """Return the probabilities of all tokens at each place of a song, and of all durations."""
        return [side.probabilities([line])[0] for side in self._sides]


class _Side:
    """Predict the tokens, or the durations."""

    def __init__(
        self,
        views: Callable[[Line], list[View]],
        symbols: Callable[[Line], Ints],
        size: int,
        pitches: int,
        fits: str,
        train: Sequence[Line],
        held_out: Sequence[Line],
    ) -> None:
        """fits: the view by whose cache the kinds of places are told apart."""
        self._views, self._symbols, self._size, self._pitches, self._fits = views, symbols, size, pitches, fits
        seen = [views(line) for line in train]
        self._corpus = [
            KneserNey(
                np.concatenate([song[place].chain for song in seen]),
                np.concatenate([self._counted(line, view) for line in train]),
                self._sizes(view),
            )
            for place, view in enumerate(seen[0])
        ]
        logs, kinds = zip(*self._read(held_out), strict=True)
        told, kind = np.concatenate(logs), np.concatenate(kinds)
        wanted = np.concatenate([symbols(line) for line in held_out])
        self._pools = {True: Pool(told, wanted, kind), False: Pool(told[:, ::2], wanted, np.zeros_like(kind))}

    def costs(self, lines: Sequence[Line], cache: bool) -> Floats:
        found = []
        for line, told in zip(lines, self.probabilities(lines, cache), strict=True):
            symbols = self._symbols(line)
            found.append(-np.log(told[np.arange(len(symbols)), symbols]).sum())
        return np.array(found)

    def probabilities(self, lines: Sequence[Line], cache: bool = True) -> list[Floats]:
        """Return the probabilities of all symbols at each place of each song."""
        found = []
        for begin in range(0, len(lines), _SONGS):
            few = lines[begin : begin + _SONGS]
            for logs, kinds in self._read(few):
                if cache:
                    found.append(self._pools[True].probabilities(logs, kinds))
                else:
                    found.append(self._pools[False].probabilities(logs[:, ::2], np.zeros_like(kinds)))
        return found

    def _read(self, lines: Sequence[Line]) -> Iterator[tuple[Floats, Ints]]:
        """Yield for each song the experts' log probabilities, (T, E, S), and the kind of each place.

        Of each view the corpus's and the cache's stand side by side.
        """
        seen = [self._views(line) for line in lines]
        corpus = [
            expert.probabilities(np.concatenate([song[place].chain for song in seen]))
            for place, expert in enumerate(self._corpus)
        ]
        begin = 0
        for line, views in zip(lines, seen, strict=True):
            end = begin + len(self._symbols(line))
            logs = np.empty((end - begin, 2 * len(views), self._size))
            kinds = np.zeros(end - begin, np.int64)
            for place, view in enumerate(views):
                own, depths = cached(view.chain, self._counted(line, view), self._sizes(view))
                if view.name == self._fits:
                    kinds = np.digitize(depths, _KINDS)
                for expert, told in enumerate((corpus[place][begin:end], own)):
                    plain = unmoved(told, line.last, self._pitches, self._size) if view.moved else told
                    logs[:, 2 * place + expert] = np.log(plain)
            begin = end
            yield logs, kinds

    def _counted(self, line: Line, view: View) -> Ints:
        return line.intervals if view.moved else self._symbols(line)

    def _sizes(self, view: View) -> int:
        """Return how many symbols a view counts: intervals reach from the lowest pitch to the highest and back."""
        return self._size + self._pitches - 1 if view.moved else self._size

"""How often the key of a call is heard right; and where the profiles in engine/key.py come from.

    python -m bench.keys [ABC] [--measure]

ABC: the Essen collection as ABC files, in a folder or a zip (default: the public copy, fetched). Their K: field
names the tonic that the collection's editors wrote; the third is the one that sounds longer in the tune. With
--measure the profiles are counted on the train part and their weights fitted, and printed as they stand in the
code; without, the estimate is tried on the tunes of the validation and test parts, which it has not seen.
"""

from __future__ import annotations

import argparse
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from bridge.controls import SCALES
from bridge.hearing.key import estimate_key
from engine.notes import Note, Song
from trainer.fetch import fetch
from trainer.readers.abc import read_abc
from trainer.readers.reader import SourceFile
from trainer.split import part_of

Array = NDArray[np.float64]

PHRASES: tuple[int | None, ...] = (1, 2, 4, None)
THIRDS = ("major", "minor")
_TONICS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11, "H": 11}
_SIGNS = {"": 0, "#": 1, "b": -1, "s": -1, "es": -1}
_KEY_FIELD = re.compile(r"^K:\s*([A-Ha-h])(#|b|es|s)?", re.MULTILINE)
_FITTED = 2500


@dataclass(frozen=True)
class Tune:
    """Hold a song and its tonic as written, and whether its third is minor (0 or 1)."""

    song: Song
    tonic: int
    minor: int

    def call(self, phrases: int | None) -> tuple[Note, ...] | None:
        """Return the first phrases, the whole tune for None; None when it has not as many."""
        if phrases is None:
            return self.song.notes
        ends = [index + 1 for index, end in enumerate(self.song.phrase_ends or ()) if end]
        return self.song.notes[: ends[phrases - 1]] if len(ends) >= phrases else None


def texts(source: Path) -> Iterator[str]:
    """Yield the Essen ABC files of a folder or a zip."""
    if source.is_dir():
        yield from (path.read_text(encoding="latin-1") for path in sorted(source.rglob("*.abc")))
        return
    with zipfile.ZipFile(source) as archive:
        names = (name for name in sorted(archive.namelist()) if name.endswith(".abc") and "essen" in name.lower())
        yield from (archive.read(name).decode("latin-1") for name in names)


def tunes_of(source: Path) -> list[Tune]:
    """Return the tunes whose K: field names a tonic."""
    tunes = []
    for text in texts(source):
        blocks = [block for block in re.split(r"^(?=X:)", text.replace("\r", ""), flags=re.M) if block[:2] == "X:"]
        for block, song in zip(blocks, read_abc(SourceFile("", text.encode())), strict=True):
            field = _KEY_FIELD.search(block)
            if isinstance(song, Song) and field:
                tonic = (_TONICS[field[1].upper()] + _SIGNS[field[2] or ""]) % 12
                beats = lengths(song.notes, tonic)
                tunes.append(Tune(song, tonic, int(beats[3] > beats[4])))
    return tunes


def lengths(notes: tuple[Note, ...], tonic: int) -> Array:
    """Return how long each degree above the tonic sounds, (12,)."""
    beats = np.zeros(12)
    for note in notes:
        beats[(note.pitch - tonic) % 12] += note.duration_beats
    return beats


def accuracy(tunes: list[Tune]) -> Table:
    """Return how often the estimate is right, how sure it is, and how well its scale holds for the whole tune."""
    columns = "tonic right", "mean confidence", "right above 0.8", "tune's notes in its scale"
    table = Table("heard", "calls", *columns)
    for phrases in PHRASES:
        right, sure, scale = [], [], []
        for tune in tunes:
            call = tune.call(phrases)
            key = estimate_key(call) if call else None
            if key is None:
                continue
            right.append(key.tonic == tune.tonic)
            sure.append(key.confidence)
            members = [(key.tonic + step) % 12 for step in SCALES[key.scale]]
            scale.append(np.mean([note.pitch % 12 in members for note in tune.song.notes]))
        confident = [hit for hit, confidence in zip(right, sure, strict=True) if confidence > 0.8]
        table.add_row(
            "whole tune" if phrases is None else f"{phrases} phrase{'s' * (phrases > 1)}",
            f"{len(right):,}",
            f"{np.mean(right):.1%}",
            f"{np.mean(sure):.2f}",
            f"{np.mean(confident):.1%} of {len(confident):,}",
            f"{np.mean(scale):.1%}",
        )
    return table


def steps_of(notes: tuple[Note, ...]) -> Array:
    """Return the steps from pitch class to pitch class, (12, 12), longer notes counting more, 1 on average."""
    weights = np.sqrt([note.duration_beats for note in notes])
    counts = np.zeros((12, 12))
    for (before, after), weight in zip(pairwise(notes), weights[1:] / weights.mean(), strict=True):
        counts[before.pitch % 12, after.pitch % 12] += weight
    return counts


def profiles(tunes: list[Tune]) -> tuple[Array, Array, Array]:
    """Return log P of first degree (2, 12), of phrase-final degree (2, 12) and of steps (2, 12, 12), by third."""
    first, last, steps = np.full((2, 12), 0.5), np.full((2, 12), 0.5), np.full((2, 12, 12), 0.3)
    for tune in tunes:
        notes, tonic, minor = tune.song.notes, tune.tonic, tune.minor
        first[minor, (notes[0].pitch - tonic) % 12] += 1
        for note, end in zip(notes, tune.song.phrase_ends or (), strict=True):
            last[minor, (note.pitch - tonic) % 12] += end
        steps[minor] += np.roll(steps_of(notes), (-tonic, -tonic), (0, 1))
    return _log_shares(first), _log_shares(last), _log_shares(steps)


def _log_shares(counts: Array) -> Array:
    """Return the logarithm of each count's share of its third's, whatever the shape behind it."""
    totals = counts.reshape(len(counts), -1).sum(1)
    return np.asarray(np.log(counts / totals.reshape(-1, *[1] * (counts.ndim - 1))))


def evidence(notes: tuple[Note, ...], measured: tuple[Array, Array, Array]) -> Array:
    """Return the three log likelihoods and the minor third's indicator for each of the 24 keys, (4, 24)."""
    first, last, steps = measured
    counts = steps_of(notes)
    result = np.zeros((4, 24))
    for minor in (0, 1):
        for tonic in range(12):
            moved = np.roll(counts, (-tonic, -tonic), (0, 1))
            begin, end = (notes[0].pitch - tonic) % 12, (notes[-1].pitch - tonic) % 12
            likelihoods = first[minor, begin], last[minor, end], (moved * steps[minor]).sum()
            result[:, 12 * minor + tonic] = (*likelihoods, minor)
    return result


def fitted(tunes: list[Tune], measured: tuple[Array, Array, Array], rounds: int = 400) -> Array:
    """Return the weights, (4,), of a logistic regression on calls of one, two and four phrases."""
    inputs, keys = [], []
    for tune in tunes[:: max(1, len(tunes) // _FITTED)]:
        for phrases in (1, 2, 4):
            if call := tune.call(phrases):
                inputs.append(evidence(call, measured))
                keys.append(12 * tune.minor + tune.tonic)
    x, y = np.array(inputs), np.array(keys)
    weights, scale = np.array([0.5, 0.5, 0.2, 0.0]), np.zeros(4)
    for _ in range(rounds):
        scores = np.einsum("f,nfk->nk", weights, x)
        p = np.exp(scores - scores.max(1, keepdims=True))
        p /= p.sum(1, keepdims=True)
        p[np.arange(len(y)), y] -= 1.0
        gradient = np.einsum("nk,nfk->f", p, x) / len(y)
        scale = 0.9 * scale + 0.1 * gradient**2
        weights = weights - 0.01 * gradient / (np.sqrt(scale) + 1e-6)
    return weights


def measure(tunes: list[Tune], console: Console) -> None:
    """Print profiles and weights."""
    measured = profiles(tunes)
    for name, table in zip(("first", "last", "steps"), measured, strict=True):
        for third, rows in zip(THIRDS, np.rint(-10.0 * table).astype(int), strict=True):
            for row in np.atleast_2d(rows):
                console.print(name, third, tuple(int(value) for value in row), highlight=False, soft_wrap=True)
    names = ("first", "last", "step", "minor")
    weights = {name: round(float(weight), 3) for name, weight in zip(names, fitted(tunes, measured), strict=True)}
    console.print("weights", weights)


def main() -> None:
    """Print the table, or what it was measured from."""
    parser = argparse.ArgumentParser(prog="python -m bench.keys", description=__doc__.split("\n")[0])
    parser.add_argument("abc", type=Path, nargs="?", help="a folder or zip of the Essen ABC files")
    parser.add_argument("--measure", action="store_true", help="count the profiles anew")
    arguments = parser.parse_args()
    tunes = tunes_of(arguments.abc or fetch("essen"))
    console = Console()
    train = [tune for tune in tunes if part_of(tune.song) == "train"]
    if arguments.measure:
        console.print(f"{len(train):,} tunes of the train part")
        measure(train, console)
    else:
        held_out = [tune for tune in tunes if part_of(tune.song) != "train"]
        console.print(f"{len(held_out):,} held-out tunes, keys as their editors wrote them")
        console.print(accuracy(held_out))


if __name__ == "__main__":
    main()

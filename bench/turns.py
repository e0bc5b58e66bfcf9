"""When does the answer come in? The adaptive wait beside a fixed one, on held-out tunes.

Phrases of the corpus's test part are performed by a script (60-160 bpm, onset noise of 20 ms, each note held
for 50-95 % of its length, a breath before one note in twelve), each phrase as a call, behind the earlier phrases
of its tune as they were read. After every note the call is read into beats and shown to the model, as the bridge
does, and the rule of bridge/hearing/turn_taking.py says how long it would wait. A false entry is an answer that
would begin before a note of the same phrase; the wait is the one after its last note. Every rule is moved along
its curve: the fixed one by its seconds, the adaptive one by `patience`.

    python -m bench.turns [CORPUS] [--checkpoint NAME] [--phrases 600] [--png turns.png]
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.progress import track
from rich.table import Table

from bench.performer import Manner, perform
from bridge.hearing.rhythm import RhythmReader
from bridge.hearing.transcribe import PlayedNote
from bridge.hearing.turn_taking import Heard, Waiting, adaptive_wait_s
from bridge.time.tempo_map import TempoMap
from engine.notes import Metre, Note, Song
from trainer.fetch import fetch
from trainer.split import part_of
from trainer.store import load_corpus

FIXED_S = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0, 1.2, 1.5)
PATIENCE = (0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0)
_LEAST_NOTES = 6
_MEMORY_NOTES = 64


@dataclass(frozen=True, slots=True)
class Moment:
    """Hold what is known at a release: what was heard, and the seconds to the next note of the phrase, if any."""

    heard: Heard
    next_s: float | None


Phrase = tuple[Moment, ...]
Rule = Callable[[Moment], float]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Hold a point of a curve: share of phrases with a false entry, and waits at true ends in seconds."""

    setting: float
    false_share: float
    median_s: float
    p90_s: float


def phrases_of(song: Song) -> list[tuple[int, int]]:
    """Return (first, behind the last) note of each phrase."""
    ends = [index + 1 for index, end in enumerate(song.phrase_ends or ()) if end]
    return list(zip([0, *ends], ends, strict=False))


def moments(
    played: Sequence[PlayedNote],
    usual_beats: Sequence[float],
    usual_spans_s: Sequence[float],
    reader: Callable[[Sequence[PlayedNote]], tuple[float | None, float]],
) -> Phrase:
    """Return what is known after each note of a phrase.

    usual_beats, usual_spans_s: lengths of the calls before; reader gives P(phrase end) and the beats of the notes
    so far.
    """
    result = []
    for count in range(1, len(played) + 1):
        sofar = played[:count]
        end_s = sofar[-1].end_s or 0.0
        # A note that overlaps the next is released with the next one sounding: nothing waits there.
        if count < len(played) and end_s >= played[count].onset_s:
            continue
        phrase_end, beats = reader(sofar)
        heard = Heard(
            line=sofar,
            last_off_s=end_s,
            held=False,
            phrase_end=phrase_end,
            beats=beats,
            usual_beats=tuple(usual_beats),
            usual_spans_s=tuple(usual_spans_s),
        )
        result.append(Moment(heard, played[count].onset_s - end_s if count < len(played) else None))
    return tuple(result)


def length_beats(notes: Sequence[Note]) -> float:
    """Return the beats from the first onset to the end of the last note."""
    return sum(note.duration_beats + note.rest_beats for note in notes) - (notes[0].rest_beats if notes else 0.0)


def outcome(phrases: Sequence[Phrase], rule: Rule, setting: float) -> Outcome:
    """Return how a rule does on all phrases."""
    false, waits = 0, []
    for phrase in phrases:
        false += any(moment.next_s is not None and rule(moment) < moment.next_s for moment in phrase)
        waits.append(rule(phrase[-1]))
    waits.sort()
    return Outcome(setting, false / len(phrases), median(waits), waits[len(waits) * 9 // 10])


def fixed_rule(seconds: float) -> Rule:
    """Return the rule of a fixed wait."""
    return lambda moment: seconds


def adaptive_rule(patience: float) -> Rule:
    """Return the rule that ships, at this patience and otherwise with its defaults."""
    waiting = Waiting(patience=patience)
    return lambda moment: adaptive_wait_s(moment.heard, waiting)


def blind_rule(patience: float) -> Rule:
    """Return the same rule without the model's opinion."""
    waiting = Waiting(patience=patience)
    return lambda moment: adaptive_wait_s(replace(moment.heard, phrase_end=None), waiting)


class Listener:
    """Show the model what the bridge would, and ask whether the phrase has ended."""

    def __init__(self, checkpoint: str) -> None:
        import torch

        from engine.checkpoint import load
        from engine.improviser import Improviser

        torch.set_num_threads(1)
        self._improviser = Improviser(load(checkpoint))
        self._known: list[Note] = []
        self._metre: Metre | None = None

    def phrase_end(self, notes: Sequence[Note], metre: Metre | None) -> float | None:
        """Return P(phrase end) after these notes."""
        keep = 0
        if metre == self._metre:
            for old, new in zip(self._known, notes, strict=False):
                if old != new:
                    break
                keep += 1
        self._improviser.sync(keep, list(notes[keep:]), metre)
        self._known, self._metre = list(notes), metre
        return self._improviser.phrase_end()


def listen(songs: Sequence[Song], listener: Listener, limit: int, clock: bool) -> list[Phrase]:
    """Perform and read phrases until there are `limit`.

    clock: a clock runs and the bar is set, so notes are read on its grid and the metre is known.
    """
    result: list[Phrase] = []
    for seed, song in enumerate(track(songs, description="playing", transient=True)):
        if len(result) >= limit:
            break
        rng = random.Random(seed)
        manner = Manner(rng.uniform(60.0, 160.0), 0.02, breath_chance=1 / 12, breath_s=0.3, in_time=clock)
        start_beat = song.metre.upbeat_beats if song.metre else 0.0
        performance = perform(
            song.notes, replace(manner, breath_chance=0.0) if clock else manner, rng, 0.0, start_beat
        )
        metre = song.metre if clock else None
        beats = TempoMap(manner.bpm, start_beat, 0.0) if clock else None
        memory: list[Note] = []
        usual: list[float] = []
        spans_s: list[float] = []
        for first, behind in phrases_of(song):
            played, before = performance.notes[first:behind], list(memory)
            if len(played) < 2:
                continue
            reader = RhythmReader()
            # The rest before the phrase is known by the clock alone.
            lead = song.notes[first].rest_beats if clock and first else 0.0
            read: list[Note] = []

            def opinion(
                sofar: Sequence[PlayedNote],
                read: list[Note] = read,
                before: list[Note] = before,
                lead: float = lead,
                reader: RhythmReader = reader,
            ) -> tuple[float | None, float]:
                notes = reader.read(sofar, beats).notes  # noqa: B023
                read[:] = [replace(notes[0], rest_beats=lead), *notes[1:]]
                return listener.phrase_end([*before, *read], metre), length_beats(read)  # noqa: B023

            phrase = moments(played, usual, spans_s, opinion)
            usual.append(length_beats(read))
            spans_s.append(played[-1].onset_s - played[0].onset_s)
            if len(played) >= _LEAST_NOTES and phrase[-1].next_s is None:
                result.append(phrase)
            memory = [*before, *read] if clock else [*before, *read][-_MEMORY_NOTES:]
    return result[:limit]


def at_same_false(curve: Sequence[Outcome], share: float) -> float | None:
    """Return the median wait that a curve has at this share of false entries, between its points."""
    points = sorted((each.false_share, each.median_s) for each in curve)
    for (low, slow_s), (high, quick_s) in pairwise(points):
        if low <= share <= high:
            part = (share - low) / (high - low) if high > low else 0.0
            return slow_s + part * (quick_s - slow_s)
    return None


def show(console: Console, title: str, curves: dict[str, list[Outcome]]) -> None:
    """Print the curves, and the adaptive rule's wait at each fixed wait's rate of false entries."""
    table = Table(title=title)
    for column in (
        "rule",
        "setting",
        "false entries",
        "median wait",
        "90 % within",
        "adaptive at that rate",
        "ratio",
    ):
        table.add_column(column, justify="right")
    for name, curve in curves.items():
        for point in curve:
            row = [
                name,
                f"{point.setting:g}",
                f"{point.false_share:.1%}",
                f"{point.median_s:.2f} s",
                f"{point.p90_s:.2f} s",
            ]
            same_s = at_same_false(curves["adaptive"], point.false_share) if name == "fixed" else None
            row += [f"{same_s:.2f} s", f"{same_s / point.median_s:.2f}"] if same_s is not None else ["", ""]
            table.add_row(*row)
        table.add_section()
    console.print(table)


def draw(path: Path, settings: dict[str, dict[str, list[Outcome]]]) -> None:
    """Write the curves as a picture."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, len(settings), figsize=(6 * len(settings), 4.5), sharey=True, squeeze=False)
    for axis, (title, curves) in zip(axes[0], settings.items(), strict=True):
        for name, curve in curves.items():
            axis.plot([100 * p.false_share for p in curve], [p.median_s for p in curve], "o-", ms=4, label=name)
        axis.set(title=title, xlabel="phrases with a false entry (%)", xlim=(0, 30), ylim=(0, 1.6))
        axis.grid(alpha=0.3)
        axis.legend()
    axes[0][0].set_ylabel("median wait after the last note-off (s)")
    figure.tight_layout()
    figure.savefig(path, dpi=120)


def main() -> None:
    """Measure, print tables and write a picture if asked to."""
    parser = argparse.ArgumentParser(prog="python -m bench.turns", description=__doc__.split("\n")[0])
    parser.add_argument("corpus", type=Path, nargs="?", help="a corpus (default: the public copy, fetched by pip)")
    parser.add_argument("--checkpoint", default="essen", help="whose P(phrase end) is asked (default essen)")
    parser.add_argument("--phrases", type=int, default=600, help="how many phrases of six notes or more")
    parser.add_argument("--quick", action="store_true", help="100 phrases")
    parser.add_argument("--png", type=Path, help="write the curves as a picture")
    parser.add_argument("--json", type=Path, help="write the curves as numbers")
    arguments = parser.parse_args()
    songs = [song for song in load_corpus(arguments.corpus or fetch("essen")).songs if part_of(song) == "test"]
    songs = [song for song in songs if song.phrase_ends and song.has_durations]
    random.Random(2).shuffle(songs)
    listener, console = Listener(arguments.checkpoint), Console()
    settings = {}
    for title, clock in (("no clock, metre unknown", False), ("with a clock, metre known", True)):
        phrases = listen(songs, listener, 100 if arguments.quick else arguments.phrases, clock)
        curves = {
            "fixed": [outcome(phrases, fixed_rule(each), each) for each in FIXED_S],
            "adaptive": [outcome(phrases, adaptive_rule(each), each) for each in PATIENCE],
            "adaptive, deaf to the model": [outcome(phrases, blind_rule(each), each) for each in PATIENCE],
        }
        settings[title] = curves
        show(console, f"{len(phrases)} held-out phrases, {title}", curves)
    if arguments.png:
        draw(arguments.png, settings)
        console.print(f"wrote {arguments.png}")
    if arguments.json:
        text = {
            title: {
                name: [[p.setting, p.false_share, p.median_s, p.p90_s] for p in curve]
                for name, curve in curves.items()
            }
            for title, curves in settings.items()
        }
        arguments.json.write_text(json.dumps(text, indent=1))


if __name__ == "__main__":
    main()

"""When does the answer come in? The adaptive wait beside a fixed one, on held-out tunes.

Phrases of the corpus's test part are performed by a script (60-160 bpm, onset noise of 20 ms, each note held
for 50-95 % of its length; with --breaths 0.083 a breath before one note in twelve). A tune's phrases are the calls
of a session, up to four of them: the first, before which nothing was heard, and the later ones. After every note
the call is read into beats, its bars are found, and the model is asked in these bars whether the phrase has ended,
all by the bridge's own rooms; then bridge/hearing/turn_taking.py says how long it would wait. A false entry is an
answer that would begin before a note of the same phrase; the wait is the one after its last note. Every rule is
moved along its curve: the fixed one by its seconds, the adaptive one by `patience`.

    python -m bench.turns [CORPUS] [--checkpoint NAME] [--phrases 600] [--breaths 0] [--png turns.png]
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
from bridge.answering.bar_lines import closing_bar_beats, evidence
from bridge.answering.standing import Standing, standing
from bridge.answering.transcript import Transcript
from bridge.controls import Controls
from bridge.hearing.call import Phrase
from bridge.hearing.rhythm import RhythmReader
from bridge.hearing.transcribe import PlayedNote
from bridge.hearing.turn_taking import Heard, Waiting, adaptive_wait_s
from bridge.moment import Moment, read_settings
from bridge.time.tempo_choice import Tempo, Track
from bridge.time.tempo_map import TempoMap
from engine.bar_finder import BarFinder
from engine.metre_net import Net
from engine.notes import Metre, Note, Song
from trainer.fetch import fetch
from trainer.split import PARTS, songs_in
from trainer.store import load_corpus

FIXED_S = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0, 1.2, 1.5)
PATIENCE = (0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0)
LEAST_NOTES = 6
"""Of a call that is judged."""
_MOST_CALLS = 4


@dataclass(frozen=True, slots=True)
class Release:
    """Hold what is known at a release: what was heard, and the seconds to the next note of the phrase, if any."""

    heard: Heard
    next_s: float | None


Call = tuple[Release, ...]
Rule = Callable[[Release], float]


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


def outcome(calls: Sequence[Call], rule: Rule, setting: float) -> Outcome:
    """Return how a rule does on all calls."""
    false, waits = 0, []
    for call in calls:
        false += any(release.next_s is not None and rule(release) < release.next_s for release in call)
        waits.append(rule(call[-1]))
    waits.sort()
    return Outcome(setting, false / len(calls), median(waits), waits[len(waits) * 9 // 10])


def fixed_rule(seconds: float) -> Rule:
    """Return the rule of a fixed wait."""
    return lambda release: seconds


def adaptive_rule(patience: float) -> Rule:
    """Return the rule that ships, at this patience and otherwise with its defaults."""
    waiting = Waiting(patience=patience)
    return lambda release: adaptive_wait_s(release.heard, waiting)


def blind_rule(patience: float) -> Rule:
    """Return the same rule without the model's opinion."""
    waiting = Waiting(patience=patience)
    return lambda release: adaptive_wait_s(replace(release.heard, phrase_end=None), waiting)


class Ear:
    """Hear a session as the bridge does: read each call, have its bars found, ask whether the phrase has ended."""

    def __init__(self, checkpoint: str) -> None:
        import torch

        from engine.checkpoint import load
        from engine.improviser import Improviser

        torch.set_num_threads(1)
        self._improviser = Improviser(load(checkpoint))
        self._settings = read_settings(Controls())
        self._net = Net.shipped()
        self.begin(None, 0.0)

    def begin(self, clock: TempoMap | None, bar_beats: float) -> None:
        """Forget what was heard; a clock may run from now on. bar_beats: as the control says, 0 while unknown."""
        settings = replace(self._settings, bar_beats=bar_beats)
        if clock is None:
            tempo = Tempo(TempoMap(120.0, 0.0, 0.0), "player", 0.0, running=False)
        else:
            past = Track()
            past.note(clock.time_s, clock)
            tempo = Tempo(clock, "clock", 1.0, running=True, beats=past)
        self._moment = Moment(0.0, tempo, settings)
        self._transcript, self._finder = Transcript(), BarFinder(self._net)
        self._usual_beats: tuple[float, ...] = ()
        self._usual_spans_s: tuple[float, ...] = ()
        self.begin_call()

    def begin_call(self) -> None:
        """Listen for the next call."""
        self._reader, self._stands, self._phrase = RhythmReader(), Standing(), Phrase()

    def hear(self, line: Sequence[PlayedNote]) -> Heard:
        """Return what is known of the call when its last note was just released and the engine has replied."""
        moment, tempo = self._moment, self._moment.tempo
        reading = self._reader.read(line, tempo.beats, prior_bpm=tempo.prior_bpm)
        phrase = self._phrase = Phrase(tuple(line), reading, last_off_s=line[-1].end_s)
        context = (*self._transcript.notes, *phrase.notes)
        found = self._finder.find(context, 0, len(phrase.notes), evidence(moment, phrase), over=True)
        stands = self._stands = standing(moment, phrase, self._transcript, found, self._stands)
        return Heard(
            line=line,
            last_off_s=line[-1].end_s,
            held=False,
            phrase_end=self._phrase_end([*self._transcript.notes, *stands.call], stands.metre),
            beats=reading.beats[-1] - reading.beats[0] + reading.notes[-1].duration_beats,
            usual_beats=self._usual_beats,
            usual_spans_s=self._usual_spans_s,
            beat_s=60.0 / reading.bpm,
            bar_beats=closing_bar_beats(moment, found),
            late_s=reading.late_s,
        )

    def end_call(self, heard: Heard) -> None:
        """Enter the call into what was heard, as the first note of an answer does."""
        self._transcript.add(self._stands.call, self._stands.place)
        self._transcript.trim()
        self._usual_beats = (*self._usual_beats, heard.beats or 0.0)
        self._usual_spans_s = (*self._usual_spans_s, heard.line[-1].onset_s - heard.line[0].onset_s)
        self.begin_call()

    def _phrase_end(self, notes: Sequence[Note], metre: Metre | None) -> float | None:
        keep = 0
        for old, new in zip(self._improviser.context.notes, notes, strict=False):
            if old != new:
                break
            keep += 1
        self._improviser.sync(keep, notes[keep:], metre)
        return self._improviser.phrase_end()


def releases(played: Sequence[PlayedNote], ear: Ear) -> Call:
    """Return what is known after each note of a call behind which nothing sounds on, and end the call."""
    result = []
    heard = None
    for count, note in enumerate(played, 1):
        assert note.end_s is not None
        # A note that overlaps the next is released with the next one sounding: nothing waits there.
        if count < len(played) and note.end_s >= played[count].onset_s:
            continue
        heard = ear.hear(played[:count])
        result.append(Release(heard, played[count].onset_s - note.end_s if count < len(played) else None))
    assert heard is not None
    ear.end_call(heard)
    return tuple(result)


def listen(songs: Sequence[Song], ear: Ear, most: int, clock: bool, breaths: float = 0.0) -> dict[str, list[Call]]:
    """Perform tunes phrase by phrase and hear them; return the first calls and the later ones.

    clock: a clock runs and the bar is set, so notes are read on its grid and the metre is known. breaths: before
    this share of the notes the player takes a breath.
    """
    result: dict[str, list[Call]] = {"first": [], "later": []}
    for seed, song in enumerate(track(songs, description="playing", transient=True)):
        if min(map(len, result.values())) >= most:
            break
        rng = random.Random(seed)
        manner = Manner(rng.uniform(60.0, 160.0), 0.02, breath_chance=breaths, breath_s=0.3, in_time=clock)
        start_beat = song.metre.upbeat_beats if song.metre else 0.0
        performance = perform(song.notes, manner, rng, 0.0, start_beat)
        bar_beats = song.metre.beats_per_bar if clock and song.metre else 0.0
        ear.begin(TempoMap(manner.bpm, start_beat, 0.0) if clock else None, bar_beats)
        which = "first"
        for first, behind in phrases_of(song)[: _MOST_CALLS if len(result["later"]) < most else 1]:
            played = performance.notes[first:behind]
            if len(played) < 2:
                continue
            call = releases(played, ear)
            if len(played) >= LEAST_NOTES:
                result[which].append(call)
            which = "later"
    return {which: calls[:most] for which, calls in result.items()}


def at_same_false(curve: Sequence[Outcome], share: float) -> float | None:
    """Return the median wait that a curve has at this share of false entries, between its points."""
    points = sorted((each.false_share, each.median_s) for each in curve)
    for (low, slow_s), (high, quick_s) in pairwise(points):
        if low <= share <= high:
            part = (share - low) / (high - low) if high > low else 0.0
            return slow_s + part * (quick_s - slow_s)
    return None


def show(console: Console, title: str, curves: dict[str, list[Outcome]], calls: int) -> None:
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
                f"{point.false_share:.1%} ± {(point.false_share * (1 - point.false_share) / calls) ** 0.5:.1%}",
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
    parser.add_argument("--phrases", type=int, default=600, help="most calls of each kind, of six notes or more")
    parser.add_argument(
        "--breaths", type=float, default=0.0, help="share of notes before which the player breathes"
    )
    parser.add_argument("--part", choices=PARTS, default="test", help="of the corpus (default test)")
    parser.add_argument("--quick", action="store_true", help="100 calls of each kind")
    parser.add_argument("--png", type=Path, help="write the curves as a picture")
    parser.add_argument("--json", type=Path, help="write the curves as numbers")
    arguments = parser.parse_args()
    songs = songs_in(load_corpus(arguments.corpus or fetch("essen")).songs, arguments.part)
    songs = [song for song in songs if song.phrase_ends and song.has_durations]
    random.Random(2).shuffle(songs)
    ear, console = Ear(arguments.checkpoint), Console()
    settings = {}
    for tempo, clock in (("no clock", False), ("with a clock, bar told", True)):
        most = 100 if arguments.quick else arguments.phrases
        for which, calls in listen(songs, ear, most, clock, arguments.breaths).items():
            title = f"{len(calls)} {which} calls of a session, {tempo}"
            settings[title] = {
                "fixed": [outcome(calls, fixed_rule(each), each) for each in FIXED_S],
                "adaptive": [outcome(calls, adaptive_rule(each), each) for each in PATIENCE],
                "adaptive, deaf to the model": [outcome(calls, blind_rule(each), each) for each in PATIENCE],
            }
            show(console, title, settings[title], len(calls))
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

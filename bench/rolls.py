"""Pictures of answers and of how they are told, with matplotlib (extra `train`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.notes import Note
from trainer.calls import Call, beats_of
from trainer.pictures import new_figure, save_png

_CALL, _ANSWER, _REAL = "0.25", "tab:blue", "tab:orange"


def draw_rolls(folder: Path, shown: Sequence[tuple[str, Call, Sequence[Note]]]) -> None:
    """Write a piano roll of each (title, call, answer): the real continuation above, the answer below."""
    for number, (title, call, answer) in enumerate(shown, start=1):
        figure = new_figure(9.0, 3.6)
        axes = figure.subplots(2, 1, sharex=True, sharey=True)
        for one, notes, colour, name in (
            (axes[0], call.real, _REAL, "the song goes on"),
            (axes[1], answer, _ANSWER, "our answer"),
        ):
            metre = call.metre
            heard = beats_of(call.notes)
            _roll(one, call.notes, metre.upbeat_beats, _CALL)
            _roll(one, notes, metre.upbeat_beats + heard, colour)
            end = metre.upbeat_beats + heard + notes[0].rest_beats + beats_of(notes)
            bars = range(int(end / metre.beats_per_bar) + 2)
            for bar in bars:
                one.axvline(bar * metre.beats_per_bar, color="0.85", linewidth=0.8, zorder=0)
            one.set_title(f"{title}: {name}" if one is axes[0] else name, fontsize=8, loc="left")
            one.set_ylabel("MIDI pitch", fontsize=7)
            one.tick_params(labelsize=7)
        axes[1].set_xlabel(f"beats; bars of {metre.beats_per_bar:g} as written", fontsize=8)
        save_png(figure, folder / f"{number}.png")


def _roll(axes: Any, notes: Sequence[Note], begin_beats: float, colour: str) -> None:
    onsets, beat = [], begin_beats
    for note in notes:
        onsets.append(beat + note.rest_beats)
        beat += note.rest_beats + note.duration_beats
    lengths = [note.duration_beats * 0.95 for note in notes]
    axes.barh([note.pitch for note in notes], lengths, left=onsets, height=0.8, color=colour)


def draw_curve(file: Path, points: Sequence[Mapping[str, Any]]) -> None:
    """Write how often the real continuation is told, by the number of drafts that were chosen from."""
    figure = new_figure(6.0, 4.0)
    axes = figure.subplots()
    for power in dict.fromkeys(point["sharpness"] for point in points):
        these = [point for point in points if point["sharpness"] == power]
        counts = [point["drafts"] for point in these]
        for name, style in (("fresh", "-"), ("own", ":")):
            means, lows, highs = zip(*(point[name] for point in these), strict=True)
            label = f"{name} critic, odds to the {power:g}"
            axes.plot(counts, [100 * mean for mean in means], style, marker="o", label=label)
            if name == "fresh":
                axes.fill_between(counts, [100 * x for x in lows], [100 * x for x in highs], alpha=0.15)
    axes.axhline(50.0, color="0.5", linewidth=0.8)
    axes.set_xscale("log", base=2)
    axes.set_xlabel("one of so many drafts")
    axes.set_ylabel("% of pairs in which the real one is told")
    axes.legend(fontsize=8)
    save_png(figure, file)

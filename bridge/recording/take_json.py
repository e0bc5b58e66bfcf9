"""A take as JSON and back: what stands in a journal. Notes are short lists, records are named fields. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from bridge.take import Drawing, InTime, Model, Sounded, Take
from engine.messages import Goal, Sampling
from engine.notes import Metre, Note


class DamagedTakeError(ValueError):
    """Say that what should be a take is none."""


def to_json(take: Take, zero_s: float) -> dict[str, Any]:
    """Return a take as plain values; its times are told from zero_s on."""
    time = dataclasses.asdict(take.time)
    for name in ("begun_s", "call_s", "call_last_s"):
        time[name] = None if time[name] is None else round(time[name] - zero_s, 5)
    return {
        "number": take.number,
        "kept": take.kept,
        "seed": take.seed,
        "model": dataclasses.asdict(take.model),
        "context": _notes(take.context),
        "call_notes": take.call_notes,
        "heard": list(take.heard),
        "drawings": [_drawing(drawing) for drawing in take.drawings],
        "notes": [
            [*_note(each.note), each.velocity, each.channel, each.sounding_beats, each.nudge_beats]
            for each in take.notes
        ],
        "time": time,
        "settings": dict(take.settings),
    }


def from_json(data: Any) -> Take:
    """Return the take that `to_json` described; raise DamagedTakeError when it is none."""
    try:
        return Take(
            number=int(data["number"]),
            seed=int(data["seed"]),
            model=Model(**{**data["model"], "drafts": int(data["model"].get("drafts", 0))}),
            context=_read_notes(data["context"]),
            call_notes=int(data["call_notes"]),
            heard=tuple(int(number) for number in data["heard"]),
            drawings=tuple(_read_drawing(each) for each in data["drawings"]),
            notes=tuple(Sounded(_read_note(each[:3]), *_read_played(each[3:])) for each in data["notes"]),
            time=InTime(**data["time"]),
            settings=dict(data["settings"]),
            kept=bool(data["kept"]),
        )
    except (KeyError, TypeError, ValueError, IndexError, OverflowError) as error:
        raise DamagedTakeError(f"{type(error).__name__}: {error}") from None


def _note(note: Note) -> list[float]:
    return [note.pitch, note.duration_beats, note.rest_beats]


def _notes(notes: Sequence[Note]) -> list[list[float]]:
    return [_note(note) for note in notes]


def _read_note(data: Any) -> Note:
    pitch, duration_beats, rest_beats = data
    if not (isinstance(pitch, int) and 0 <= pitch <= 127 and 0.0 < duration_beats < 1e6 and abs(rest_beats) < 1e6):
        raise ValueError(f"{data} is no note")
    return Note(pitch, float(duration_beats), float(rest_beats))


def _read_notes(data: Any) -> tuple[Note, ...]:
    return tuple(_read_note(each) for each in data)


def _read_played(data: Any) -> tuple[int, int, float, float]:
    velocity, channel, sounding_beats, nudge_beats = data
    if not (1 <= velocity <= 127 and 0 <= channel <= 15 and 0.0 < sounding_beats < 1e6 and abs(nudge_beats) < 1e6):
        raise ValueError(f"{data} says not how a note is played")
    return int(velocity), int(channel), float(sounding_beats), float(nudge_beats)


def _drawing(drawing: Drawing) -> dict[str, Any]:
    metre = drawing.metre
    return {
        "sampling": dataclasses.asdict(drawing.sampling),
        "goal": dataclasses.asdict(drawing.goal),
        "metre": None if metre is None else [metre.beats_per_bar, metre.upbeat_beats, metre.pulse_beats],
        "drafts": drawing.drafts,
        "count": drawing.count,
        "before": _notes(drawing.before),
        "skip": drawing.skip,
        "notes": _notes(drawing.notes),
        "read_from": drawing.read_from,
        "draft": drawing.draft,
    }


def _read_drawing(data: Any) -> Drawing:
    sampling, goal, metre = dict(data["sampling"]), dict(data["goal"]), data["metre"]
    key = sampling["key"]
    sampling["key"] = None if key is None else (int(key[0]), tuple(int(pitch) for pitch in key[1]))
    goal["rhythm"] = tuple((float(length), float(rest)) for length, rest in goal["rhythm"])
    return Drawing(
        sampling=Sampling(**sampling),
        goal=Goal(**goal),
        metre=None if metre is None else Metre(*(float(beats) for beats in metre)),
        drafts=int(data["drafts"]),
        count=int(data["count"]),
        before=_read_notes(data["before"]),
        skip=int(data["skip"]),
        notes=_read_notes(data["notes"]),
        read_from=int(data["read_from"]),
        draft=None if data.get("draft") is None else int(data["draft"]),
    )

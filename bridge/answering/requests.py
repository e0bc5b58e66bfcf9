"""What the controls mean to those who act on them: the engine's draws and the rules of turns. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bridge.controls import Controls
from bridge.hearing.key import KeyEstimate, sampling_key
from bridge.hearing.turn_taking import Waiting
from engine.messages import Goal, Sampling
from engine.notes import Note

LIVE = frozenset(
    (
        *("temperature", "top_k", "top_p", "min_p", "loop_guard", "closeness", "key", "scale", "key_lock"),
        *("range_low", "range_high", "length_mode", "length", "length_bars", "style", "bar"),
        *("velocity", "dynamics", "articulation", "out_channel", "quantise", "swing", "offset"),
    )
)
"""Controls that shape what is drawn or how it is played: when one moves, what has not sounded is drawn again. With
the answer's seed that gives the same notes, played anew, where only the playing has changed."""
DEFAULT_BAR_BEATS = 4.0


def bar_beats(controls: Controls) -> float:
    """Return the bar's length in beats; four where it is not set."""
    return controls.number("bar") or DEFAULT_BAR_BEATS


def sampling(controls: Controls, key: KeyEstimate | None, call: Sequence[Note]) -> Sampling:
    """Return what the engine is to draw with."""
    low, high = sorted((int(controls.number("range_low")), int(controls.number("range_high"))))
    return Sampling(
        temperature=controls.number("temperature"),
        top_k=int(controls.number("top_k")),
        top_p=controls.number("top_p"),
        min_p=controls.number("min_p"),
        loop_guard=controls.number("loop_guard"),
        key=sampling_key(key, str(controls["key"]), str(controls["scale"]), [note.pitch for note in call]),
        key_lock=controls.number("key_lock"),
        low=low,
        high=high,
        closeness=controls.number("closeness"),
        style=str(controls["style"]),
    )


def waiting(controls: Controls) -> Waiting:
    """Return the settings of the wait."""
    low, high = sorted((controls.number("wait_min"), controls.number("wait_max")))
    return Waiting(
        mode=str(controls["turn"]),
        patience=controls.number("patience"),
        fixed_s=controls.number("wait"),
        min_s=low,
        max_s=high,
        hold_max_s=controls.number("hold_max"),
    )


def goal(
    controls: Controls,
    call: Sequence[Note],
    *,
    drawn_notes: int,
    lead_rest_beats: float = 0.0,
) -> Goal:
    """Return where an answer to `call` should end, and what of it stands already."""
    call_beats = sum(note.duration_beats + note.rest_beats for note in call)
    call_beats -= call[0].rest_beats if call else 0.0  # the silence before the call is none of its length
    lengths = {
        "proportion": max(call_beats, 1.0) * controls.number("length"),
        "bars": controls.number("length_bars") * bar_beats(controls),
    }
    return Goal(
        drawn_notes=drawn_notes,
        length_beats=lengths.get(str(controls["length_mode"])),
        call_notes=len(call),
        rhythm=tuple((note.duration_beats, note.rest_beats) for note in call),
        lead_rest_beats=lead_rest_beats if drawn_notes == 0 else 0.0,
    )

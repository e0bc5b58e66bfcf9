"""A moment: the time, the tempo and the settings in which something is decided. Values only. Pure.

The settings are the table of controls as those read it who act on it: one record, made anew when a control moves,
so that within a moment nothing changes and nobody looks a control up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bridge.controls import Controls, Value
from bridge.hearing.turn_taking import Waiting
from bridge.time.tempo_choice import Tempo
from engine.controls import Sampling, sampling_of

USUAL_BAR_BEATS = 4.0
SHORTEST_BAR_BEATS = 0.25
"""A shorter bar, which OSC may send between the control's steps, is none."""


@dataclass(frozen=True, slots=True)
class Playing:
    """Say how notes are played, by the controls of these names; channel: 1..16.

    velocity, articulation and channel: 0 follows the call. shift_s: added to every time.
    """

    velocity: int = 0
    dynamics: float = 1.0
    articulation: float = 0.0
    channel: int = 0
    quantise: float = 0.0
    swing: float = 0.0
    shift_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Settings:
    """Hold what the controls say.

    split: MIDI pitch, 0 for none; bar_beats: 0 while unknown; pulse_beats: the beat that is felt in it, 0 while
    unknown; sampling: all but the key, the call decides that; values: of every control, by name.
    """

    tempo_from: str
    bpm: float
    split: int
    waiting: Waiting
    turn_bars: float
    count_in: int
    click_channel: int
    click_note: int
    barge_in: str
    grid: str
    bar_beats: float
    pulse_beats: float
    length_mode: str
    length: float
    length_bars: float
    key: str
    scale: str
    sampling: Sampling
    drafts: int
    playing: Playing
    values: Mapping[str, Value] = field(default_factory=dict)

    @property
    def on_return(self) -> str:
        """Return what an answer does when the player comes back into it: as `barge_in`; free playing plays on."""
        return "overlap" if self.waiting.mode == "free" else self.barge_in

    @property
    def usual_bar_beats(self) -> float:
        """Return the bar's length in beats; four where it is unknown."""
        return self.bar_beats or USUAL_BAR_BEATS


@dataclass(frozen=True, slots=True)
class Moment:
    """Hold when something happens (monotonic seconds), and what holds then.

    bars_from: the beat at which the player's bars began by a count; None: they begin with his first note.
    """

    now_s: float
    tempo: Tempo
    settings: Settings
    bars_from: float | None = None


def read_settings(controls: Controls) -> Settings:
    """Return what the controls say now."""
    bar_beats, pulse_beats = controls.number("bar"), controls.number("pulse")
    bar_beats = bar_beats if bar_beats >= SHORTEST_BAR_BEATS else 0.0
    return Settings(
        tempo_from=str(controls["tempo_from"]),
        bpm=controls.number("bpm"),
        split=int(controls.number("split")),
        waiting=_waiting(controls),
        turn_bars=controls.number("turn_bars"),
        count_in=int(controls.number("count_in")),
        click_channel=int(controls.number("click_channel")),
        click_note=int(controls.number("click_note")),
        barge_in=str(controls["barge_in"]),
        grid=str(controls["grid"]),
        bar_beats=bar_beats,
        pulse_beats=pulse_beats if _goes_into(pulse_beats, bar_beats) else 0.0,
        length_mode=str(controls["length_mode"]),
        length=controls.number("length"),
        length_bars=controls.number("length_bars"),
        key=str(controls["key"]),
        scale=str(controls["scale"]),
        sampling=sampling_of(controls.values()),
        drafts=int(controls.number("drafts")),
        playing=_playing(controls),
        values=controls.values(),
    )


def _goes_into(pulse_beats: float, bar_beats: float) -> bool:
    """Say whether a bar has a whole number of pulses; a shorter pulse than the shortest bar is none."""
    pulses = bar_beats / pulse_beats if pulse_beats >= SHORTEST_BAR_BEATS else 0.0
    return pulses > 0.0 and abs(pulses - round(pulses)) < 1e-6


def _waiting(controls: Controls) -> Waiting:
    low_s, high_s = sorted((controls.number("wait_min"), controls.number("wait_max")))
    return Waiting(
        mode=str(controls["turn"]),
        patience=controls.number("patience"),
        fixed_s=controls.number("wait"),
        min_s=low_s,
        max_s=high_s,
        hold_max_s=controls.number("hold_max"),
    )


def _playing(controls: Controls) -> Playing:
    return Playing(
        velocity=int(controls.number("velocity")),
        dynamics=controls.number("dynamics"),
        articulation=controls.number("articulation"),
        channel=int(controls.number("out_channel")),
        quantise=controls.number("quantise"),
        swing=controls.number("swing"),
        shift_s=controls.number("offset") / 1000,
    )

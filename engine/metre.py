"""Find the metre of what is played: a posterior over bar length, subdivision and place in the bar. No torch.

A small recurrent net hears the melody note by note (intervals and lengths only, so the key and the origin of
time do not matter) and says of each note how well it would stand at every place of every kind of bar. A
Bayesian filter carries this along: the places move on with the notes, and at each note the metre may, with a
chance that the net names, have changed. Weights come from `melody-train metre`.
"""

from __future__ import annotations

import importlib.resources
import math
from bisect import bisect_left
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load_file

from engine.errors import UserError
from engine.messages import BarEvidence
from engine.notes import Metre, Note
from engine.suffixes import Suffixes
from engine.tokenizer import TICKS_PER_BEAT, ticks_of

Floats = npt.NDArray[np.float32]

STEPS_PER_BEAT = 4
_STEP_TICKS = TICKS_PER_BEAT // STEPS_PER_BEAT

BARS: tuple[tuple[float, float], ...] = (
    (2.0, 1.0), (4.0, 1.0), (8.0, 2.0), (1.5, 0.5), (3.0, 1.0), (6.0, 2.0), (1.5, 0.75), (3.0, 1.5), (6.0, 3.0),
)  # fmt: skip
"""Kinds of bars that are told apart: (length, pulse) in beats; 2/4, 4/4, 4/2, 3/8, 3/4, 3/2, 6/16, 6/8, 6/4."""
BAR_STEPS = tuple(round(beats * STEPS_PER_BEAT) for beats, _ in BARS)
OFFSETS = tuple(sum(BAR_STEPS[:index]) for index in range(len(BAR_STEPS)))
N_STATES = sum(BAR_STEPS)
"""States: each place, in steps of a sixteenth, of each kind of bar."""

_VALUES = (6, 8, 12, 16, 18, 24, 32, 36, 48, 60, 72, 84, 96, 120, 144, 168, 192, 240, 288, 384)
_N_VALUES = len(_VALUES) + 1
_ECHOES_BEATS = (0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0)
_ECHOES_TICKS = tuple(ticks_of(beats) for beats in _ECHOES_BEATS)
_N_LAGS = 66
_INTERVAL_CAP = 13
_LONGEST_MATCH = 8

FEATURES: tuple[tuple[str, int], ...] = (
    ("interval", 2 * _INTERVAL_CAP + 2),
    ("from_first", 12),
    ("onset_interval", _N_VALUES),
    ("duration_1", _N_VALUES),
    ("rest", _N_VALUES),
    ("duration", _N_VALUES),
    ("index", 17),
    ("match_lag", _N_LAGS),
    ("match_length", _LONGEST_MATCH + 1),
    ("rhythm_lag", _N_LAGS),
    ("rhythm_length", _LONGEST_MATCH + 1),
    ("pitch_lag", _N_LAGS),
    ("longer_lag", _N_LAGS),
    ("elapsed", _N_LAGS),
    ("phrase_length", _N_LAGS),
    *((f"echo_{beats:g}", 6) for beats in _ECHOES_BEATS),
)
"""(name, cardinality) of the integers that the net reads of a note."""


class Listener:
    """Turn notes into the net's rows, one at a time; what is heard can be taken back from the end."""

    def __init__(self) -> None:
        self.notes: list[Note] = []
        self.onsets: list[int] = []
        self.ends: list[bool] = []
        # Where the phrase began that each note stands in, in ticks.
        self._begins: list[int] = []
        self._at: dict[int, int] = {}
        self._by_pitch: dict[int, list[int]] = {}
        self._suffixes = Suffixes(2)

    def append(self, note: Note, ended: bool = False) -> list[int]:
        """Add a note and return its row, an integer a feature. ended: a phrase is known to end with it."""
        index = len(self.notes)
        before = self.notes[-1] if index else None
        # Silence before the first note is no part of the melody.
        rest, duration = ticks_of(note.rest_beats) if before else 0, ticks_of(note.duration_beats)
        since = ticks_of(before.duration_beats + note.rest_beats) if before else 0
        onset = self.onsets[-1] + since if before else 0
        interval = note.pitch - before.pitch if before else None
        begin = onset if not index or self.ends[-1] else self._begins[-1]
        self.notes.append(note)
        self.onsets.append(onset)
        self.ends.append(ended)
        self._begins.append(begin)
        self._at.setdefault(onset, index)
        symbol = _capped(interval)
        self._suffixes.append([symbol * 4096 + duration, since * 4096 + duration])
        places, lengths = self._suffixes.best()
        earlier = self._by_pitch.setdefault(note.pitch, [])
        pitch_lag = _lag(onset - self.onsets[earlier[-1]]) if earlier else 0
        earlier.append(index)
        row = [
            symbol,
            (note.pitch - self.notes[0].pitch) % 12,
            _value(since),
            _value(ticks_of(before.duration_beats)) if before else 0,
            _value(rest),
            _value(duration),
            min(index, 16),
        ]
        for place, length in zip(places, lengths, strict=True):
            row += [_lag(onset - self.onsets[place - 1]) if length else 0, min(length, _LONGEST_MATCH)]
        row += [pitch_lag, self._longer_lag(duration), _lag(onset - begin)]
        row.append(_lag(onset + duration - begin) if ended else 0)
        row += [self._echo(onset - ticks, duration, interval) for ticks in _ECHOES_TICKS]
        return row

    def rewind(self, count: int) -> None:
        """Forget all notes but the first `count`."""
        for index in range(len(self.notes) - 1, count - 1, -1):
            self._by_pitch[self.notes[index].pitch].pop()
            if self._at.get(self.onsets[index]) == index:
                del self._at[self.onsets[index]]
        del self.notes[count:], self.onsets[count:], self.ends[count:], self._begins[count:]
        self._suffixes.rewind(count)

    def _longer_lag(self, duration: int) -> int:
        """Return how long ago a note began that is longer than this one, itself left out."""
        last = len(self.notes) - 1
        for index in range(last - 1, max(-1, last - 33), -1):
            if ticks_of(self.notes[index].duration_beats) > duration:
                return _lag(self.onsets[last] - self.onsets[index])
        return 0

    def _echo(self, onset: int, duration: int, interval: int | None) -> int:
        """Return how a note that began at `onset` resembles the one just added: 0 (before the first) to 5."""
        if onset < 0:
            return 0
        index = self._at.get(onset)
        if index is None:
            return 1
        note = self.notes[index]
        if ticks_of(note.duration_beats) != duration:
            return 2
        if note.pitch == self.notes[-1].pitch:
            return 5
        return 4 if index and note.pitch - self.notes[index - 1].pitch == interval else 3


def _capped(interval: int | None) -> int:
    return 0 if interval is None else min(max(interval, -_INTERVAL_CAP), _INTERVAL_CAP) + _INTERVAL_CAP + 1


def _value(ticks: int) -> int:
    """Return the class of a length: 0 for none, else 1 + the nearest of the table by ratio."""
    if ticks <= 0:
        return 0
    above = bisect_left(_VALUES, ticks)
    if above in (0, len(_VALUES)):
        return min(above, len(_VALUES) - 1) + 1
    return above if ticks * ticks < _VALUES[above - 1] * _VALUES[above] else above + 1


def _lag(ticks: int) -> int:
    """Return a distance in time in eighths, 1 for none at all, capped."""
    return min(round(ticks / (2 * _STEP_TICKS)) + 1, _N_LAGS - 1)


def places(onsets_ticks: Sequence[int]) -> list[int]:
    """Return onsets in steps of a sixteenth, rounded half up."""
    return [math.floor(onset / _STEP_TICKS + 0.5) for onset in onsets_ticks]


_KIND = np.repeat(np.arange(len(BARS)), BAR_STEPS)
_PLACE = np.concatenate([np.arange(steps) for steps in BAR_STEPS])
_LENGTH = np.repeat(BAR_STEPS, BAR_STEPS)
_BASE = np.repeat(OFFSETS, BAR_STEPS)


def states_before(steps: int) -> npt.NDArray[np.int64]:
    """Return for each state the one that was held `steps` sixteenths earlier."""
    return np.asarray(_BASE + (_PLACE - steps) % _LENGTH)


class Net:
    """The trained net: one layer of embeddings, gated recurrent layers, scores of states."""

    def __init__(self, tensors: dict[str, Floats]) -> None:
        """Take tensors by the names that `melody-train metre` writes; raise UserError for others."""
        try:
            self._embedding = tensors["embedding"]
            self._layers: list[tuple[Floats, ...]] = []
            while f"gru.{len(self._layers)}.weight_in" in tensors:
                name = f"gru.{len(self._layers)}"
                parts = ("weight_in", "weight_hidden", "bias_in", "bias_hidden")
                self._layers.append(tuple(tensors[f"{name}.{part}"] for part in parts))
            self._out, self._out_bias = tensors["out.weight"], tensors["out.bias"]
            self.start = _log_softmax(tensors["start"].astype(np.float64))
            fits = self._embedding.shape[0] == _ROWS and self._out.shape[0] == 2 * N_STATES + 1
        except KeyError as error:
            raise UserError(f"the metre's weights lack {error}; train them anew with melody-train metre") from None
        if not fits or self.start.shape != (N_STATES,) or not self._layers:
            raise UserError("the metre's weights are of another form; train them anew with melody-train metre")
        by_kind = np.array([np.exp(self.start[kind == _KIND]).sum() for kind in range(len(BARS))])
        # After a change the kind is as likely as at a start, every place in it alike.
        self.changed = np.log(by_kind[_KIND] / _LENGTH)

    @classmethod
    def load(cls, file: Path) -> Net:
        """Read weights from a safetensors file; raise UserError when it is none or of another form."""
        try:
            tensors = load_file(file)
        except (OSError, SafetensorError) as error:
            raise UserError(f"{file}: not readable as safetensors ({error}); copy it again") from error
        return cls({name: tensor.astype(np.float32) for name, tensor in tensors.items()})

    @classmethod
    def shipped(cls) -> Net:
        """Return the net that comes with the program."""
        return cls.load(Path(str(importlib.resources.files("presets"))) / "metre" / "metre.safetensors")

    def silent(self) -> list[Floats]:
        """Return the hidden state before the first note."""
        return [np.zeros(hidden.shape[1], np.float32) for _, hidden, _, _ in self._layers]

    def hear(self, row: Sequence[int], hidden: Sequence[Floats]) -> tuple[list[Floats], Floats]:
        """Take a note's row; return the new hidden state, and the raw scores (2 * N_STATES + 1)."""
        x = self._embedding[_FIRST_ROWS + np.asarray(row)].sum(0)
        after = []
        for (weight_in, weight_hidden, bias_in, bias_hidden), h in zip(self._layers, hidden, strict=True):
            size = len(h)
            given, kept = weight_in @ x + bias_in, weight_hidden @ h + bias_hidden
            gates = _sigmoid(given[: 2 * size] + kept[: 2 * size])
            fresh = np.tanh(given[2 * size :] + gates[:size] * kept[2 * size :])
            x = fresh + gates[size:] * (h - fresh)
            after.append(x)
        scores: Floats = self._out @ x + self._out_bias
        return after, scores


_SIZES = [size for _, size in FEATURES]
_ROWS = sum(_SIZES)
_FIRST_ROWS = np.array([sum(_SIZES[:index]) for index in range(len(_SIZES))])
CHANGE_LOG_ODDS = -4.0
"""Log odds of a change of metre at a note to which the net has nothing to add."""


def _sigmoid(values: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-values)), np.float32)


def _log_softmax(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    above = values - values.max()
    return np.asarray(above - np.log(np.exp(above).sum()))


NO_EVIDENCE = BarEvidence()


@dataclass(frozen=True, slots=True)
class Belief:
    """Hold one reading of the bars and how sure it is.

    metre: the upbeat is that of the first note followed; place_beats: where in the bar the latest note begins;
    probability: of this reading; confidence: that its bar lines are right, up to halving or doubling the bar.
    """

    metre: Metre
    place_beats: float
    probability: float
    confidence: float


# How much less likely bar lines are that a clock contradicts: off its beats, and not at its song's bars.
_OFF_BEAT_LOG, _OFF_BAR_LOG = -7.0, -4.0


def family(metre: Metre) -> str | None:
    """Return "duple", "triple" or "compound" (pairs of threes); None for other bars and pulses not told."""
    if not metre.pulse_beats:
        return None
    pulses = metre.beats_per_bar / metre.pulse_beats
    if _power_of_two(metre.pulse_beats):
        return "duple" if _power_of_two(pulses) else "triple" if _power_of_two(pulses / 3.0) else None
    return "compound" if _power_of_two(metre.pulse_beats / 1.5) and _power_of_two(pulses) else None


def in_threes(metre: Metre) -> float | None:
    """Return the length in beats of what goes three to a group: 1 in 3/4 and 6/4, 0.5 in 6/8 and 3/8; 0: nothing.

    Two metres that agree in bars (`agree`) and in this differ only by halving or doubling. None: not told.
    """
    kind = family(metre)
    if kind is None:
        return None
    return 0.0 if kind == "duple" else metre.pulse_beats if kind == "triple" else metre.pulse_beats / 3.0


def _power_of_two(value: float) -> bool:
    octaves = math.log2(value)
    return abs(octaves - round(octaves)) < 1e-6


_FAMILIES = [family(Metre(beats, 0.0, pulse)) for beats, pulse in BARS]


def state_of(metre: Metre, position_beats: float) -> int | None:
    """Return the state of an onset so far after a bar line; bars longer than all kinds are halved.

    None when the metre is of no kind.
    """
    kind_of = family(metre)
    beats = metre.beats_per_bar
    while kind_of is not None and beats >= 1.5 - 1e-6:
        for kind, (length, _) in enumerate(BARS):
            if abs(length - beats) < 1e-6 and _FAMILIES[kind] == kind_of:
                return OFFSETS[kind] + math.floor(position_beats * STEPS_PER_BEAT + 0.5) % BAR_STEPS[kind]
        beats /= 2.0
    return None


def _agreeing() -> npt.NDArray[np.bool_]:
    """Return [i, j]: the bars of i, halved or doubled so and so often, are those of j; shape (N, N)."""
    octaves = np.log2(_LENGTH[:, None] / _LENGTH[None, :])
    shorter = np.minimum(_LENGTH[:, None], _LENGTH[None, :])
    return np.asarray((octaves == np.round(octaves)) & ((_PLACE[:, None] - _PLACE[None, :]) % shorter == 0))


AGREE = _agreeing()


def _evidence_logs(evidence: BarEvidence) -> npt.NDArray[np.float64]:
    """Return what is known beside the notes as log weights of the states, shape (N_STATES,)."""
    logs = np.zeros(N_STATES)
    if evidence.bar_beats:
        logs[~_told_kinds(evidence)[_KIND]] = -np.inf
    if evidence.clock_beat is not None:
        begins = round(evidence.clock_beat * STEPS_PER_BEAT) - _PLACE
        # Bars of whole beats begin on beats; a bar of 3/8 may begin on half of one.
        on_beat = begins % np.where(_LENGTH % STEPS_PER_BEAT == 0, STEPS_PER_BEAT, STEPS_PER_BEAT // 2) == 0
        logs += np.where(on_beat, 0.0, _OFF_BEAT_LOG)
        if evidence.from_start:
            logs += np.where(begins % _LENGTH == 0, 0.0, _OFF_BAR_LOG)
    return logs


def _told_kinds(evidence: BarEvidence) -> npt.NDArray[np.bool_]:
    """Return which kinds fit the bar as told: of its length, else the longest that divide it, else all."""
    pulses = [evidence.pulse_beats in (0.0, pulse) for _, pulse in BARS]
    for fits in (pulses, [True] * len(BARS)):
        lengths = [beats for (beats, _), fit in zip(BARS, fits, strict=True) if fit]
        whole = [beats for beats in lengths if evidence.bar_beats % beats == 0.0]
        if whole:
            return np.array([fit and beats == max(whole) for (beats, _), fit in zip(BARS, fits, strict=True)])
    return np.ones(len(BARS), bool)


KEPT_KIND = 0.9
"""Chance that the next call has the bars of the one before."""


def agree(one: Metre, other: Metre) -> bool:
    """Say whether two metres have the same bar lines, but for bars halved or doubled so and so often."""
    shorter = min(one.beats_per_bar, other.beats_per_bar)
    apart = (one.upbeat_beats - other.upbeat_beats) % shorter
    return _power_of_two(one.beats_per_bar / other.beats_per_bar) and min(apart, shorter - apart) < 0.13


def weigh(beliefs: Sequence[Belief], costs: Sequence[float]) -> list[Belief]:
    """Return the beliefs with their probabilities times exp(-cost), the best one first.

    costs: of the notes under each metre, in nats, as they shall count. The probabilities sum to what they did.
    """
    if not beliefs:
        return []
    before = np.array([belief.probability for belief in beliefs])
    after = before.sum() * np.exp(_log_softmax(np.log(before) - np.asarray(costs)))
    weighed = []
    for belief, chance in zip(beliefs, after, strict=True):
        sure = sum(p for other, p in zip(beliefs, after, strict=True) if agree(belief.metre, other.metre))
        weighed.append(replace(belief, probability=float(chance), confidence=float(sure)))
    return _best_first(weighed)


def _best_first(beliefs: Sequence[Belief]) -> list[Belief]:
    """Return beliefs by probability, but first the likeliest of those whose bar lines are surest to be right."""
    found = sorted(beliefs, key=lambda belief: -belief.probability)
    surest = max(found, key=lambda belief: belief.confidence).metre
    best = next(belief for belief in found if agree(belief.metre, surest))
    return [best, *(belief for belief in found if belief is not best)]


class Posterior:
    """Follow a melody and hold what is believed of its bars. Not safe to share among threads."""

    def __init__(self, net: Net, start: npt.NDArray[np.float64] | None = None) -> None:
        """Begin before the first note; start: log P of the states there, as `carried` tells, or the usual."""
        self._net = net
        self._start = net.start if start is None else start
        self._listener = Listener()
        # After each note: the hidden state, log P of the states by what was heard, and as told outside.
        self._heard: list[tuple[list[Floats], npt.NDArray[np.float64], npt.NDArray[np.float64]]] = []

    def __len__(self) -> int:
        """Return how many notes are followed."""
        return len(self._heard)

    def follow(self, notes: Sequence[Note], ends: Collection[int] = ()) -> None:
        """Make `notes` what was heard: what begins as before is kept, and only what differs is heard anew.

        ends: the notes, by index, with which a phrase is known to end, such as the last one of a call that is
        over; that says much, for phrases fill their bars.
        """
        same = 0
        for old, ended, new in zip(self._listener.notes, self._listener.ends, notes, strict=False):
            if old != new or ended != (same in ends):
                break
            same += 1
        del self._heard[same:]
        self._listener.rewind(same)
        for index, note in enumerate(notes[same:], same):
            self._append(note, index in ends)

    def _append(self, note: Note, ended: bool) -> None:
        """Let the filter take one step: places move on, the metre may have changed, the note is weighed."""
        row = self._listener.append(note, ended)
        hidden = self._heard[-1][0] if self._heard else self._net.silent()
        hidden, scores = self._net.hear(row, hidden)
        if self._heard:
            place, before = places(self._listener.onsets[-2:])[::-1]
            log = self._heard[-1][1][states_before(place - before)]
            odds = float(scores[-1]) + CHANGE_LOG_ODDS
            change = -math.log1p(math.exp(-odds)) if odds > -30 else odds
            log = np.logaddexp(log - math.log1p(math.exp(min(odds, 30.0))), self._net.changed + change)
        else:
            log = self._start
        log = _log_softmax(log + scores[:N_STATES])
        self._heard.append((hidden, log, _log_softmax(log + scores[N_STATES : 2 * N_STATES])))

    def probabilities(self, evidence: BarEvidence = NO_EVIDENCE) -> npt.NDArray[np.float64]:
        """Return P of each state at the latest note (at the start before any), summing to 1."""
        log = self._heard[-1][2] if self._heard else self._start
        return np.exp(_log_softmax(log + _evidence_logs(evidence)))

    def carried(self, kept: float = KEPT_KIND) -> npt.NDArray[np.float64]:
        """Return log P of the states at the start of a melody that follows after a pause of unknown length.

        It has the bars of this one with the chance `kept`, else any; where in them it begins is not known.
        """
        chances, usual = self.probabilities(), np.exp(self._net.start)
        shares = np.add.reduceat(chances, OFFSETS) / np.add.reduceat(usual, OFFSETS)
        return np.log(usual * (kept * shares[_KIND] + 1.0 - kept))

    def beliefs(self, evidence: BarEvidence = NO_EVIDENCE, count: int = 1) -> list[Belief]:
        """Return the `count` likeliest readings, the best one first; fewer when no more are possible.

        The best one is the likeliest of those whose bar lines, halved and doubled ones counted, are surest.
        A bar told by a control is taken as it is, whatever its length; then only its place is found, and the
        melody begins on a downbeat where nothing says otherwise.
        """
        chances = self.probabilities(evidence)
        mass = AGREE @ chances
        order = np.argsort(-chances, kind="stable")[:count]
        found = [self._belief(int(state), chances, mass, evidence) for state in order if chances[state] > 0.0]
        return _best_first(found)

    def _belief(
        self, state: int, chances: npt.NDArray[np.float64], mass: npt.NDArray[np.float64], evidence: BarEvidence
    ) -> Belief:
        (beats, pulse), place = BARS[_KIND[state]], _PLACE[state] / STEPS_PER_BEAT
        onsets, notes = self._listener.onsets, self._listener.notes
        # Counted from the first step, which is a rest where one stands before the first note.
        since_first = (onsets[-1] / TICKS_PER_BEAT + notes[0].rest_beats) if notes else 0.0
        told = evidence.bar_beats
        if told and told != beats:
            pulse = evidence.pulse_beats
            if evidence.clock_beat is not None and evidence.from_start:
                place = evidence.clock_beat
            elif told % beats:
                place = since_first
            beats = told
        metre = Metre(beats, float((place - since_first) % beats), evidence.pulse_beats or pulse)
        return Belief(metre, float(place % beats), float(chances[state]), float(min(mass[state], 1.0)))

"""The player inside: listens to notes, says how likely a phrase has ended, and draws the answer note by note.

Nothing here knows ports or wall-clock time. All calls belong in one thread.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from engine.checkpoint import Checkpoint
from engine.context import Context
from engine.drawing.call_memory import CallMemory, call_memory, mixed_logits
from engine.drawing.cycles import MEMORY as CYCLE_MEMORY
from engine.drawing.cycles import cycle_bias
from engine.drawing.ending import Candidate, Ending, Wish
from engine.drawing.pitch_bias import pitch_bias
from engine.drawing.register import into_range
from engine.drawing.sampler import Row, draw, loop_bias, probabilities
from engine.messages import Goal, Sampling
from engine.notes import Metre, Note
from engine.tokenizer import Step

ANYTHING = Wish(1, float("inf"), 0.0, float("inf"), False)
_EPS_BEATS = 1e-6


@dataclass(frozen=True, slots=True)
class DrawnNote:
    """Hold a drawn note, P(it ends a phrase) or None, and whether the answer ends with it."""

    note: Note
    phrase_end: float | None
    last: bool


@dataclass(slots=True)
class _Answer:
    """Hold what stays the same while one request is served, and how far the answer is."""

    sampling: Sampling
    rhythm: tuple[tuple[float, float], ...]
    seed: int | None
    bias: Row
    ending: Ending | None
    memory: CallMemory
    share: float
    lead_rest_beats: float = 0.0
    notes: list[Note] = field(default_factory=list)
    beats: float = 0.0


class Improviser:
    """Follow a transcript with the model and continue it.

    checkpoint: as `engine.checkpoint.load` gives it; seed: of all draws that are not given one of their own
    (None: another one each time). The same context, parameters and seed draw the same notes on a device.
    """

    def __init__(self, checkpoint: Checkpoint, seed: int | None = None) -> None:
        self.checkpoint = checkpoint
        self.tokenizer = checkpoint.tokenizer
        self.context = Context(checkpoint)
        self._durations = np.asarray(self.tokenizer.durations)
        self._generator = torch.Generator().manual_seed(secrets.randbits(63) if seed is None else seed)
        self._answer = self._begun(Sampling(), Goal(), None, endless=True)

    @torch.inference_mode()
    def warm_up(self, notes: int = 16) -> float:
        """Decode notes and throw them away; return the median time a note took, in milliseconds."""
        state = self._generator.get_state()
        self.sync(0, [Note(60 + i % 5, 0.5) for i in range(notes)])
        self.begin(Sampling(), endless=True)
        times_ms = []
        for _ in range(notes):
            begin = time.perf_counter()
            self.draw()
            times_ms.append((time.perf_counter() - begin) * 1e3)
        self.context.reset()
        self._generator.set_state(state)
        return sorted(times_ms)[notes // 2]

    @torch.inference_mode()
    def sync(self, keep: int, notes: Sequence[Note] = (), metre: Metre | None = None, style: str = "any") -> int:
        """Keep the first `keep` notes of the context, add `notes`; return how many notes it now holds.

        Raises ContextMismatchError when it holds fewer than `keep`.
        """
        self.context.sync(keep, notes, metre, style)
        return len(self.context.notes)

    @torch.inference_mode()
    def phrase_end(self) -> float | None:
        """Return P(the last note of the context ends a phrase); None without notes or without such a head."""
        return self.context.reader.phrase_end() if self.context.notes else None

    @torch.inference_mode()
    def reset(self) -> None:
        """Forget every note."""
        self.context.reset()

    def begin(
        self, sampling: Sampling, goal: Goal | None = None, seed: int | None = None, *, endless: bool = False
    ) -> None:
        """Set what the next draws follow. endless: the goal's length is not heeded, no note is the last.

        seed: makes each note a function of context, parameters, seed and its place in the answer, whatever
        the requests were that asked for it.
        """
        self._answer = self._begun(sampling, goal or Goal(), seed, endless)

    @torch.inference_mode()
    def draw(self) -> DrawnNote:
        """Draw the next note and enter it into the context."""
        self.context.make_room()
        answer, reader = self._answer, self.context.reader
        if answer.seed is not None:
            self._generator.manual_seed(_mixed(answer.seed, len(answer.notes)))
        wish = answer.ending.wish(answer.beats) if answer.ending else ANYTHING
        base = reader.length
        first = self._logits(base)
        drawn = [self._candidate(base, first, wish) for _ in range(wish.candidates)]
        index, note, last = 0, drawn[0][1].note, False
        if answer.ending:
            choice = answer.ending.judge(answer.beats, [candidate for _, candidate in drawn])
            index, note, last = choice.index, choice.note, choice.last
        reader.put(base, drawn[index][0])
        answer.beats += note.duration_beats + (note.rest_beats if answer.notes else 0.0)
        answer.notes.append(note)
        self.context.add(note)
        return DrawnNote(note, drawn[index][1].phrase_end, last)

    def _begun(self, sampling: Sampling, goal: Goal, seed: int | None, endless: bool) -> _Answer:
        notes = self.context.notes
        done = min(goal.drawn_notes, len(notes))
        before = notes[: len(notes) - done]
        call = tuple(before[-goal.call_notes :]) if goal.call_notes else ()
        memory = call_memory(call, tuple(self.tokenizer.durations))
        lengths = [note.duration_beats for note in call]
        ending = None if endless else Ending(goal, sampling.key, lengths, stretch=not self._durations.size)
        return _Answer(
            sampling=sampling,
            rhythm=goal.rhythm,
            seed=seed,
            bias=self._token_bias(sampling, [note.pitch for note in call]),
            ending=ending,
            memory=memory,
            share=memory.share(sampling.closeness),
            lead_rest_beats=goal.lead_rest_beats,
            notes=notes[len(notes) - done :],
            beats=_beats(notes[len(notes) - done :]),
        )

    def _token_bias(self, sampling: Sampling, call_pitches: Sequence[int]) -> Row:
        """Return key, range and register as a bias per token, (V,); specials are never drawn."""
        pitches = self._sounding = np.array(
            [self.context.sounding(token) for token in range(self.tokenizer.n_pitches)]
        )
        by_pitch = pitch_bias(
            sampling.key,
            sampling.key_lock,
            call_pitches,
            low=sampling.low,
            high=sampling.high,
            available=(int(pitches.min()), int(pitches.max())),
        )
        return self._by_token(by_pitch, specials=-np.inf)

    def _by_token(self, by_pitch: Row, specials: float = 0.0) -> Row:
        row = np.full(self.tokenizer.vocab_size, specials)
        row[: self.tokenizer.n_pitches] = by_pitch[self._sounding]
        return row

    def _candidate(self, base: int, first: Row, wish: Wish) -> tuple[list[Step], Candidate]:
        """Draw one note behind position `base` and, where the model can tell, ask if it ends a phrase."""
        steps, note = self._rest_and_note(base, first, wish)
        phrase_end = None
        if self.checkpoint.model.config.phrase_end:
            self.context.reader.put(base, steps)
            phrase_end = self.context.reader.phrase_end()
        return steps, Candidate(note, phrase_end)

    def _rest_and_note(self, base: int, first: Row, wish: Wish) -> tuple[list[Step], Note]:
        bias = self._step_bias(wish)
        token, steps, rest_beats = self._rest(base, first, wish, bias)
        if token is None:
            logits = first
            if steps:
                self.context.reader.put(base, steps)
                logits = self._logits(base + len(steps))
            token = self._token(logits, bias)
        pitch = into_range(int(self._sounding[token]), self._answer.sampling.low, self._answer.sampling.high)
        if not self._durations.size:
            beats, rest_beats = self._borrowed_rhythm(wish)
            return [Step(token)], Note(pitch, beats, rest_beats)
        room = wish.longest_beats - (rest_beats if self._answer.notes else 0.0)
        duration = self._duration(base + len(steps), token, wish.shortest_beats, room, pitch)
        return [*steps, Step(token, duration)], Note(pitch, float(self._durations[duration]), rest_beats)

    def _rest(self, base: int, first: Row, wish: Wish, bias: Row) -> tuple[int | None, list[Step], float]:
        """Return the note's token where it was drawn in place of a rest, else the rest's step and its beats.

        An answer's first note has the rest that the goal says, and draws none.
        """
        answer, rest = self._answer, self.tokenizer.rest
        if rest is None:
            return None, [], 0.0
        if not answer.notes:
            lead = Note(0, 1.0, answer.lead_rest_beats)
            return None, self.tokenizer.encode([lead])[:-1], answer.lead_rest_beats
        room = min(wish.longest_rest_beats, wish.longest_beats - float(self._durations[0]))
        if room < self._durations[0]:
            return None, [], 0.0
        open_bias = bias.copy()
        open_bias[rest] = 0.0
        token = self._token(first, open_bias)
        if token != rest:
            return token, [], 0.0
        duration = self._duration(base, rest, 0.0, room)
        return None, [Step(rest, duration)], float(self._durations[duration])

    def _logits(self, position: int) -> Row:
        row: Row = self.context.reader.token_logits(position).cpu().double().numpy()
        return row

    def _step_bias(self, wish: Wish) -> Row:
        """Return the bias per token for this note: the request's, the loop guard's, the closing note's."""
        answer, bias = self._answer, self._answer.bias
        recent = [note.pitch for note in self.context.notes[-16:]]
        guard = loop_bias(recent, answer.sampling.loop_guard)
        closing = answer.ending.closing_bias() if answer.ending and wish.closing else None
        cycle = None
        if answer.ending is None:
            latest = [note.pitch for note in self.context.notes[-CYCLE_MEMORY:]]
            cycle = cycle_bias(latest, answer.sampling.loop_guard)
        for extra in (guard, cycle, closing):
            if extra is not None:
                bias = bias + self._by_token(extra)
        return bias

    def _token(self, logits: Row, bias: Row) -> int:
        answer, remembered = self._answer, None
        if answer.share > 0.0:
            remembered = self._by_token(answer.memory.pitches(answer.notes))
        return draw(self._distribution(logits, bias, remembered), self._generator)

    def _duration(
        self, position: int, token: int, shortest: float, longest: float, pitch: int | None = None
    ) -> int:
        """Draw the index of the duration of `token`; the note's pitch lets the call's rhythm be remembered."""
        answer = self._answer
        logits = self.context.reader.duration_logits(position, token).cpu().double().numpy()
        bias, remembered = _window_bias(self._durations, shortest, longest), None
        if pitch is not None and answer.share > 0.0:
            remembered = answer.memory.durations(pitch, answer.notes)
        return draw(self._distribution(logits, bias, remembered), self._generator)

    def _distribution(self, logits: Row, bias: Row, remembered: Row | None = None) -> Row:
        """Return what to draw from; temperature, top-k and the like act on the mixture with the memory."""
        sampling = self._answer.sampling
        if remembered is not None:
            logits = mixed_logits(logits, remembered, self._answer.share)
        return probabilities(
            logits,
            temperature=sampling.temperature,
            top_k=sampling.top_k,
            top_p=sampling.top_p,
            min_p=sampling.min_p,
            bias=bias,
        )

    def _borrowed_rhythm(self, wish: Wish) -> tuple[float, float]:
        """Return duration and rest of the next note from the call's own rhythm, for pitch-only checkpoints."""
        rhythm, index = self._answer.rhythm, len(self._answer.notes)
        beats, rest_beats = rhythm[index % len(rhythm)] if rhythm else (1.0, 0.0)
        rest_beats = min(rest_beats, wish.longest_rest_beats) if index else self._answer.lead_rest_beats
        room = wish.longest_beats - (rest_beats if index else 0.0)
        return (min(beats, room) if room > _EPS_BEATS else beats), rest_beats


def _window_bias(durations: Row, shortest: float, longest: float) -> Row:
    """Return minus infinity outside shortest..longest beats, (D,); the longest that fits is always left."""
    fits = durations <= longest + _EPS_BEATS
    fits[0] = True
    inside = fits & (durations >= shortest - _EPS_BEATS)
    if not inside.any():
        inside[np.flatnonzero(fits)[-1]] = True
    return np.where(inside, 0.0, -np.inf)


def _beats(notes: Sequence[Note]) -> float:
    """Return how long an answer is, in beats; the rest before its first note is not counted."""
    return sum(note.rest_beats + note.duration_beats for note in notes) - (notes[0].rest_beats if notes else 0.0)


def _mixed(seed: int, index: int) -> int:
    """Return a seed for note `index`, far from those of its neighbours (the finaliser of SplitMix64)."""
    mask = (1 << 64) - 1
    z = (seed * 0x9E3779B97F4A7C15 + (index + 1) * 0xD1B54A32D192ED03) & mask
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
    return (z ^ (z >> 31)) >> 1

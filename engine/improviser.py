"""The player inside: listens to notes, says how likely a phrase has ended, and draws the answer note by note.

Nothing here knows ports or wall-clock time. All calls belong in one thread.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from engine.checkpoint import Checkpoint
from engine.context import Context
from engine.drawing.continuation import Continuation
from engine.drawing.ending import Candidate
from engine.drawing.next_note import NextNote
from engine.drawing.sounding import Sounding
from engine.messages import Goal, Sampling
from engine.notes import Metre, Note
from engine.tokenizer import Step

RECENT_NOTES = 128
"""Notes that the loop guard looks back on."""


@dataclass(frozen=True, slots=True)
class DrawnNote:
    """Hold a drawn note, P(it ends a phrase) or None, and whether the answer ends with it."""

    note: Note
    phrase_end: float | None
    last: bool


class Improviser:
    """Follow a transcript with the model and continue it.

    checkpoint: as `engine.checkpoint.load` gives it; seed: of all draws that are not given one of their own
    (None: another one each time). The same context, parameters and seed draw the same notes on a device.
    """

    def __init__(self, checkpoint: Checkpoint, seed: int | None = None) -> None:
        self.checkpoint = checkpoint
        self.tokenizer = checkpoint.tokenizer
        self.context = Context(checkpoint)
        self._generator = torch.Generator().manual_seed(secrets.randbits(63) if seed is None else seed)
        self._continuation = self._begun(Sampling(), Goal(), None, endless=True)

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
        return self.context.reading.phrase_end() if self.context.notes else None

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
        self._continuation = self._begun(sampling, goal or Goal(), seed, endless)

    @torch.inference_mode()
    def draw(self) -> DrawnNote:
        """Draw the next note and enter it into the context."""
        self.context.make_room()
        answer, reading = self._continuation, self.context.reading
        if answer.seed is not None:
            self._generator.manual_seed(seed_of_note(answer.seed, len(answer.notes)))
        wish = answer.wish()
        recent = [note.pitch for note in self.context.notes[-RECENT_NOTES:]]
        next_note = NextNote(reading, answer, wish, recent, self._generator)
        steps: list[list[Step]] = []
        candidates: list[Candidate] = []
        for _ in range(wish.candidates):
            its_steps, note = next_note.candidate()
            steps.append(its_steps)
            candidates.append(Candidate(note, self._phrase_end_after(next_note.base, its_steps)))
        choice = answer.judge(candidates)
        reading.put(next_note.base, steps[choice.index])
        answer.add(choice.note)
        self.context.add(choice.note)
        return DrawnNote(choice.note, candidates[choice.index].phrase_end, choice.last)

    def _phrase_end_after(self, base: int, steps: Sequence[Step]) -> float | None:
        """Return P(a note of these steps ends a phrase) where the model can tell; it is read for that."""
        if not self.checkpoint.model.config.phrase_end:
            return None
        self.context.reading.put(base, steps)
        return self.context.reading.phrase_end()

    def _begun(self, sampling: Sampling, goal: Goal, seed: int | None, endless: bool) -> Continuation:
        notes, sounding = self.context.notes, Sounding(self.tokenizer, self.context.octaves)
        before = len(notes) - min(goal.drawn_notes, len(notes))
        return Continuation(sampling, goal, notes[:before], notes[before:], sounding, seed=seed, endless=endless)


def seed_of_note(seed: int, index: int) -> int:
    """Return a seed for note `index`, far from those of its neighbours (the finaliser of SplitMix64)."""
    mask = (1 << 64) - 1
    z = (seed * 0x9E3779B97F4A7C15 + (index + 1) * 0xD1B54A32D192ED03) & mask
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
    return (z ^ (z >> 31)) >> 1

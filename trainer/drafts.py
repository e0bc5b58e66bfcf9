"""Draw many answers to a call in one batch, each as the improviser draws it, and say what they cost.

For what learns from answers or counts them; live play goes by engine/improviser.py, note by note.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from engine.checkpoint import Checkpoint
from engine.drawing.continuation import Continuation
from engine.drawing.ending import Candidate, Wish
from engine.drawing.row import Row
from engine.drawing.sampler import Pull, draw, probabilities
from engine.drawing.sounding import Sounding
from engine.improviser import RECENT_NOTES, seed_of_note
from engine.messages import Goal, Sampling
from engine.metre import Net, Posterior
from engine.model import Block
from engine.notes import Metre, Note
from engine.tokenizer import Step
from engine.tracker import Conditions, Tracker
from trainer.calls import Call, Drafted, beats_of

MOST_NOTES = 78
LONGEST_BREATH_BEATS = 2.0
"""Silence up to this is waited for between call and answer, so that the answer enters where the call did."""


def found_metre(net: Net, call: Sequence[Note]) -> Metre:
    """Return the likeliest metre of a call."""
    posterior = Posterior(net)
    posterior.follow(call)
    return posterior.beliefs()[0].metre


def breath_beats(call: Sequence[Note], metre: Metre) -> float:
    """Return the rest after which an answer enters where in the bar the call did; 0 where that is long."""
    rest = -beats_of(call) % metre.beats_per_bar
    return round(rest, 6) if rest <= LONGEST_BREATH_BEATS + 1e-6 else 0.0


@dataclass
class _Draft:
    """One answer being drawn: what it is so far, and where in the batch's memory it stands."""

    answer: Continuation
    tracker: Tracker
    generator: torch.Generator
    length: int
    before: list[int]
    done: bool = False


class Batch:
    """Read several melodies side by side, each at its own place."""

    def __init__(self, checkpoint: Checkpoint, count: int, room: int) -> None:
        self.model = checkpoint.model.eval()
        config = self.model.config
        shape = (config.n_layer, 2, count, config.n_head, room, config.n_embd // config.n_head)
        self._store = torch.zeros(shape)
        self.hidden = torch.zeros(
            count, room, config.n_embd + len(config.pointers) + len(config.duration_pointers)
        )

    def read(self, rows: Tensor, members: Tensor, begins: Tensor) -> None:
        """Read rows (B, T, F) of the members (B,) behind their first `begins` (B,) steps."""
        model, steps = self.model, rows.shape[1]
        places = begins[:, None] + torch.arange(steps)
        h = F.embedding_bag((rows + model.offsets).view(-1, rows.shape[2]), model.wte.weight, mode="sum")
        h = h.view(*rows.shape[:2], -1) + model.wpe(places)
        end = int(places.max()) + 1
        seen = torch.arange(end)[None, None] <= places[..., None]
        for layer, block in enumerate(cast(Iterable[Block], model.h)):
            x = block.ln_1(h)
            heads = block.attn.n_head
            qkv = block.attn.c_attn(x).view(*x.shape[:2], 3, heads, -1)
            store = self._store[layer]
            for kind in (0, 1):
                store[kind].transpose(1, 2)[members[:, None], places] = qkv[:, :, kind + 1]
            keys, values = store[0][members, :, :end], store[1][members, :, :end]
            y = F.scaled_dot_product_attention(qkv[:, :, 0].transpose(1, 2), keys, values, seen[:, None])
            h = h + block.attn.c_proj(y.transpose(1, 2).reshape(x.shape))
            h = h + block.mlp(block.ln_2(h))
        h = model.ln_f(h)
        carried = rows[..., model._carried].to(h.dtype)
        self.hidden[members[:, None], places] = torch.cat((h, carried), -1)

    def read_for_all(self, rows: Tensor) -> None:
        """Read rows (1, T, F) that all members begin with."""
        self.read(rows, torch.tensor([0]), torch.tensor([0]))
        self._store[:] = self._store[:, :, :1]
        self.hidden[:] = self.hidden[:1]


class Drafter:
    """Draw answers to calls with a checkpoint that has durations."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self.checkpoint, self.tokenizer = checkpoint, checkpoint.tokenizer
        self._names = checkpoint.model.config.feature_names

    @torch.inference_mode()
    def draw(
        self,
        call: Sequence[Note],
        metre: Metre | None,
        samplings: Sequence[Sampling],
        goal: Goal,
        seeds: Sequence[int],
    ) -> list[list[Note]]:
        """Return an answer for each sampling and seed; the rest before its first note is goal.lead_rest_beats."""
        tokenizer = self.tokenizer
        steps = [*tokenizer.start_steps(), *tokenizer.encode(call)]
        batch = Batch(self.checkpoint, len(seeds), min(self.checkpoint.model.config.context, len(steps) + 160))
        drafts, pitches = [], [note.pitch for note in call]
        for sampling, seed in zip(samplings, seeds, strict=True):
            answer = Continuation(sampling, goal, call, (), Sounding(tokenizer, 0), seed=seed)
            tracker = Tracker(tokenizer, self._names, Conditions(metre))
            rows = [tracker.append(step) for step in steps]
            drafts.append(_Draft(answer, tracker, torch.Generator(), len(steps), pitches))
        batch.read_for_all(torch.tensor([rows]))
        while any(not draft.done for draft in drafts):
            self._next_notes(batch, drafts, [index for index, draft in enumerate(drafts) if not draft.done])
        return [draft.answer.notes for draft in drafts]

    def _next_notes(self, batch: Batch, drafts: Sequence[_Draft], active: Sequence[int]) -> None:
        """Draw the next note of each of the active drafts."""
        bases = {index: drafts[index].length for index in active}
        for index in active:
            answer = drafts[index].answer
            assert answer.seed is not None
            drafts[index].generator.manual_seed(seed_of_note(answer.seed, len(answer.notes)))
        wishes = {index: drafts[index].answer.wish() for index in active}
        pulls = {
            index: drafts[index].answer.pull_on_pitch(wish, self._recent(drafts[index]))
            for index, wish in wishes.items()
        }
        first = self._token_logits(batch, drafts, active)
        candidates: dict[int, list[Candidate]] = {index: [] for index in active}
        steps: dict[int, list[list[Step]]] = {index: [] for index in active}
        while members := [i for i in active if len(candidates[i]) < wishes[i].candidates]:
            for index in members:
                self._rewind(drafts[index], bases[index])
            found = self._candidates(batch, drafts, members, wishes, pulls, first)
            for index, (its_steps, note, phrase_end) in found.items():
                steps[index].append(its_steps)
                candidates[index].append(Candidate(note, phrase_end))
        reread: dict[int, list[Step]] = {}
        for index in active:
            answer = drafts[index].answer
            choice = answer.judge(candidates[index])
            answer.add(choice.note)
            drafts[index].done = choice.last or len(answer.notes) >= MOST_NOTES
            if not drafts[index].done and choice.index != len(candidates[index]) - 1:
                self._rewind(drafts[index], bases[index])
                reread[index] = steps[index][choice.index]
        self._read(batch, drafts, reread)

    def _candidates(
        self,
        batch: Batch,
        drafts: Sequence[_Draft],
        members: Sequence[int],
        wishes: dict[int, Wish],
        pulls: dict[int, Pull],
        first: dict[int, Row],
    ) -> dict[int, tuple[list[Step], Note, float]]:
        """Return a candidate for each member: its steps, its note, P(it ends a phrase); all are read."""
        tokens: dict[int, int] = {}
        before: dict[int, list[Step]] = {}
        rests = dict.fromkeys(members, 0.0)
        rest = self.tokenizer.rest
        shortest = self.tokenizer.durations[0]
        for index in members:
            draft, wish = drafts[index], wishes[index]
            if not draft.answer.notes:
                rests[index] = draft.answer.lead_rest_beats
                lead = self.tokenizer.encode([Note(0, 1.0, rests[index])])[:-1]
                if lead:
                    before[index] = lead
                continue
            room = min(wish.longest_rest_beats, wish.longest_beats - shortest)
            if rest is None or room < shortest:
                continue
            bias = pulls[index].bias.copy()
            bias[rest] = 0.0
            pull = Pull(bias, pulls[index].remembered, pulls[index].share)
            token = self._drawn(draft, first[index], pull)
            if token != rest:
                tokens[index] = token
                continue
            row = self._duration_rows(batch, drafts, {index: rest})[index]
            length = self._drawn(draft, row, draft.answer.pull_on_rest(wish, room))
            rests[index] = float(self.tokenizer.durations[length])
            before[index] = [Step(rest, length)]
        self._read(batch, drafts, before)
        after = self._token_logits(batch, drafts, list(before))
        for index in members:
            if index not in tokens:
                tokens[index] = self._drawn(drafts[index], after.get(index, first[index]), pulls[index])
        rows = self._duration_rows(batch, drafts, tokens)
        found: dict[int, tuple[list[Step], Note]] = {}
        for index in members:
            answer = drafts[index].answer
            pitch = int(answer.sounding.pitches[tokens[index]])
            pull = answer.pull_on_duration(wishes[index], rests[index], pitch)
            length = self._drawn(drafts[index], rows[index], pull)
            step = Step(tokens[index], length)
            note = Note(pitch, float(self.tokenizer.durations[length]), rests[index])
            found[index] = ([*before.get(index, []), step], note)
        self._read(batch, drafts, {index: steps[-1:] for index, (steps, _) in found.items()})
        hidden = self._hidden(batch, drafts, members)
        ends = torch.sigmoid(self.checkpoint.model.phrase_end_logits(hidden)).view(-1).tolist()
        return {index: (*found[index], end) for index, end in zip(members, ends, strict=True)}

    def _read(self, batch: Batch, drafts: Sequence[_Draft], steps: dict[int, list[Step]]) -> None:
        """Read steps behind drafts, side by side where they are equally many."""
        for size in {len(each) for each in steps.values()}:
            members = [index for index, each in steps.items() if len(each) == size]
            rows = [[drafts[index].tracker.append(step) for step in steps[index]] for index in members]
            begins = torch.tensor([drafts[index].length for index in members])
            batch.read(torch.tensor(rows), torch.tensor(members), begins)
            for index in members:
                drafts[index].length += size

    def _rewind(self, draft: _Draft, length: int) -> None:
        draft.tracker.rewind(length)
        draft.length = length

    def _hidden(self, batch: Batch, drafts: Sequence[_Draft], members: Sequence[int]) -> Tensor:
        last = torch.tensor([drafts[index].length - 1 for index in members])
        return batch.hidden[torch.tensor(members), last][:, None]

    def _token_logits(self, batch: Batch, drafts: Sequence[_Draft], members: Sequence[int]) -> dict[int, Row]:
        if not members:
            return {}
        logits = self.checkpoint.model.token_logits(self._hidden(batch, drafts, members))[:, 0]
        return dict(zip(members, logits.double().numpy(), strict=True))

    def _duration_rows(self, batch: Batch, drafts: Sequence[_Draft], tokens: dict[int, int]) -> dict[int, Row]:
        members = list(tokens)
        hidden = self._hidden(batch, drafts, members)
        named = torch.tensor([[tokens[index]] for index in members])
        logits = self.checkpoint.model.duration_logits(hidden, named)[:, 0]
        return dict(zip(members, logits.double().numpy(), strict=True))

    def _drawn(self, draft: _Draft, logits: Row, pull: Pull) -> int:
        return draw(probabilities(logits, draft.answer.sampling, pull), draft.generator)

    def _recent(self, draft: _Draft) -> list[int]:
        return [*draft.before, *(note.pitch for note in draft.answer.notes)][-RECENT_NOTES:]

    def draft(self, call: Call, found: Metre, samplings: Sequence[Sampling], seeds: Sequence[int]) -> Drafted:
        """Return as many answers to a call, as long as it, entering where in the bar it does."""
        lead = breath_beats(call.notes, found)
        goal = Goal(length_beats=max(beats_of(call.notes), 1.0), call_notes=len(call.notes), lead_rest_beats=lead)
        drafts = [tuple(notes) for notes in self.draw(call.notes, found, samplings, goal, seeds)]
        costs = self.log_probabilities(call.notes, [call.real, *drafts], found)
        return Drafted(call, found, tuple(drafts), tuple(costs))

    @torch.inference_mode()
    def log_probabilities(
        self, call: Sequence[Note], answers: Sequence[Sequence[Note]], metre: Metre | None
    ) -> list[float]:
        """Return what the model gives each whole answer behind the call, in nats."""
        tokenizer, model = self.tokenizer, self.checkpoint.model
        start = [*tokenizer.start_steps(), *tokenizer.encode(call)]
        steps = [tokenizer.encode(answer) for answer in answers]
        longest = max(map(len, steps))
        rows = np.zeros((len(answers), len(start) + longest, len(self._names)), np.int64)
        told = np.zeros((2, len(answers), longest), np.int64)
        counts = np.zeros((len(answers), longest))
        for index, each in enumerate(steps):
            tracker = Tracker(tokenizer, self._names, Conditions(metre))
            rows[index, : len(start) + len(each)] = [tracker.append(step) for step in (*start, *each)]
            told[:, index, : len(each)] = np.array(each).T
            counts[index, : len(each)] = 1.0
        hidden = model(torch.from_numpy(rows))[:, len(start) - 1 : -1]
        tokens, durations = torch.from_numpy(told)
        nats = F.cross_entropy(model.token_logits(hidden).transpose(1, 2), tokens, reduction="none")
        nats += F.cross_entropy(model.duration_logits(hidden, tokens).transpose(1, 2), durations, reduction="none")
        return [-float(cost) for cost in (nats.numpy() * counts).sum(1)]

"""`melody-train critic`: train the small net that tells real continuations from drafts of our own.

Drafts are drawn to calls of the training part, as many to a call as live play draws and as it draws them, but for
some variety: other temperatures, and for some of the calls under the written metre. The net learns which of the
real continuation and the drafts of one call is the real one, its scores being log odds among them (noise
contrastive estimation by ranking: Jozefowicz et al. 2016, "Exploring the limits of language modeling"; Ma and
Collins 2018). So the drafts of one call, weighed by exp(score), are spread as real continuations of this call are,
which is how one of them is chosen; two kinds told apart over all calls would not give that. What a call's energy
asks for (engine/planning/energy.py) is weighed in beside the score in play, and so it is here. What ends at home
is told by the tune's own key: told by the one heard in the call, which is another in one of eight, songs would
seem to end at home less often than they do, and answers be chosen that do so seldom. Some spoilt continuations
stand among the drafts: what the model never draws must not be taken for a song either. Several nets are trained
from other beginnings and their scores averaged: they are one net, side by side.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from rich.console import Console
from safetensors import SafetensorError
from safetensors.numpy import save_file
from torch import Tensor, nn
from torch.nn import functional as F

from engine.checkpoint import load
from engine.errors import UserError
from engine.messages import FoundBars, Sampling
from engine.notes import Note
from engine.planning.critic import CLIP, FIGURES_KEY, Critic
from engine.planning.energy import energy_leans
from engine.planning.figures import NAMES, table
from engine.planning.pair import Pair, heard
from trainer.calls import Drafted, calls_in, read_drafts, write_drafts
from trainer.drafts import Drafter
from trainer.prepare import read_source
from trainer.progress import counting_bar

Floats = npt.NDArray[np.float32]

TEMPERATURES = (1.0, 1.0, 0.9, 1.0, 1.1)
DRAFTS = 16
_WRITTEN_EVERY = 8
_NETS, _HIDDEN, _DROPPED_FIGURES, _DROPPED = 4, 24, 0.05, 0.2
_BATCH, _RATE, _WEIGHT_DECAY, _EPOCHS = 64, 3e-3, 0.1, 200
_HELD_OUT, _SPOILT = 0.15, 3
_SPREADS = tuple(0.5 * 1.06**step for step in range(36))
_MAJOR, _MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)


@dataclass(frozen=True)
class CriticTraining:
    """Say what to train on and where to write the weights. keep: a file that keeps the drafts, or has them."""

    data: str
    out: Path
    checkpoint: str = "essen"
    calls: int = 2000
    seed: int = 1
    keep: Path | None = None


def drafts_for(request: CriticTraining, console: Console) -> list[Drafted]:
    """Return drafts to calls of the training part."""
    if request.keep and request.keep.is_file():
        return read_drafts(request.keep)
    songs = read_source(request.data, console).songs
    calls = calls_in(songs, "train", request.calls)
    if len(calls) < 20:
        raise UserError(f"{request.data}: {len(calls)} calls with phrases and metre are too few; take essen")
    checkpoint = load(request.checkpoint, "cpu")
    if not checkpoint.tokenizer.n_durations:
        raise UserError(f"{request.checkpoint}: it draws no durations; take a checkpoint of pitch and duration")
    drafter, found = Drafter(checkpoint), []
    with counting_bar(console, "drafts") as advance:
        for number, call in enumerate(calls):
            written = number % _WRITTEN_EVERY == 0
            bars = FoundBars(call.metre, 1.0) if written else drafter.bars(call.notes)
            sampling = Sampling(key=_key(call.notes), temperature=TEMPERATURES[number % len(TEMPERATURES)])
            found.append(drafter.draft(call, bars, sampling, DRAFTS, request.seed * 1_000_000 + number))
            advance(number + 1, len(calls))
    if request.keep:
        write_drafts(request.keep, found)
    return found


def _key(call: tuple[Note, ...]) -> tuple[int, tuple[int, ...]]:
    """Return the call's key as drawing takes it."""
    known = heard(call, None)
    steps = {(known.tonic + step) % 12 for step in (_MINOR if known.minor else _MAJOR)}
    return known.tonic, tuple(sorted(steps | {note.pitch % 12 for note in call}))


def spoilt(notes: Sequence[Note], rng: random.Random) -> tuple[Note, ...]:
    """Return a melody of three notes at least with one of the faults that give machines away."""
    way = rng.randrange(5)
    pitches = [note.pitch for note in notes]
    if way == 0:  # to and fro
        pair = rng.sample(pitches, 2)
        return tuple(replace(note, pitch=pair[index % 2]) for index, note in enumerate(notes))
    if way == 1:  # one pitch hammered
        begin = rng.randrange(len(notes) // 2 + 1)
        return tuple(replace(n, pitch=pitches[begin]) if i >= begin else n for i, n in enumerate(notes))
    if way == 2:  # chopped by rests
        gaps = [note.duration_beats / 2 if rng.random() < 0.4 else 0.0 for note in notes[:-1]]
        cut = [replace(n, duration_beats=n.duration_beats - gap) for n, gap in zip(notes, gaps, strict=False)]
        later = [
            replace(n, rest_beats=n.rest_beats + gap) for n, gap in zip((*cut[1:], notes[-1]), gaps, strict=True)
        ]
        return (*cut[:1], *later)
    if way == 3:  # out of the bar from somewhere on
        place = rng.randrange(max(1, len(notes) // 2))
        longer = notes[place].duration_beats + rng.choice((0.5, 1.0))
        return (*notes[:place], replace(notes[place], duration_beats=longer), *notes[place + 1 :])
    rng.shuffle(pitches)  # by chance
    return tuple(replace(note, pitch=pitch) for note, pitch in zip(notes, pitches, strict=True))


def spoilt_rows(drafted: Sequence[Drafted], seed: int, drafter: Drafter | None = None) -> Floats:
    """Return the figures of spoilt continuations of each call, (calls, _SPOILT, figures).

    drafter: says what its model gives them; else that is not known. It matters: a song's continuation can be less
    likely than any draft, so a net that saw no other unlikely notes would take whatever is unlikely for a song.
    """
    rng = random.Random(seed)
    many = []
    for one in drafted:
        notes = [spoilt(one.call.real, rng) for _ in range(_SPOILT)]
        costs: Sequence[float | None] = [None] * _SPOILT
        if drafter is not None:
            costs = drafter.log_probabilities(one.call.notes, notes, one.found)
        many.append(
            table(
                Pair(one.call.notes, bad, one.found, cost, one.call.key)
                for bad, cost in zip(notes, costs, strict=True)
            )
        )
    return np.array(many, np.float32)


def usual(rows: Floats) -> tuple[Floats, Floats]:
    """Return mean and standard deviation of each figure, (figures,), of those that are numbers."""
    flat = rows.reshape(-1, rows.shape[-1])
    known = np.maximum(np.isfinite(flat).sum(0), 1)
    mean = np.nansum(flat, 0) / known
    scale = np.sqrt(np.nansum((flat - mean) ** 2, 0) / known) + 1e-3
    return mean.astype(np.float32), scale.astype(np.float32)


def rows_of(drafted: Sequence[Drafted]) -> Floats:
    """Return the figures of the real continuation and of each draft, (calls, 1 + drafts, figures)."""
    many = [
        table(
            Pair(one.call.notes, notes, one.found, cost, one.call.key)
            for notes, cost in zip((one.call.real, *one.drafts), one.log_probabilities, strict=True)
        )
        for one in drafted
    ]
    return np.array(many, np.float32)


class _Nets(nn.Module):
    """Nets side by side; their log odds are averaged only when they are used."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(len(NAMES), _NETS * _HIDDEN)
        self.out = nn.Parameter(torch.randn(_NETS, _HIDDEN) / math.sqrt(_HIDDEN))
        self.out_bias = nn.Parameter(torch.zeros(_NETS))

    def forward(self, figures: Tensor) -> Tensor:
        """Return the log odds of each net, (B, figures) to (B, _NETS)."""
        some = F.dropout(figures, _DROPPED_FIGURES, self.training)
        inner = F.dropout(torch.tanh(self.layer(some)), _DROPPED, self.training)
        return (inner.view(-1, _NETS, _HIDDEN) * self.out).sum(-1) + self.out_bias


def leans_of(drafted: Sequence[Drafted]) -> Floats:
    """Return what energy weighs beside a score, for the real continuation and each draft, (calls, 1 + drafts)."""
    return np.array([energy_leans(one.call.notes, (one.call.real, *one.drafts)) for one in drafted], np.float32)


def fit(
    rows: Floats, seed: int, bad: Floats | None = None, leans: Floats | None = None, epochs: int = _EPOCHS
) -> dict[str, Floats]:
    """Return the weights of a critic trained on rows of figures, (calls, 1 + drafts, figures), reals first.

    bad: rows of spoilt continuations, (calls, any, figures). leans: what is weighed in beside the scores of the
    rows, (calls, 1 + drafts); nothing unless told.
    """
    mean, scale = usual(rows)
    every = rows if bad is None else np.concatenate((rows, bad), 1)
    beside = np.zeros(every.shape[:2], np.float32)
    if leans is not None:
        beside[:, : rows.shape[1]] = leans
    seen = np.clip(np.nan_to_num((every - mean) / scale), -CLIP, CLIP).astype(np.float32)
    torch.manual_seed(seed)
    nets = _Nets()
    optimizer = torch.optim.AdamW(nets.parameters(), lr=_RATE, weight_decay=_WEIGHT_DECAY)
    data, added = torch.from_numpy(seen), torch.from_numpy(beside)
    steps, step = epochs * math.ceil(len(rows) / _BATCH), 0
    for _ in range(epochs):
        for batch in torch.randperm(len(data)).chunk(math.ceil(len(data) / _BATCH)):
            for group in optimizer.param_groups:
                group["lr"] = _RATE * 0.5 * (1.0 + math.cos(math.pi * step / steps))
            scores = nets(data[batch].flatten(0, 1)).view(len(batch), -1, _NETS) + added[batch, :, None]
            cost = -F.log_softmax(scores, 1)[:, 0].mean()
            optimizer.zero_grad()
            torch.autograd.backward(cost)
            optimizer.step()
            step += 1
    with torch.no_grad():
        found = {"weight_in": nets.layer.weight, "bias_in": nets.layer.bias}
        found["weight_out"] = nets.out.flatten() / _NETS
        found["bias_out"] = nets.out_bias.mean()[None]
    tensors = {name: tensor.detach().numpy().astype(np.float32) for name, tensor in found.items()}
    return {"mean": mean, "scale": scale, **tensors}


def told(critic: Critic, rows: Floats, leans: Floats | None = None) -> tuple[float, float]:
    """Return how often the real one is told from a draft, and the nats that telling it from all of them costs.

    Whoever knows nothing pays log(1 + drafts).
    """
    odds = critic.weigh(rows.reshape(-1, rows.shape[-1]).tolist()).reshape(rows.shape[:2])
    if leans is not None:
        odds = odds + leans
    real, drafts = odds[:, :1], odds[:, 1:]
    nats = np.logaddexp.reduce(odds, axis=1) - odds[:, 0]
    return float(((real > drafts) + 0.5 * (real == drafts)).mean()), float(nats.mean())


def calibrated(tensors: dict[str, Floats], rows: Floats, leans: Floats) -> dict[str, Floats]:
    """Return weights whose scores are spread so much that telling reals among others, these, costs least.

    What is dropped while a net learns leaves it less sure than it could be.
    """
    found = {
        spread: told(Critic({**tensors, "weight_out": spread * tensors["weight_out"]}), rows, leans)[1]
        for spread in _SPREADS
    }
    best = min(found, key=found.__getitem__)
    return {**tensors, "weight_out": (best * tensors["weight_out"]).astype(np.float32)}


def train(request: CriticTraining, console: Console) -> Path:
    """Draw drafts, train, tell how well it tells calls that were held out, train on all, and write the weights."""
    drafted = drafts_for(request, console)
    drafter = Drafter(load(request.checkpoint, "cpu"))
    rows, bad, leans = rows_of(drafted), spoilt_rows(drafted, request.seed, drafter), leans_of(drafted)
    kept = max(1, round(_HELD_OUT * len(rows)))
    learned = fit(rows[kept:], request.seed, bad[kept:], leans[kept:])
    spread = calibrated(learned, rows[:kept], leans[:kept])
    share, nats = told(Critic(spread), rows[:kept], leans[:kept])
    chance = math.log(rows.shape[1])
    console.print(
        f"{len(rows)} calls; of {kept} held out the real one is told from a draft in {share:.1%}, "
        f"from all {rows.shape[1] - 1} at {nats:.3f} nats ({chance:.3f} for who knows nothing)"
    )
    tensors = fit(rows, request.seed, bad, leans)
    surer = np.abs(spread["weight_out"]).sum() / np.abs(learned["weight_out"]).sum()
    tensors["weight_out"] = (surer * tensors["weight_out"]).astype(np.float32)
    notes = {FIGURES_KEY: ",".join(NAMES), "calls": str(len(rows)), "told": f"{share:.4f}", "nats": f"{nats:.4f}"}
    try:
        request.out.parent.mkdir(parents=True, exist_ok=True)
        save_file(tensors, request.out, notes)
    except (OSError, SafetensorError) as error:
        raise UserError(f"{request.out}: the weights could not be written ({error}); name another") from error
    return request.out

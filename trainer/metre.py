"""`melody-train metre`: train the small net that finds the metre of what is played.

The net is charged, at every note, for what the filter of engine/metre.py believes of the true place in the
true bar, so it learns how much each note should weigh and the beliefs come out calibrated. Tunes are
heard in part, in another unit of time and misread (trainer/bars.py).
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from rich.console import Console
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional as F

from engine.bars import BAR_STEPS, N_STATES, OFFSETS
from engine.errors import UserError
from engine.metre_net import CHANGE_LOG_ODDS
from engine.metre_rows import FEATURES
from trainer.bars import MOST_NOTES, VARIANTS, HeardTune, heard, positions_of, usable, variants
from trainer.batch import IGNORED
from trainer.prepare import read_source
from trainer.progress import counting_bar
from trainer.split import part_of

_CHANNELS, HIDDEN, _LAYERS, _DROPOUT = 64, 128, 2, 0.3
# So many of a note's features are hidden, each by itself: the tunes are few.
_HIDDEN_FEATURES = 0.1
_BATCH, _RATE, _WARMUP_STEPS, _WEIGHT_DECAY, _AVERAGE = 64, 3e-3, 100, 0.05, 0.998
# Weights that were trained before go on at a lower rate.
_LATER_RATE = 1e-3
# The first two notes tell little and are charged little.
_EARLY_WEIGHTS = (0.3, 0.5)
# The length of a note that still sounds is not known yet: so often another is heard in its place.
_WRONG_DURATIONS = 0.08
_DURATION = [name for name, _ in FEATURES].index("duration")
_N_DURATIONS = dict(FEATURES)["duration"]
PHRASE_LENGTH = [name for name, _ in FEATURES].index("phrase_length")
"""The feature that is 0 but where a phrase is known to end."""

_LENGTH = torch.tensor(BAR_STEPS).repeat_interleave(torch.tensor(BAR_STEPS))
_BASE = torch.tensor(OFFSETS).repeat_interleave(torch.tensor(BAR_STEPS))
_PLACE = torch.arange(N_STATES) - _BASE


@dataclass(frozen=True)
class MetreTraining:
    """Say what to train on, where to write the weights, for how long, and from which on (None: new ones)."""

    data: str
    out: Path
    epochs: int = 5
    seed: int = 1
    start: Path | None = None


class MetreNet(nn.Module):
    """What engine/metre.py runs one note at a time, over whole tunes at once."""

    def __init__(self) -> None:
        super().__init__()
        sizes = [size for _, size in FEATURES]
        self.first = torch.tensor(np.cumsum([0, *sizes[:-1]]))
        self.embedding = nn.Embedding(sum(sizes), _CHANNELS)
        self.gru = nn.GRU(_CHANNELS, HIDDEN, _LAYERS, batch_first=True, dropout=_DROPOUT)
        self.out = nn.Linear(HIDDEN, 2 * N_STATES + 1)
        self.dropout = nn.Dropout(_DROPOUT)
        self.start = nn.Parameter(torch.zeros(N_STATES))
        nn.init.normal_(self.embedding.weight, std=0.15)
        nn.init.normal_(self.out.weight, std=0.02)
        nn.init.zeros_(self.out.bias)

    def forward(self, rows: Tensor, places: Tensor) -> Tensor:
        """Return log P of the states, (B, T, N_STATES), each state named by its place at the first note."""
        features = self.embedding(rows + self.first)
        if self.training:
            shown = torch.rand(rows.shape) >= _HIDDEN_FEATURES
            features = features * shown[..., None] / (1.0 - _HIDDEN_FEATURES)
        x = features.sum(2)
        hidden, _ = self.gru(self.dropout(x))
        scores = self.out(self.dropout(hidden))
        now = _BASE + (_PLACE + places[..., None]) % _LENGTH
        emitted = scores[..., :N_STATES].gather(-1, now)
        last_word = scores[..., N_STATES : 2 * N_STATES].gather(-1, now)
        odds = scores[..., -1:] + CHANGE_LOG_ODDS
        change, stay = torch.sigmoid(odds), torch.sigmoid(-odds)
        # In probabilities rather than logs, which is quicker; no chance falls below what a change leaves it.
        weights = (emitted - emitted.detach().amax(-1, keepdim=True)).exp()
        at_first = F.softmax(self.start, 0)
        kinds = torch.split(at_first, list(BAR_STEPS))
        fresh = change * torch.cat([(kind.sum() / len(kind)).expand(len(kind)) for kind in kinds])
        believed = at_first * weights[:, 0]
        filtered = [believed / believed.sum(-1, keepdim=True)]
        for step in range(1, rows.shape[1]):
            believed = (filtered[-1] * stay[:, step] + fresh[:, step]) * weights[:, step]
            filtered.append(believed / believed.sum(-1, keepdim=True))
        logs = (torch.stack(filtered, 1) + 1e-30).log()
        return F.log_softmax(logs + last_word, -1)

    def _named(self) -> dict[str, Tensor]:
        """Return the weights by the names that engine/metre_net.py reads."""
        found: dict[str, Tensor] = {
            "embedding": self.embedding.weight,
            "out.weight": self.out.weight,
            "out.bias": self.out.bias,
        }
        found["start"] = self.start
        for layer in range(_LAYERS):
            for ours, theirs in (("weight_in", "weight_ih"), ("weight_hidden", "weight_hh"),
                                 ("bias_in", "bias_ih"), ("bias_hidden", "bias_hh")):  # fmt: skip
                found[f"gru.{layer}.{ours}"] = getattr(self.gru, f"{theirs}_l{layer}")
        return found

    def tensors(self) -> dict[str, Tensor]:
        """Return the weights by the names that engine/metre_net.py reads, in float16."""
        return {name: tensor.detach().to(torch.float16).contiguous() for name, tensor in self._named().items()}

    def take(self, file: Path) -> None:
        """Take over the weights of a file; raise UserError when it holds none of this form."""
        try:
            tensors = load_file(file)
            with torch.no_grad():
                for name, weight in self._named().items():
                    weight.copy_(tensors[name].reshape(weight.shape))
        except (OSError, SafetensorError, KeyError, RuntimeError) as error:
            raise UserError(
                f"{file}: no weights of this net ({error}); train them anew, without --start"
            ) from None


def nats(net: MetreNet, melodies: Sequence[HeardTune], told_weight: float = 1.0) -> tuple[Tensor, Tensor]:
    """Return the cost of the true states of a batch, summed over notes, and the sum of the notes' weights.

    told_weight: of a note with which a phrase is known to end, as it is when a call is over.
    """
    longest, count = max(len(one.rows) for one in melodies), len(melodies)
    rows = torch.zeros((count, longest, len(FEATURES)), dtype=torch.long)
    places = torch.zeros((count, longest), dtype=torch.long)
    states = torch.full((count, longest), IGNORED)
    for line, one in enumerate(melodies):
        size = len(one.rows)
        rows[line, :size], states[line, :size] = torch.from_numpy(one.rows), torch.from_numpy(one.states)
        places[line, :size] = torch.from_numpy(one.places)
    if net.training:
        wrong = torch.rand(count, longest) < _WRONG_DURATIONS
        drawn = torch.randint(1, _N_DURATIONS, (count, longest))
        rows[..., _DURATION] = torch.where(wrong, drawn, rows[..., _DURATION])
    weights = (states != IGNORED).float()
    for index, weight in enumerate(_EARLY_WEIGHTS[:longest]):
        weights[:, index] *= weight
    weights = torch.where(rows[..., PHRASE_LENGTH] > 0, told_weight * weights, weights)
    now = states.clamp(min=0)
    at_first = _BASE[now] + (_PLACE[now] - places) % _LENGTH[now]
    log = net(rows, places).gather(-1, at_first[..., None])[..., 0]
    return -(log * weights).sum(), weights.sum()


def batches(melodies: Sequence[HeardTune], rng: random.Random) -> Iterator[list[HeardTune]]:
    """Yield all melodies in batches of like length, in random order."""
    order = list(range(len(melodies)))
    rng.shuffle(order)
    found = []
    for begin in range(0, len(order), 16 * _BATCH):
        pool = sorted(order[begin : begin + 16 * _BATCH], key=lambda index: len(melodies[index].rows))
        found += [pool[start : start + _BATCH] for start in range(0, len(pool), _BATCH)]
    rng.shuffle(found)
    for batch in found:
        yield [melodies[index] for index in batch]


@torch.inference_mode()
def evaluate(net: MetreNet, melodies: Sequence[HeardTune]) -> float:
    """Return the mean nats of the true state over all notes."""
    net.eval()
    sums = [nats(net, melodies[begin : begin + _BATCH]) for begin in range(0, len(melodies), _BATCH)]
    return float(sum(cost for cost, _ in sums) / sum(weight for _, weight in sums))


def train(request: MetreTraining, console: Console) -> Path:
    """Train on the training part, keep the averaged weights of the best epoch, and return their file.

    Raise UserError when the source holds no tune with a metre, or the weights cannot be written.
    """
    songs = [song for song in read_source(request.data, console).songs if usable(song)]
    parts = [part_of(song) for song in songs]
    learned = [song for song, part in zip(songs, parts, strict=True) if part == "train"]
    held_out = [song for song, part in zip(songs, parts, strict=True) if part == "validation"]
    if not learned or not held_out:
        raise UserError(f"{request.data}: too few tunes with metre and phrases; take the essen corpus")
    validation = []
    for song in held_out:
        assert song.metre is not None
        assert song.phrase_ends is not None
        ends = {index for index, end in enumerate(song.phrase_ends[:MOST_NOTES]) if end}
        notes, positions = song.notes[:MOST_NOTES], positions_of(song)[:MOST_NOTES]
        validation.append(heard(notes, positions, [song.metre] * len(notes), ends))
    torch.manual_seed(request.seed)
    net, average = MetreNet(), MetreNet()
    if request.start is not None:
        net.take(request.start)
    average.load_state_dict(net.state_dict())
    highest = _RATE if request.start is None else _LATER_RATE
    optimizer = torch.optim.AdamW(net.parameters(), lr=highest, weight_decay=_WEIGHT_DECAY)
    steps = request.epochs * math.ceil(len(learned) * VARIANTS / _BATCH)
    best, step, begun_s = math.inf, 0, time.perf_counter()
    for epoch in range(request.epochs):
        rng = random.Random(request.seed * 1000 + epoch)
        melodies = [one for song in learned for one in variants(song, rng.choice(learned), rng)]
        with counting_bar(console, f"epoch {epoch + 1} of {request.epochs}") as advance:
            for batch in batches(melodies, rng):
                for group in optimizer.param_groups:
                    group["lr"] = highest * share(step, steps)
                net.train()
                cost, weight = nats(net, batch)
                optimizer.zero_grad()
                torch.autograd.backward(cost / weight)
                nn.utils.clip_grad_norm_(net.parameters(), 1.0)
                optimizer.step()
                step += 1
                keep = min(_AVERAGE, (step + 1) / (step + 10))
                with torch.no_grad():
                    torch._foreach_lerp_(list(average.parameters()), list(net.parameters()), 1.0 - keep)
                advance(step - epoch * steps // request.epochs, steps // request.epochs)
        figure = evaluate(average, validation)
        console.print(f"epoch {epoch + 1}: validation {figure:.4f} nats, {time.perf_counter() - begun_s:.0f} s")
        if figure < best:
            best = figure
            save(average, request.out, {"epochs": str(epoch + 1), "validation_nats": f"{figure:.4f}"})
    return request.out


def share(step: int, steps: int) -> float:
    """Return the learning rate of a step as a share of the highest: a short rise, then a cosine."""
    return min(1.0, (step + 1) / _WARMUP_STEPS) * 0.5 * (1.0 + math.cos(math.pi * min(1.0, step / steps)))


def save(net: MetreNet, file: Path, told: dict[str, str]) -> None:
    """Write the weights; raise UserError when the disk refuses."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        save_file(net.tensors(), file, told)
    except (OSError, SafetensorError) as error:
        raise UserError(f"{file}: the weights could not be written ({error}); free or name a place") from error

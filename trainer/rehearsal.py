"""Old songs, gone over while new ones are learned, so that a model that goes on learning does not forget them.

A model that learns twenty songs forgets what it knew of others. So beside each batch of new songs it reads one of
old ones, and is charged for what it expects otherwise there than the weights did that it began with: nothing else
is asked of it, so the old songs cannot be learned by heart either. They come from a corpus that is named
(`replay`), or, since corpora are not shipped with the weights, from those weights themselves, which draw songs in
all their styles and in the usual bars. (Pseudo-rehearsal: Robins, Connection Science 7, 1995; the charge: Li and
Hoiem, Learning without Forgetting, 2016.)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass

import numpy as np
import torch
from rich.console import Console
from torch import Tensor
from torch.nn import functional as F

from engine.decoding.seam import Decoder, Playable
from engine.drawing.sampler import pick, probabilities
from engine.errors import UserError
from engine.messages import Sampling
from engine.model import GPT
from engine.notes import Metre, Song
from engine.start import playable
from engine.styles import Style
from engine.tokenizer import Step, Tokenizer
from engine.tracker import Conditions, Tracker
from trainer.batch import IGNORED, Batch
from trainer.data import SongData
from trainer.loss import losses
from trainer.prepare import read_source
from trainer.progress import Advance, counting_bar
from trainer.settings import TrainSettings
from trainer.split import learning_split

DRAWN, DRAWN_HELD = 96, 32
"""Songs that the weights draw: to be gone over, and to see by what is forgotten."""
LONGEST_STEPS, SHORTEST_NOTES = 64, 8
MOST_SHORT = 500
"""So many songs in a row that end too soon: weights that draw them so have no old songs to tell."""
REPLAYED, REPLAYED_HELD = 400, 60
"""The same of a corpus: no more of it are read."""
METRES = tuple(
    Metre(*bar) for bar in ((4.0, 0.0, 1.0), (3.0, 0.0, 1.0), (2.0, 0.0, 1.0), (3.0, 0.0, 1.5), (4.0, 3.0, 1.0))
)
"""Bars in which songs are drawn."""
_PLAIN = Sampling(temperature=1.0, top_k=0)


@dataclass(frozen=True)
class OldSongs:
    """Hold songs to go over, songs to see by what is forgotten, and where they come from, in words."""

    rehearsed: Sequence[Song]
    held: Sequence[Song]
    origin: str


def old_songs(settings: TrainSettings, console: Console) -> OldSongs:
    """Return the old songs of a corpus, where one is named, else as the initial weights draw them.

    Raises UserError as the readers do, and for a corpus of a single tune.
    """
    if settings.replay:
        songs = read_source(settings.replay, console).songs
        shuffled = [songs[int(place)] for place in np.random.default_rng(settings.seed).permutation(len(songs))]
        parts = learning_split(shuffled, "interval", settings.replay)
        if parts.held_out is parts.train:
            raise UserError(
                f"{settings.replay}: it holds one tune to go over, and none to see by what is forgotten; "
                "give more songs, or leave out --replay"
            )
        return OldSongs(parts.train[:REPLAYED], parts.held_out[:REPLAYED_HELD], f"of {settings.replay}")
    with counting_bar(console, "drawing old songs") as advance:
        drawn = draw_songs(playable(settings.init, "cpu"), DRAWN + DRAWN_HELD, settings.seed, advance)
    return OldSongs(drawn[DRAWN_HELD:], drawn[:DRAWN_HELD], f"as {settings.init} draws them")


def draw_songs(checkpoint: Playable, count: int, seed: int, progress: Advance | None = None) -> list[Song]:
    """Return songs as the weights have them: drawn from the start, with nothing that pulls at them.

    They are of each style, and of any, and in each of METRES, by turns; those that end too soon are left out.
    Raises UserError where nearly all do.
    """
    random = np.random.default_rng(seed)
    tokenizer, names = checkpoint.tokenizer, checkpoint.config.feature_names
    styles, start = ("any", *tokenizer.styles), tokenizer.start_steps()
    decoder = checkpoint.decoder()
    found: list[Song] = []
    short = 0
    while len(found) < count:
        metre, style = METRES[len(found) % len(METRES)], styles[len(found) % len(styles)]
        tracker = Tracker(tokenizer, names, Conditions(metre, False, Style(style)))
        decoder.rewind(0)
        decoder.append([tracker.append(step) for step in start])
        steps: list[Step] = []
        for step in _drawn(decoder, tokenizer, random):
            steps.append(step)
            if decoder.length >= min(LONGEST_STEPS, checkpoint.config.context):
                break
            decoder.append([tracker.append(step)])
        notes = tuple(tokenizer.decode(steps))
        if len(notes) >= SHORTEST_NOTES:
            timed = tokenizer.n_durations > 0
            found.append(Song("", notes, metre, None, "" if style == "any" else style, timed))
            short = 0
            if progress is not None:
                progress(len(found), count)
        elif (short := short + 1) >= MOST_SHORT:
            raise UserError(
                f"rehearsed: {short} songs in a row that {checkpoint.path} drew have fewer than {SHORTEST_NOTES} "
                "notes; name a corpus of old songs (--replay), or set rehearsed: 0"
            )
    return found


def _drawn(decoder: Decoder, tokenizer: Tokenizer, random: np.random.Generator) -> Iterator[Step]:
    """Yield steps, each drawn behind all that the decoder has read by then, until the song ends."""
    while True:
        logits = np.array(decoder.token_logits(decoder.length), np.float64)
        logits[tokenizer.unk] = -np.inf
        token = pick(probabilities(logits, _PLAIN), float(random.random()))
        if token == tokenizer.eos:
            return
        if not tokenizer.n_durations:
            yield Step(token)
            continue
        of_length = probabilities(decoder.duration_logits(decoder.length, token), _PLAIN)
        yield Step(token, pick(of_length, float(random.random())))


class Rehearsal:
    """Charge a model for what it expects otherwise than the weights did that it began with."""

    def __init__(self, model: GPT, rehearsed: SongData, held: SongData, held_notes: int) -> None:
        """model: as it is now, before it has learned anything."""
        self._before = deepcopy(model).eval().requires_grad_(False)
        self._rehearsed, self._held, self._held_notes = rehearsed, held, held_notes
        self._held_before = self._nats(self._before)

    def loss(self, model: GPT, step: int) -> Tensor:
        """Return how otherwise than before a batch of old songs is expected, in nats a step; it has a gradient.

        Which batch, and what is told of its songs, depends on the step alone.
        """
        epoch, place = divmod(step, len(self._rehearsed.batches(0)))
        batches = self._rehearsed.batches(epoch)
        batch = self._rehearsed.collate(batches[place % len(batches)], epoch).to(model.wpe.weight.device)
        with torch.no_grad():
            wanted = _expectations(self._before, batch)
        return _divergence(wanted, _expectations(model, batch), batch.tokens != IGNORED)

    @torch.no_grad()
    def forgotten(self, model: GPT) -> float:
        """Return how much more the old songs that are held out cost than before, in nats a note."""
        return self._nats(model) - self._held_before

    @torch.no_grad()
    def _nats(self, model: GPT) -> float:
        total = 0.0
        for items in self._held.plain_batches():
            scored = losses(model, self._held.collate(items).to(model.wpe.weight.device))
            total += float(scored.token.sum() + scored.duration.sum())
        return total / self._held_notes


@dataclass(frozen=True)
class _Expected:
    """Hold logits: tokens (B, T, V), durations (B, T, D) and phrase ends (B, T), those that a model has."""

    tokens: Tensor
    durations: Tensor | None
    phrase_ends: Tensor | None


def _expectations(model: GPT, batch: Batch) -> _Expected:
    hidden = model(batch.rows, first=batch.first)
    config = model.config
    return _Expected(
        model.token_logits(hidden).float(),
        model.duration_logits(hidden, batch.tokens.clamp(min=0)).float() if config.n_durations else None,
        model.phrase_end_logits(hidden).float() if config.phrase_end else None,
    )


def _divergence(wanted: _Expected, own: _Expected, scored: Tensor) -> Tensor:
    """Return the mean over scored places of all that is expected otherwise, in nats."""
    total = _kl(wanted.tokens, own.tokens)
    if wanted.durations is not None and own.durations is not None:
        total = total + _kl(wanted.durations, own.durations)
    if wanted.phrase_ends is not None and own.phrase_ends is not None:
        target = torch.sigmoid(wanted.phrase_ends)
        least = F.binary_cross_entropy_with_logits(wanted.phrase_ends, target, reduction="none")
        total = total + F.binary_cross_entropy_with_logits(own.phrase_ends, target, reduction="none") - least
    return (total * scored).sum() / scored.sum()


def _kl(wanted: Tensor, own: Tensor) -> Tensor:
    """Return the Kullback-Leibler divergence of logits' distributions, (B, T)."""
    targets = F.log_softmax(wanted, -1)
    return F.kl_div(F.log_softmax(own, -1), targets, reduction="none", log_target=True).sum(-1)


def make_rehearsal(settings: TrainSettings, model: GPT, tokenizer: Tokenizer, old: OldSongs) -> Rehearsal:
    """Return what goes over old songs, varied as the settings vary the new ones."""
    names, context = model.config.feature_names, model.config.context

    def data(songs: Sequence[Song]) -> SongData:
        shares = (settings.transposed, settings.hidden_metre, settings.late_start, 0.0, settings.hidden_style)
        return SongData(songs, tokenizer, names, context, settings.batch_tokens, settings.seed, *shares)

    notes = sum(len(song.notes) for song in old.held)
    return Rehearsal(model, data(old.rehearsed), data(old.held), notes)

"""Score songs under a checkpoint: nats for what the melody does next, and P(phrase end) for its notes.

Each song stands alone and is scored from its start to its end: every token, the end of text among them,
and, for vocabularies with durations, every duration (as the vocabulary's table rounds it). Nothing is
charged for start steps. Batches hold songs of like length.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch

from engine import companions
from engine.checkpoint import Checkpoint
from engine.errors import UserError
from engine.notes import Song
from engine.tokenizer import Step, unknown_count
from engine.tracker import Conditions, song_rows
from trainer.batch import IGNORED, Batch, length_batches
from trainer.examples import Example, collate, encode_song
from trainer.found import after_each_phrase
from trainer.loss import losses
from trainer.progress import Advance
from trainer.stream import StreamData

# Padded steps of a batch: enough to keep a CPU busy, little enough to fit.
_BATCH_STEPS = 8192


@dataclass
class SongScore:
    """Hold what one song costs, in nats, and its phrase-end predictions (empty when there are none).

    tokens: the rests and the end of text among them.
    """

    notes: int
    tokens: int
    unknown_pitches: int
    token_nats: float = 0.0
    duration_nats: float = 0.0
    phrase_logits: list[float] = field(default_factory=list)
    phrase_ends: list[bool] = field(default_factory=list)

    @property
    def nats(self) -> float:
        """Return the whole cost."""
        return self.token_nats + self.duration_nats


def encode_songs(
    checkpoint: Checkpoint,
    songs: Sequence[Song],
    any_key: bool = False,
    progress: Advance | None = None,
    inferred: bool = False,
) -> list[Example]:
    """Return each song as the checkpoint reads it, with its metre and (`blind`) without.

    any_key: tell the model that the melody may stand in any key, as in live play; inferred: `found` holds it under
    the metre that is found after each of its phrases but the last. Raise UserError when the checkpoint needs
    durations and a song has none.
    """
    examples = []
    net = companions.metre_net(checkpoint.path) if inferred else None
    for done, song in enumerate(songs, start=1):
        if checkpoint.tokenizer.n_durations and not song.has_durations:
            raise UserError(
                f"{song.source or song.title}: it has pitches only, and checkpoint '{checkpoint.name}' reads "
                "durations too; evaluate a pitch-only checkpoint on it, or take a source with durations"
            )
        names = checkpoint.model.config.feature_names
        found = after_each_phrase(song, net) if net is not None else []
        examples.append(encode_song(song, checkpoint.tokenizer, names, any_key, found=found))
        if progress is not None:
            progress(done, len(songs))
    return examples


def score_songs(
    checkpoint: Checkpoint,
    songs: Sequence[Song],
    examples: Sequence[Example],
    metre_known: bool = True,
    progress: Advance | None = None,
) -> list[SongScore]:
    """Return the score of each song, in order, from what `encode_songs` made of it.

    metre_known: give the model the song's metre and upbeat where the source has them.
    """
    seen = [
        example if metre_known or example.blind is None else replace(example, rows=example.blind)
        for example in examples
    ]
    scores = [unscored(checkpoint, song) for song in songs]
    score_examples(checkpoint, seen, scores, progress)
    return scores


def unscored(checkpoint: Checkpoint, song: Song) -> SongScore:
    """Return the score of a song to which nothing is charged yet."""
    tokens = len(checkpoint.tokenizer.encode(song.notes)) + 1
    return SongScore(len(song.notes), tokens, unknown_count(checkpoint.tokenizer, song.notes))


def score_examples(
    checkpoint: Checkpoint,
    examples: Sequence[Example],
    owners: Sequence[SongScore],
    progress: Advance | None = None,
) -> None:
    """Add what each example costs, as far as it is charged, to its owner's score."""
    pieces, paid = [], []
    for example, owner in zip(examples, owners, strict=True):
        for begin, fresh, end in windows(len(example), checkpoint.model.config.context):
            pieces.append(_piece(example, begin, fresh, end))
            paid.append(owner)
    _run(checkpoint, pieces, paid, progress)


def windows(rows: int, context: int) -> Iterator[tuple[int, int, int]]:
    """Yield (begin, first row to charge, end) so that every row is charged once.

    A sequence that fits is one window; a longer one goes on with half a context of what came before.
    """
    end = min(rows, context)
    yield 0, 0, end
    while end < rows:
        fresh = end
        begin = fresh - context // 2
        end = min(rows, begin + context)
        yield begin, fresh, end


def _piece(example: Example, begin: int, fresh: int, end: int) -> Example:
    """Return a stretch of an example in which only the rows from `fresh` on are charged."""
    targets = [example.tokens, example.durations, example.phrase_ends]
    if (begin, end) != (0, len(example)):
        targets = [target[begin:end].copy() for target in targets]
        for target in targets:
            target[: fresh - begin] = IGNORED
    tokens, durations, phrase_ends = targets
    return Example(example.rows[begin:end], tokens, durations, phrase_ends)


@torch.inference_mode()
def _run(
    checkpoint: Checkpoint,
    pieces: Sequence[Example],
    owners: Sequence[SongScore],
    progress: Advance | None = None,
) -> None:
    """Run the pieces in batches of like length and add what each costs to its owner's score."""
    lengths = [len(piece) for piece in pieces]
    order = np.argsort(lengths, kind="stable")
    done = 0
    for items in length_batches(lengths, _BATCH_STEPS, order):
        chosen = [pieces[item] for item in items]
        scored = losses(checkpoint.model, collate(chosen).to(checkpoint.device))
        tokens, durations = scored.token.double().sum(1), scored.duration.double().sum(1)
        for line, (item, piece) in enumerate(zip(items, chosen, strict=True)):
            owner = owners[item]
            owner.token_nats += float(tokens[line])
            owner.duration_nats += float(durations[line])
            if scored.phrase_logits is not None:
                marked = piece.phrase_ends != IGNORED
                owner.phrase_logits += scored.phrase_logits[line, : len(piece)].cpu().numpy()[marked].tolist()
                owner.phrase_ends += [bool(flag) for flag in piece.phrase_ends[marked]]
        done += len(items)
        if progress is not None:
            progress(done, len(pieces))


@torch.inference_mode()
def score_windows(
    checkpoint: Checkpoint, songs: Sequence[Song], context: int = 1024, stride: int = 512
) -> tuple[float, int]:
    """Return (nats, tokens charged) of the songs as the paper scores them: a stream cut into windows.

    The songs follow one another with an end of text between them; windows of `context` tokens begin every
    `stride` of them, and all that a window predicts is charged, so that most tokens are charged twice, once
    with little before them. A model that reads the token alone sees the whole window; one that was made for
    single songs sees of each song the part that lies in the window, and of the window's tokens the same are
    charged.

    Raise UserError for a checkpoint with durations: its tokens are others than the paper's.
    """
    tokenizer, config = checkpoint.tokenizer, checkpoint.model.config
    if tokenizer.n_durations:
        raise UserError(
            f"checkpoint '{checkpoint.name}' has durations, so its tokens cannot be compared with the paper's; "
            "leave out --windows or evaluate a pitch-only checkpoint"
        )
    if config.feature_names == ("token",):
        context = min(context, config.context)
        stream = StreamData(songs, tokenizer, context, min(stride, max(1, context // 2)), batch_windows=4)
        return _score_stream(
            checkpoint, [stream.collate([int(item) for item in items]) for items in stream.plain_batches()]
        )
    pieces = [
        _piece(part, *window)
        for part in _cut_songs(checkpoint, songs, context, stride)
        for window in windows(len(part), config.context)
    ]
    total = SongScore(0, 0, 0)
    _run(checkpoint, pieces, [total] * len(pieces))
    return total.token_nats, sum(int((piece.tokens != IGNORED).sum()) for piece in pieces)


def _score_stream(checkpoint: Checkpoint, batches: Sequence[Batch]) -> tuple[float, int]:
    nats, tokens = 0.0, 0
    for batch in batches:
        scored = losses(checkpoint.model, batch.to(checkpoint.device))
        nats += float(scored.token.double().sum())
        tokens += int((batch.tokens != IGNORED).sum())
    return nats, tokens


def _cut_songs(checkpoint: Checkpoint, songs: Sequence[Song], context: int, stride: int) -> Iterator[Example]:
    """Yield the songs' parts in each window, every part with nothing before it."""
    tokenizer = checkpoint.tokenizer
    encoded = [tokenizer.encode(song.notes) for song in songs]
    # (song, place among its steps); place -1 is the end of text before the song.
    stream = [(number, place) for number, steps in enumerate(encoded) for place in range(-1, len(steps))]
    stream.append((len(songs), -1))
    for begin in range(0, max(1, len(stream) - 1 - context + stride), stride):
        parts: dict[int, list[int]] = {}
        for number, place in stream[begin : begin + context + 1]:
            parts.setdefault(number, []).append(place)
        for number, places in parts.items():
            if number < len(songs):
                yield _part(checkpoint, encoded[number], places, ends=number + 1 in parts)


def _part(checkpoint: Checkpoint, steps: Sequence[Step], places: Sequence[int], ends: bool) -> Example:
    """Return a part of a song; its first step is charged only where the song begins in the window."""
    tokenizer, names = checkpoint.tokenizer, checkpoint.model.config.feature_names
    inside = steps[max(0, places[0]) : places[-1] + 1]
    rows = song_rows(tokenizer, inside, Conditions(any_key=False), names)
    tokens = np.array([step.token for step in inside] + [tokenizer.eos if ends else IGNORED], np.int16)
    if places[0] >= 0:
        tokens[0] = IGNORED
    nothing = np.full(len(tokens), IGNORED, np.int16)
    return Example(rows, tokens, nothing, nothing)

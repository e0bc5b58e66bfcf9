"""`melody-train critic`: train the nets that tell real continuations from drafts of our own.

Drafts are drawn to calls of the training part, as many to a call as live play draws, and as it draws them. The
nets learn which of the real continuation and the drafts of one call is the real one, their scores being log odds
among them (noise contrastive estimation by ranking: Jozefowicz et al. 2016, "Exploring the limits of language
modeling"; Ma and Collins 2018). So the drafts of one call, weighed by exp(score), are spread as real
continuations of this call are, which is how one of them is chosen; two kinds told apart over all calls would not
give that. What a call's energy asks for (engine/planning/energy.py) is weighed in beside the score in play, and
so it is here. What ends at home is told by the tune's own key in the figures: told by the one heard in the call,
which is another in one of eight, songs would seem to end at home less often than they do, and answers be chosen
that do so seldom. The notes are read in the key that is heard, as in play: there the net can learn how far to
trust it. Some spoilt continuations stand among the drafts: what the model never draws must not be taken for a
song either.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console
from safetensors import SafetensorError
from safetensors.numpy import save_file

from engine.checkpoint import load
from engine.errors import UserError
from engine.messages import Sampling
from engine.notes import Note
from engine.planning.critic import COLUMNS_KEY, FIGURES_KEY, Critic
from engine.planning.figures import NAMES
from engine.planning.note_columns import COLUMNS
from engine.planning.pair import heard
from trainer.calls import Call, Drafted, calls_in, read_drafts, write_drafts
from trainer.critic.fit import calibrated, fit, told
from trainer.critic.lessons import SPOILT, lessons_of
from trainer.critic.settle import settled
from trainer.drafts import Drafter
from trainer.prepare import read_source
from trainer.progress import counting_bar

DRAFTS = 16
_HELD_OUT = 0.06
_ALL = 1_000_000
_MAJOR, _MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)


@dataclass(frozen=True)
class CriticTraining:
    """Say what to train on and where to write the weights.

    half: of the calls only those of this half's tunes (trainer/split.py), which a checkpoint of the other half has
    not learned; keep: a file that keeps the drafts, or has them; beside, remembered: files that kept drafts to
    other calls, which are learned from, too; of the latter, whose tunes their model has learned, not what it gave
    them. settle: sources by whose calls of the validation part, and drafts of `plays`, the weights are settled.
    """

    data: str
    out: Path
    checkpoint: str = "essen"
    calls: int = 7500
    seed: int = 1
    half: str | None = None
    keep: Path | None = None
    beside: Sequence[Path] = ()
    remembered: Sequence[Path] = ()
    settle: Sequence[str] = ()
    plays: str = "essen"


def drafts_for(request: CriticTraining, console: Console) -> list[Drafted]:
    """Return drafts to calls of the training part."""
    if request.keep and request.keep.is_file():
        return read_drafts(request.keep)
    songs = read_source(request.data, console).songs
    calls = calls_in(songs, "train", request.calls, half=request.half)
    if len(calls) < 20:
        raise UserError(f"{request.data}: {len(calls)} calls with phrases and metre are too few; take essen")
    found = _drawn(calls, request.checkpoint, request.seed, console)
    if request.keep:
        write_drafts(request.keep, found)
    return found


def unlearned(request: CriticTraining, console: Console) -> list[Drafted]:
    """Return drafts of the model that plays to all calls of the validation part of what the weights settle by."""
    many = [calls_in(read_source(source, console).songs, "validation", _ALL) for source in request.settle]
    if not any(many):
        raise UserError(f"--settle {' '.join(request.settle)}: no call with phrases and metre; take essen")
    return joined([_drawn(calls, request.plays, request.seed, console) for calls in many])


def _drawn(calls: Sequence[Call], name: str, seed: int, console: Console) -> list[Drafted]:
    checkpoint = load(name, "cpu")
    if not checkpoint.tokenizer.n_durations:
        raise UserError(f"{name}: it draws no durations; take a checkpoint of pitch and duration")
    drafter, found = Drafter(checkpoint), []
    with counting_bar(console, "drafts") as advance:
        for number, call in enumerate(calls):
            sampling = Sampling(key=_key(call.notes))
            draft_seed = seed * 1_000_000 + number
            found.append(drafter.draft(call, drafter.bars(call.notes), sampling, DRAFTS, draft_seed))
            advance(number + 1, len(calls))
    return found


def _without_odds(drafted: Sequence[Drafted]) -> list[Drafted]:
    return [replace(one, log_probabilities=(math.nan,) * len(one.log_probabilities)) for one in drafted]


def joined(many: Sequence[Sequence[Drafted]]) -> list[Drafted]:
    """Return drafts to calls of several corpora as those of one, shuffled: no tune has the number of another.

    Raises UserError where some calls have more drafts than others.
    """
    found: list[Drafted] = []
    for drafted in many:
        behind = 1 + max((one.call.tune for one in found), default=-1)
        found += [replace(one, call=replace(one.call, tune=behind + one.call.tune)) for one in drafted]
    counts = sorted({len(one.drafts) for one in found})
    if len(counts) > 1:
        raise UserError(f"kept drafts: {counts[0]} to some calls, {counts[-1]} to others; draw as many to all")
    if len(many) > 1:
        random.Random(1).shuffle(found)
    return found


def _key(call: tuple[Note, ...]) -> tuple[int, tuple[int, ...]]:
    """Return the call's key as drawing takes it."""
    known = heard(call, None)
    steps = {(known.tonic + step) % 12 for step in (_MINOR if known.minor else _MAJOR)}
    return known.tonic, tuple(sorted(steps | {note.pitch % 12 for note in call}))


def apart(tunes: Sequence[int]) -> tuple[list[int], list[int]]:
    """Return which calls, of these tunes, are held out, and which are learned from: no tune is on both sides.

    For what goes on one call is the next call of its tune.
    """
    held = set(tunes[: max(1, round(_HELD_OUT * len(tunes)))])
    return (
        [number for number, tune in enumerate(tunes) if tune in held],
        [number for number, tune in enumerate(tunes) if tune not in held],
    )


def train(request: CriticTraining, console: Console) -> Path:
    """Draw drafts, train on most calls, tell how well the others are told, and write the weights."""
    remembered = [_without_odds(read_drafts(file)) for file in request.remembered]
    drafted = joined([drafts_for(request, console), *map(read_drafts, request.beside), *remembered])
    # Drawn before the hours of learning, so that what is named wrongly is refused at once.
    new = unlearned(request, console) if request.settle else []
    lessons = lessons_of(drafted, request.seed, Drafter(load(request.checkpoint, "cpu")))
    held_out, learned_from = apart([one.call.tune for one in drafted])
    if not learned_from:
        raise UserError(
            f"{request.data}: its calls are all of one or two tunes, too few to learn from; take essen"
        )
    with counting_bar(console, "learning") as advance:
        learned = fit(lessons.of(learned_from), request.seed, progress=advance)
    others = lessons.of(held_out).first(1 + DRAFTS)
    tensors = calibrated(learned, others)
    share, nats = told(Critic(tensors), others)
    console.print(
        f"{len(lessons)} calls; of {len(held_out)} held out the real one is told from a draft in {share:.1%}, "
        f"from all {DRAFTS} at {nats:.3f} nats ({math.log(1 + DRAFTS):.3f} for who knows nothing)"
    )
    if new:
        faults_too = lessons_of(new, request.seed, Drafter(load(request.plays, "cpu")))
        others = faults_too.first(1 + DRAFTS)
        before, tensors = told(Critic(tensors), others)[1], settled(tensors, faults_too, SPOILT)
        share, nats = told(Critic(tensors), others)
        console.print(
            f"settled by {len(new)} calls of {request.plays}: told in {share:.1%}, at {nats:.3f} nats, "
            f"where it was {before:.3f}"
        )
    names = {FIGURES_KEY: ",".join(NAMES), COLUMNS_KEY: ",".join(name for name, _ in COLUMNS)}
    figures = {"calls": str(request.calls), "told": f"{share:.4f}", "nats": f"{nats:.4f}"}
    try:
        request.out.parent.mkdir(parents=True, exist_ok=True)
        save_file(tensors, request.out, names | figures)
    except (OSError, SafetensorError) as error:
        raise UserError(f"{request.out}: the weights could not be written ({error}); name another") from error
    return request.out

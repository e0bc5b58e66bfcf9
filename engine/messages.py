"""What bridge and engine say to each other: small frozen records, one pipe, no torch.

The bridge owns the transcript. Each `Continue` says how many notes of the engine's context to keep from the
front and which to append, so a restarted engine is brought up to date by one message with `keep=0`, and
barge-in is one message with `keep` at the last note heard. A newer request supersedes those that wait, of
which only the context is taken over, and the one that is served at its next note; replies carry the request's
number, and the bridge drops those that are no longer asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from engine.controls import Sampling as Sampling  # one of these records, made of the table of controls
from engine.notes import Metre, Note

PROTOCOL = 7
"""Raised with every change of these records; bridge and engine refuse to talk across versions."""


@dataclass(frozen=True, slots=True)
class Goal:
    """Say where an answer should end.

    drawn_notes: how many notes of this answer already stand in the context, at its end.
    lead_rest_beats: silence between the context's last note and the answer's first; it becomes that note's
    rest_beats. 0: none.
    length_beats: wished length of the whole answer in beats, or None for "until the phrase ends".
    exact: the answer fills exactly length_beats; else it closes a phrase near them.
    call_notes: how many of the last notes of the context (before the answer) are the call, for closeness.
    rhythm: for checkpoints without durations: the call's (duration_beats, rest_beats) pairs, cycled.
    breath_beats: what the call leaves silent of its own bars; an exact answer then leaves some silent at its end,
    as songs do. None: it leaves nothing.
    """

    drawn_notes: int = 0
    lead_rest_beats: float = 0.0
    length_beats: float | None = None
    exact: bool = False
    call_notes: int = 0
    rhythm: tuple[tuple[float, float], ...] = ()
    breath_beats: float | None = None


@dataclass(frozen=True, slots=True)
class BarEvidence:
    """Hold what is known of the bars beside the notes.

    bar_beats: a bar's length as told by a control, 0 to find it; pulse_beats: its pulse, 0 when not told.
    clock_beat: where a running clock has the latest note's onset, in beats; None without a clock.
    from_start: the clock's beats are counted from a song's start (song position), so a bar begins at beat 0.
    """

    bar_beats: float = 0.0
    pulse_beats: float = 0.0
    clock_beat: float | None = None
    from_start: bool = False


@dataclass(frozen=True, slots=True)
class FoundBars:
    """Say where the bars of the call lie: its first note stands at metre.upbeat_beats. confidence: 0..1."""

    metre: Metre
    confidence: float


@dataclass(frozen=True, slots=True)
class Continue:
    """Ask the engine to bring its context up to date and to draw `count` notes (0: only listen).

    request: grows with every request of a bridge; replies carry it.
    keep: notes of the context to keep from the front; append: notes to add behind them.
    seed: of the answer. Note i of the answer (goal.drawn_notes + index) is drawn with a generator seeded from
    (seed, i), so that an answer is the same however it is cut into requests; None draws afresh.
    draft: which draft of a plan goes on, note by note, as `Drawn` told it; None: none does.
    evidence: asks where the bars of the call (goal.call_notes) lie, and says what is known; None: not asked.
    drafts: 1 draws note by note. With more, and as many as the engine affords, whole answers of up to `count` more
    notes are drawn and judged, and the one that is chosen comes at once, to its end.
    heard: figures (engine/notes.py) of the answers heard so far; none of them is drawn again.
    read_from: the note of the context at which the model's reading is to begin, as `Listened` told it once; None
    leaves that to the engine. For drawing a take again.
    """

    request: int
    keep: int
    append: tuple[Note, ...]
    metre: Metre | None = None
    count: int = 0
    sampling: Sampling = field(default_factory=Sampling)
    goal: Goal = field(default_factory=Goal)
    seed: int | None = None
    evidence: BarEvidence | None = None
    drafts: int = 1
    heard: tuple[tuple[int, ...], ...] = ()
    read_from: int | None = None
    draft: int | None = None


def merged(requests: Sequence[Continue]) -> Continue:
    """Return the one request that leaves the context as all of these would in turn, and draws as the newest.

    requests: one at least, the oldest first. Raises ValueError when one keeps more notes than those before it
    leave.
    """
    result = requests[0]
    for newer in requests[1:]:
        left = result.keep + len(result.append)
        if newer.keep > left:
            raise ValueError(
                f"{newer.keep} notes are to be kept, but the request before leaves {left}; "
                "send the whole transcript with keep=0"
            )
        kept = result.append[: max(0, newer.keep - result.keep)]
        result = replace(newer, keep=min(newer.keep, result.keep), append=(*kept, *newer.append))
    return result


@dataclass(frozen=True, slots=True)
class Stop:
    """Ask the engine process to end."""


@dataclass(frozen=True, slots=True)
class Hello:
    """Say first thing that the process is up, before weights are loaded."""

    protocol: int
    pid: int


@dataclass(frozen=True, slots=True)
class Ready:
    """Say that the weights are loaded and warm: first notes have been decoded and thrown away.

    step_ms: time of a note; drafts: the most that are drawn of an answer, so that it is planned in time; checksum:
    of all the weights that decide which notes are drawn (engine/fingerprint.py); source: what loads them again;
    way: what there is to tell of how it computes, besides the device.
    """

    checkpoint: str
    device: str
    parameters: int
    context: int
    has_durations: bool
    has_phrase_end: bool
    styles: tuple[str, ...]
    load_s: float
    step_ms: float
    drafts: int = 1
    checksum: str = ""
    source: str = ""
    way: str = ""


@dataclass(frozen=True, slots=True)
class Listened:
    """Report that the context stands as asked.

    phrase_end: P(its last note ends a phrase), 0..1, or None. bars: those of the call, where they were asked for.
    read_from: the note of the context at which the model's reading begins; a long context's front is not read.
    It comes twice where, before notes are drawn, weighing the bars changes what is believed of them.
    """

    request: int
    context_notes: int
    phrase_end: float | None
    bars: FoundBars | None = None
    read_from: int = 0


@dataclass(frozen=True, slots=True)
class Drawn:
    """Bring one drawn note.

    index: 0-based position among the notes of this request. phrase_end: P(this note ends a phrase) or None.
    last: the answer ends with this note, by its goal. step_ms: time that drawing it took, of a
    planned note its share of the plan. behind: how many notes of the answer stood when its plan was made, or when
    it was asked for if it was drawn singly. draft: which draft of a plan that was cut before its end goes on
    behind this note, so that the answer is what that draft would have been uncut; None where none does.
    """

    request: int
    index: int
    note: Note
    phrase_end: float | None
    last: bool
    step_ms: float
    behind: int = 0
    draft: int | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """Report an error in words; fatal: the process is about to end (bad checkpoint, out of memory).

    Without a request, and not fatal: it starts anew by itself, on the CPU, and knows nothing till it is Ready.
    """

    request: int | None
    text: str
    fatal: bool


Request = Continue | Stop
Reply = Hello | Ready | Listened | Drawn | Failed

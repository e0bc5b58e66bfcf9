"""Draw a take again, by the engine that drew it, and say whether it is the same. Pure: no process here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bridge.take import Drawing, Sounded, Take
from engine.messages import Continue, Drawn, Ready
from engine.notes import Note, figure

Figures = tuple[tuple[int, ...], ...]
PLAIN_VELOCITY, PLAIN_SHARE = 80, 0.9
"""How a note is played that did not sound then."""


def requests(take: Take, heard: Figures) -> Iterator[tuple[Continue, Drawing]]:
    """Yield what the engine is to be asked, one after the other, and which notes are to come of it."""
    for number, drawing in enumerate(take.drawings, 1):
        planned = drawing.drafts > 1
        request = Continue(
            number,
            0,
            (*take.context, *drawing.before),
            drawing.metre,
            count=drawing.count if planned else len(drawing.notes),
            sampling=drawing.sampling,
            goal=drawing.goal,
            seed=take.seed,
            drafts=drawing.drafts,
            heard=heard if planned else (),
            read_from=drawing.read_from,
            draft=drawing.draft,
        )
        yield request, drawing


def heard_figures(take: Take, takes: Mapping[int, Take]) -> tuple[Figures, list[int]]:
    """Return the figures of the answers that a take was not to repeat, and the numbers of those that are missing.

    takes: of the take's session, by number.
    """
    found = tuple(figure(takes[number].melody) for number in take.heard if number in takes)
    return found, [number for number in take.heard if number not in takes]


class Replay:
    """Gather what comes of a take's requests; `ask` gives the next of them, None when all notes are there."""

    def __init__(self, take: Take, heard: Figures) -> None:
        self.take, self.notes = take, list[Note]()
        self._requests = requests(take, heard)
        self._asked: tuple[Continue, Drawing] | None = None
        self._came: list[Note] = []

    def ask(self) -> Continue | None:
        """Return the next request."""
        self._asked, self._came = next(self._requests, None), []
        return self._asked[0] if self._asked is not None else None

    def received(self, drawn: Drawn) -> bool:
        """Take in a note; return whether all is there that the request was for."""
        if self._asked is None or drawn.request != self._asked[0].request:
            return False
        request, drawing = self._asked
        self._came.append(drawn.note)
        wanted = drawing.skip + len(drawing.notes)
        if len(self._came) < min(wanted, request.count) and not drawn.last:
            return False
        self.notes += self._came[drawing.skip : wanted]
        self._asked = None
        return True


@dataclass(frozen=True, slots=True)
class Verdict:
    """Say how a take that was drawn again compares with what sounded. first_other: the first other note."""

    notes: tuple[Note, ...]
    first_other: int | None

    @property
    def same(self) -> bool:
        """Say whether every note is the same."""
        return self.first_other is None


def compared(take: Take, drawn: tuple[Note, ...]) -> Verdict:
    """Compare notes with those that a take's were drawn as."""
    before = [note for drawing in take.drawings for note in drawing.notes]
    for index in range(max(len(before), len(drawn))):
        if before[index : index + 1] != list(drawn[index : index + 1]):
            return Verdict(drawn, index)
    return Verdict(drawn, None)


def changes(take: Take, ready: Ready, recorded_by: str, version: str) -> list[str]:
    """Return what is no longer as it was when a take was drawn, each in a sentence.

    ready: the engine that draws it again; recorded_by, version: of this program, then and now.
    """
    found = []
    model = take.model
    if model.checksum != ready.checksum:
        then = model.checksum or "not noted"
        found.append(
            f"the weights of '{model.checkpoint}' have changed since: checksum {then} then, {ready.checksum} now"
        )
    if model.device != ready.device:
        found.append(f"it was drawn on {model.device} and is drawn on {ready.device}")
    if recorded_by and recorded_by != version:
        found.append(f"melody-bridge {recorded_by} recorded it, this is {version}")
    return found


def as_played(take: Take, notes: Sequence[Note]) -> tuple[Sounded, ...]:
    """Return notes as those of the take in their places were played, where they are the same, else plainly."""
    played = []
    for index, note in enumerate(notes):
        then = take.notes[index] if index < len(take.notes) else None
        if then is not None and then.note == note:
            played.append(then)
        else:
            played.append(Sounded(note, PLAIN_VELOCITY, 0, PLAIN_SHARE * note.duration_beats))
    return tuple(played)

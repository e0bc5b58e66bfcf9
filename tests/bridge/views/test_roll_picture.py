"""The roll in characters, as a score: a column a sixteenth, two pitches a line."""

from __future__ import annotations

import pytest

from bridge.outlook import Ahead, Lines, Outlook
from bridge.views.roll import GPT, YOU, Roll
from bridge.views.roll_picture import LEADS_S, columns_of, roll_rows, shown_s

BEAT_S = 0.5
IN_FOUR = Lines(0.0, 0.0, BEAT_S, 4.0)


def played(*score: tuple[str, int, float, float], lines: Lines | None = IN_FOUR, coming: object = ()) -> Roll:
    """Return a roll of (voice, pitch, first beat, last beat)."""
    roll = Roll()
    for voice, pitch, on, off in score:
        roll.hear(voice, pitch, 80, on * BEAT_S)
        roll.hear(voice, pitch, 0, off * BEAT_S)
    ahead = tuple(Ahead(pitch, 80, on * BEAT_S, off * BEAT_S) for pitch, on, off in coming)  # type: ignore[attr-defined]
    roll.look(Outlook(ahead, lines))
    return roll


def drawn(roll: Roll, now: float, width: int = 37, height: int = 6, *, colour: bool = False) -> list[str]:
    rows = roll_rows(roll, now * BEAT_S, width, height, colour=colour)
    return [row.plain for row in rows]


def test_a_call_and_its_answer_stand_in_their_bars() -> None:
    """In two patterns; a bar line before each bar, the line of now, and lightly what is to come."""
    roll = played(
        *((YOU, 60, 0, 1), (YOU, 62, 1, 2), (YOU, 64, 2, 4)),
        *((GPT, 67, 4, 5), (GPT, 65, 5, 5.5)),
        coming=[(64, 6, 7)],
    )
    assert drawn(roll, 5.6) == [
        "  A4  ┊               ┊     │        ",
        "      ┊               ⠛⠛⠛⠛  │        ",
        "      ┊       ▄▄▄▄▄▄▄▄┊   ⠛⠛│ ⠄⠄⠄⠄   ",
        "      ┊   ▄▄▄▄        ┊     │        ",
        "  C4  ▄▄▄▄            ┊     │        ",
        " Bb3  ┊               ┊     │        ",
    ]


def test_the_same_pitch_again_is_another_note() -> None:
    """Repeated notes do not run into one; a sixteenth is never lost."""
    roll = played(*((YOU, 60, beat, beat + 1) for beat in range(4)), (YOU, 60, 4, 4.01))
    assert drawn(roll, 5.0)[2] == "  C4    ▄▄▄ ▄▄▄ ▄▄▄ ▄▄▄ ▄   │        "


@pytest.mark.parametrize("colour", [True, False])
def test_the_two_voices_never_look_the_same(colour: bool) -> None:
    """Two colours, or where there is none two patterns and no colour at all."""
    roll = played((YOU, 60, 0, 1), (GPT, 60, 1, 2))
    spans = {}
    for row in roll_rows(roll, 1.5, 40, 6, colour=colour):
        for span in row.spans:
            text = row.plain[span.start : span.end]
            if text.strip(" ┊│") and not text.strip()[0].isalpha():
                spans[text] = str(span.style)
    if colour:
        assert set(spans.values()) == {"yellow", "cyan"}
    else:
        assert set(spans.values()) <= {""}
    cells = {cell for row in drawn(roll, 3.0, 40, 6, colour=colour) for cell in row} & set("▀▄█⠛⣤⣿")
    assert len(cells) == (1 if colour else 2)


def test_with_both_in_one_cell_none_hides_the_other() -> None:
    """The upper half in one colour, the ground in the other's; without colour a pattern of its own."""
    roll = played(*((YOU, pitch, 0, 1) for pitch in (61, 63)), *((GPT, pitch, 0, 1) for pitch in (60, 62)))
    styles = {str(span.style) for row in roll_rows(roll, 1.0, 40, 2) for span in row.spans}
    assert "yellow on cyan" in styles
    assert drawn(roll, 1.0, 40, 2) == [f"{name}                      ▓▓▓▓│         " for name in (" Eb4", "  C4")]


@pytest.mark.parametrize(("span", "height"), [(5, 4), (12, 6), (30, 6), (70, 7), (127, 4)])
def test_every_pitch_has_a_row(span: int, height: int) -> None:
    """However wide the range is; the highest above the lowest, and names at the edges."""
    low = 60 - span // 2
    roll = played((YOU, low, 0, 1), (GPT, low + span, 2, 3))
    rows = drawn(roll, 3.0, 60, height)
    (top,) = [place for place, row in enumerate(rows) if set(row) & set("⠛⣤⣿")]
    (bottom,) = [place for place, row in enumerate(rows) if set(row) & set("▀▄█")]
    assert top < bottom
    assert rows[0][:5].strip()
    assert rows[-1][:5].strip()


@pytest.mark.parametrize(("beat_s", "column_s"), [(0.5, 0.125), (0.15, 0.075), (3.0, 0.1875), (1.0, 0.25)])
def test_columns_are_sixteenths_where_the_tempo_is_usual(beat_s: float, column_s: float) -> None:
    """Doubled or halved where it is not, so that beats still fall on columns."""
    assert columns_of([Lines(0.0, 7.0, beat_s)]).column_s == pytest.approx(column_s)
    assert columns_of([]).column_s == 0.125


def test_it_rests_when_all_is_silent() -> None:
    """The last call and answer stay in sight, however long the pause."""
    roll = played((YOU, 60, 0, 1), (GPT, 62, 1, 2))
    assert shown_s(roll, 0.9) == 0.9
    assert shown_s(roll, 1000.0) == 2 * BEAT_S + LEADS_S
    assert drawn(roll, 100.0) == drawn(roll, 2000.0)
    assert any("▄" in row or "▀" in row for row in drawn(roll, 2000.0))


def test_bars_of_two_runs_do_not_stand_side_by_side() -> None:
    """Where the answer's lines begin a little beside the call's there is one line."""
    roll = played((YOU, 60, 0, 1))
    roll.look(Outlook((Ahead(60, 80, 2.1, 2.5),), Lines(2.1, 2.1, BEAT_S, 4.0)))
    for row in drawn(roll, 6.0, 70):
        assert "┊┊" not in row


@pytest.mark.parametrize(("width", "height"), [(6, 4), (0, 4), (40, 0)])
def test_where_there_is_no_room_there_is_none(width: int, height: int) -> None:
    """And nothing fails."""
    assert drawn(played((YOU, 60, 0, 1)), 1.0, width, height) == []


def test_nothing_played_is_an_empty_roll() -> None:
    """With its octave named."""
    rows = drawn(Roll(), 0.0)
    assert len(rows) == 6
    assert {row[5:].strip() for row in rows} == {"│"}

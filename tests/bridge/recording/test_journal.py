"""A journal: line by line what happened, whole as far as it goes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.recording.journal import NoJournalError, Struck, header, line, read_journal
from tests.bridge.recording.takes import an_evening


def test_what_was_entered_is_read() -> None:
    """Notes of both sides, pedal, tempo, takes and which are kept, in seconds from the beginning."""
    read = read_journal(an_evening().journal("2026-11-05T20:31:12+0100", "0.1.0"))
    assert (read.begun, read.program, read.damaged) == ("2026-11-05T20:31:12+0100", "0.1.0", 0)
    assert read.player[:2] == [Struck(1.0, 60, 90), Struck(1.4, 60, 0)]
    assert read.answer[0] == Struck(3.0, 67, 80, 3)
    assert read.pedal == [(1.2, 127), (2.4, 0)]
    assert read.tempos == [(0.0, 120.0)]
    assert (list(read.takes), read.kept) == ([1], {1})
    assert read.seconds == pytest.approx(2.95)


@given(st.integers(0, 5000))
def test_a_journal_that_is_cut_off_anywhere_is_read_as_far_as_it_goes(size: int) -> None:
    """A killed program leaves at most a half of its last line."""
    whole = an_evening().journal()
    first = whole.index(b"\n") + 1
    cut = whole[: first + size]
    read = read_journal(cut)
    assert read.damaged <= 1
    assert read.player == read_journal(whole).player[: len(read.player)]
    assert len(read.player) + len(read.answer) >= cut.count(b'"you"') + cut.count(b'"gpt"') - 1


@pytest.mark.parametrize(
    "damaged",
    [
        '{"t":1,"you":[60]}x',
        "not JSON",
        '{"t":"late","you":[60,1]}',
        '{"t":1,"you":[600,1]}',
        '{"t":1,"bpm":[0,"clock"]}',
        '{"t":1,"take":{}}',
        "[]",
    ],
)
def test_a_damaged_line_is_counted_and_the_others_stand(damaged: str) -> None:
    """Whatever it is; a key that nobody knows is of a later version and no damage."""
    known, unknown = line({"t": 2, "you": [60, 1]}), line({"t": 2, "dance": [1]})
    read = read_journal((header("", "") + damaged + "\n" + known + unknown).encode())
    assert (read.damaged, len(read.player)) == (1, 1)


@pytest.mark.parametrize("data", [b"", b"MThd\0\0\0\6", b"{}\n", b'{"melody-bridge journal":2}\n'])
def test_what_is_no_journal_is_refused(data: bytes) -> None:
    """Another file, and the form of another version."""
    with pytest.raises(NoJournalError, match=r"no journal|form 2"):
        read_journal(data)

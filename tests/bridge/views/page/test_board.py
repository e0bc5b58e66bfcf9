"""What a page is shown first: the state of everything, and so much of the past, however long it goes on."""

from __future__ import annotations

from bridge.views.page.board import LINES_KEPT, NOTES_KEPT, TAKES_KEPT, Board
from bridge.views.page.outbox import News


def kinds(board: Board) -> list[str]:
    return [news["is"] for news in board.everything()]


def test_a_state_is_the_last_one() -> None:
    """What is over when it has been told is not shown."""
    board = Board()
    said: list[News] = [
        {"is": "state", "state": "idle"},
        {"is": "state", "state": "listening"},
        {"is": "latency", "turn_ms": 1.0},
        {"is": "refused", "text": "no"},
        {"is": "preset_saved", "name": "x"},
    ]
    for news in said:
        board.enter(news)
    assert board.everything() == [{"is": "state", "state": "listening"}]


def test_a_night_leaves_no_more_than_its_end() -> None:
    """Notes, lines and takes are bounded; a kept take outlives the others."""
    board = Board()
    for number in range(5000):
        board.enter({"is": "note", "pitch": number})
        board.enter({"is": "log", "text": str(number)})
        board.enter({"is": "take", "number": number, "kept": number == 7})
    found = kinds(board)
    assert found.count("note") == NOTES_KEPT
    assert found.count("log") == LINES_KEPT
    takes = [news["number"] for news in board.everything() if news["is"] == "take"]
    assert takes == [7, *range(5000 - TAKES_KEPT + 1, 5000)]


def test_takes_come_before_which_one_is_in_hand() -> None:
    """So that the page has the card that it lights."""
    board = Board()
    for news in ({"is": "in_hand", "number": 1}, {"is": "take", "number": 1, "kept": False}):
        board.enter(dict(news))
    assert kinds(board) == ["take", "in_hand"]

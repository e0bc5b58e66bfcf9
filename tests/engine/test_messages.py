"""Requests that wait are one request: the context as all in turn would leave it, the draws of the newest."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.messages import Continue, merged
from engine.notes import Metre, Note


def served_in_turn(context: list[Note], requests: list[Continue]) -> list[Note]:
    """Return the context after each request was served by itself."""
    for request in requests:
        context = [*context[: request.keep], *request.append]
    return context


@given(st.data())
def test_a_merged_request_leaves_the_context_as_all_in_turn_would(data: st.DataObject) -> None:
    """Whatever is kept, cut and appended, no note heard is lost and none that was cut comes back."""
    context = [Note(40 + index, 1.0) for index in range(data.draw(st.integers(0, 4)))]
    length, requests = len(context), []
    for number in range(data.draw(st.integers(1, 6))):
        keep = data.draw(st.integers(0, length))
        append = tuple(Note(50 + 10 * number + index, 1.0) for index in range(data.draw(st.integers(0, 3))))
        requests.append(Continue(number, keep, append))
        length = keep + len(append)
    assert served_in_turn(context, [merged(requests)]) == served_in_turn(context, requests)


def test_all_but_the_context_is_the_newest_requests() -> None:
    """Number, metre, count and seed of the older ones are gone with them."""
    older = Continue(1, 0, (Note(60, 1.0),), Metre(3.0), count=9, seed=1)
    newer = Continue(2, 1, (Note(62, 1.0),), Metre(4.0), count=2, seed=5)
    both = (Note(60, 1.0), Note(62, 1.0))
    assert merged([older, newer]) == Continue(2, 0, both, Metre(4.0), count=2, seed=5)
    assert merged([older]) is older

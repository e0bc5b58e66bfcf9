"""How punctual messages leave: what is counted, and what is the machine's fault."""

from __future__ import annotations

from bench.punctual import EDGES_MS, histogram, stood_still


def test_every_message_is_counted_once() -> None:
    """A value on an edge belongs below it; what lies beyond the last is counted too."""
    counts = histogram([0.0, EDGES_MS[0], EDGES_MS[1], 1000.0])
    assert (counts[0], counts[1], counts[-1], sum(counts)) == (2, 1, 1, 4)


def test_a_message_is_excused_only_by_a_standstill_while_it_waited() -> None:
    """The machine stood still between its deadline, or just before, and its leaving."""
    still = [(10.0, 10.1)]
    assert stood_still(10.102, 50.0, still)
    assert stood_still(10.1015, 1.0, still)
    assert not stood_still(9.9, 50.0, still)
    assert not stood_still(10.2, 1.0, still)

"""Whose time holds: what a moment says, and what is told when it changes."""

from __future__ import annotations

from bridge.control_moves import ControlMoves
from bridge.controls import Controls
from bridge.duet import Duet
from bridge.events import Pulse, Transport
from bridge.observers import Announcer
from bridge.time.tempo_map import TempoMap
from bridge.timekeeper import Timekeeper
from tests.stage import ScriptedEngine, Witness


class Peer:
    """Link, whose beats have run for long."""

    def current(self, now_s: float) -> TempoMap:
        """Return its map."""
        return TempoMap(120.0, 1000.0 + 2.0 * now_s, now_s)


def keeper(link: Peer | None = None, **controls: object) -> tuple[Timekeeper, Witness]:
    table, witness = Controls(), Witness()
    table.update({"turn": "bars", **controls})
    announce = Announcer([witness])
    duet = Duet(ScriptedEngine(), announce, 1)
    return Timekeeper(link, ControlMoves(table, announce), duet, announce), witness


def test_a_counted_time_has_bars_of_four_that_begin_when_the_count_ends() -> None:
    """As told by `bar` where that says; before and after the count nothing is known of them."""
    time, witness = keeper()
    before = time.moment(0.0)
    assert (before.settings.bar_beats, before.bars_from) == (0.0, None)
    time.count_in(1.0)
    counted = time.moment(1.5)
    assert (counted.settings.bar_beats, counted.bars_from, counted.tempo.source) == (4.0, 4.0, "count")
    assert counted.tempo.map == TempoMap(120.0, 0.0, 1.0)
    time.end_count(2.0)
    assert time.moment(2.0) == before.__class__(2.0, time.tempo, before.settings)
    assert [source for _, source in witness.tempos] == ["count", "fixed"]


def test_a_clock_that_starts_ends_a_counted_time() -> None:
    """Its beats are heard by others; the count's last click ends."""
    time, _ = keeper()
    time.count_in(0.0)
    time.feed(Transport(0.1, "start"))
    for pulse in range(12):
        time.feed(Pulse(0.1 + pulse * 0.02))
        time.tick(0.1 + pulse * 0.02)
    assert (time.tempo.source, time.counting, time.open) == ("clock", False, False)


def test_a_song_is_counted_in_only_where_that_is_set() -> None:
    """In turn bars, with `count_in`."""
    assert keeper(count_in=1)[0].song_starts(0.0) == []
    assert keeper(count_in=0)[0].song_starts(0.0) is None
    assert keeper(count_in=1, turn="adaptive")[0].song_starts(0.0) is None


def test_a_tempo_that_is_tapped_is_told_at_once() -> None:
    """And forgotten with the rest."""
    time, witness = keeper(tempo_from="auto")
    for at_s in (0.0, 0.6, 1.2):
        time.tap(at_s)
    assert witness.tempos[-1] == (100.0, "tap")
    time.forget(2.0)
    assert time.tempo.source == "fixed"


def test_a_song_is_counted_in_by_the_clock_that_starts_it() -> None:
    """Link, which knows no songs, may run beside it; where another tempo is asked for, nothing is counted."""
    heard = {}
    for tempo_from in ("auto", "clock", "fixed", "link"):
        time, _ = keeper(Peer(), count_in=1, tempo_from=tempo_from)
        time.tick(0.0)
        dues = []
        time.feed(Transport(0.0, "start"))
        time.song_starts(0.0)
        for pulse in range(110):
            dues += time.feed(Pulse(pulse / 48))
            dues += time.tick(pulse / 48 + 0.001)
        heard[tempo_from] = [due.note.pitch for due in dues if due.is_on]
    counted = [76, 77, 77, 77]
    assert heard == {"auto": counted, "clock": counted, "fixed": [], "link": []}

"""The session in the DAW's time: answers on its grid, silence on its stop."""

from __future__ import annotations

from itertools import pairwise

import pytest

from bridge.events import NoteOff, NoteOn, Pulse, SongPosition, Transport
from engine.notes import Metre, Note
from tests.stage import Clocked, ScriptedEngine, Stage

CALL = [(2.0, 2.45, 60), (2.5, 2.95, 62), (3.0, 3.4, 64)]
"""Quarter notes at 120 bpm on beats 4, 5 and 6 of the song; the last key goes up at 3.4 s."""


@pytest.mark.parametrize(
    ("grid", "start"),
    [("bar", "4.50 on 72"), ("beat", "4.00 on 72"), ("sixteenth", "3.90 on 72"), ("off", "3.90 on 72")],
)
def test_the_answer_begins_on_the_grid(grid: str, start: str) -> None:
    """The turn passes on beat 7.8; next come the bar of three at beat 9 and the beat at 8;
    the sixteenth at 7.75 has passed by 25 ms, which is still on time."""
    stage = Clocked(grid=grid, bar=3 if grid == "bar" else 4)
    stage.play(CALL)
    stage.run(6.2)
    assert stage.score[0] == start


def test_a_faster_clock_makes_a_faster_answer() -> None:
    """Durations are the model's in beats: at 240 bpm a beat lasts a quarter of a second."""
    stage = Clocked(bpm=240, articulation=0.9)
    stage.play(CALL)
    stage.run(8.0)
    onsets = [float(line.split()[0]) for line in stage.score if " on " in line]
    assert [round(b - a, 2) for a, b in pairwise(onsets)] == [0.25, 0.25, 0.25]


def test_the_engine_is_told_where_the_bars_lie() -> None:
    """Metre and upbeat come from the clock; a pause of a whole bar is no rest, modulo the bar."""
    stage = Clocked(grid="bar", bar=4)
    stage.play([(on + 0.5, off + 0.5, pitch) for on, off, pitch in CALL])
    stage.run(7.0)
    drawing = [request for request in stage.engine.requests if request.count]
    assert drawing[-1].metre == Metre(4.0, 1.0)
    assert stage.score[0] == "6.00 on 72"
    assert stage.engine.context[3] == Note(72, 1.0, 0.0)


def test_a_rest_stands_between_a_call_and_an_answer_on_the_next_bar() -> None:
    """The call ends on beat 7; the answer on the bar at beat 8 is drawn behind a rest of one beat."""
    stage = Clocked(grid="bar", bar=4)
    stage.play(CALL)
    stage.run(4.05)
    assert stage.score[0] == "4.00 on 72"
    drawn = [request for request in stage.engine.requests if request.count]
    assert drawn[-1].goal.drawn_notes > 0 or drawn[-1].goal.lead_rest_beats == 1.0
    assert stage.engine.context[3] == Note(72, 1.0, 1.0)


def test_stop_in_the_daw_means_silence() -> None:
    """Transport stop ends the answer with its note-offs and nothing follows."""
    stage = Clocked()
    stage.play(CALL)
    stage.run(4.2)
    stage.pulsing = False
    stage.do(Transport(4.2, "stop"))
    assert stage.hanging == set()
    before = list(stage.score)
    stage.run(9.0)
    assert stage.score == before


def test_a_lost_clock_goes_on_in_the_last_tempo_and_says_so() -> None:
    """When the pulses stop without a stop, the answer goes on and one line says why."""
    stage = Clocked(120.0, ScriptedEngine(length=8))
    stage.play(CALL)
    stage.run(4.2)
    stage.pulsing = False
    stage.run(9.0)
    assert sum(" on " in line for line in stage.score) == 8
    assert sum("clock lost" in text for text in stage.witness.logs) == 1
    assert stage.hanging == set()


def test_in_bars_mode_the_answer_comes_after_so_many_bars() -> None:
    """Two bars of listening from the bar of the first note, then the answer on the bar, whatever is still held."""
    stage = Clocked(turn="bars", turn_bars=2, bar=4, grid="bar")
    stage.play([(2.0, 2.4, 60), (4.1, 9.0, 62)][:1])
    stage.run(6.2)
    assert stage.score[0] == "6.00 on 72"


def test_a_song_position_that_jumps_back_does_not_hold_the_answer_up() -> None:
    """When the DAW jumps in mid answer without a stop, the answer goes on in time, on the new grid."""
    stage = Clocked(engine=ScriptedEngine(length=8), articulation=0.9)
    stage.play(CALL)
    stage.run(4.3)
    stage.do(SongPosition(stage.clock(), 0))
    stage.run(9.0)
    onsets = [float(line.split()[0]) for line in stage.score if " on " in line]
    assert len(onsets) == 8
    assert max(b - a for a, b in pairwise(onsets)) <= 1.01
    assert stage.session.state == "idle"


def test_a_start_in_the_daw_ends_the_answer_and_means_bar_one() -> None:
    """Start without stop silences what belonged to the old place in the song."""
    stage = Clocked(engine=ScriptedEngine(length=8))
    stage.play(CALL)
    stage.run(4.3)
    stage.do(Transport(4.3, "start"))
    assert stage.hanging == set()
    assert stage.session.state == "idle"


def test_a_negative_offset_is_earlier_and_still_on_the_grid() -> None:
    """The answer leaves 100 ms before a beat that can still be reached in time."""
    stage = Clocked(grid="beat", offset=-100)
    stage.play([(on, off + 0.05, pitch) for on, off, pitch in CALL])
    stage.run(6.0)
    assert stage.score[0] == "4.40 on 72"


PULSE_S = 0.5 / 24


class Daw(Stage):
    """A stage under a DAW's transport at 120 bpm, with pulses all the time or only while it plays."""

    def __init__(self, clock_while_stopped: bool) -> None:
        super().__init__(tempo_from="auto", grid="bar", bar=4)
        self._always = clock_while_stopped

    def pass_time(self, beats: float, playing: bool) -> None:
        """Let beats go by, with their pulses if the DAW sends any."""
        begin_s = self.clock()
        for pulse in range(round(beats * 24)):
            self.run(begin_s + pulse * PULSE_S)
            if playing or self._always:
                self.do(Pulse(self.clock()))
        self.run(begin_s + beats * 0.5)

    def take(self, from_beat: int, begin: str) -> float:
        """Begin a take, play quarters on its beats 4 to 6; return the song's beat of the answer's first note."""
        if begin == "continue":
            self.do(SongPosition(self.clock(), from_beat * 4))
        self.do(Transport(self.clock(), begin))
        begin_s = self.clock()
        self.pass_time(4, playing=True)
        sent = len(self.sent)
        call = [(begin_s + on_s, begin_s + off_s, pitch) for on_s, off_s, pitch in CALL]
        notes = iter(sorted([(on, 0x90, p) for on, _, p in call] + [(off, 0x80, p) for _, off, p in call]))
        due = next(notes, None)
        for pulse in range(8 * 24):
            at_s = begin_s + 2.0 + pulse * PULSE_S
            while due is not None and due[0] <= at_s:
                self.run(due[0])
                self.do(NoteOn(due[0], due[2], 80) if due[1] == 0x90 else NoteOff(due[0], due[2]))
                due = next(notes, None)
            self.run(at_s)
            self.do(Pulse(at_s))
        first_s = next(at_s for at_s, message in self.sent[sent:] if message[0] & 0xF0 == 0x90)
        self.do(Transport(self.clock(), "stop"))
        return from_beat + (first_s - begin_s) * 2


@pytest.mark.parametrize("clock_while_stopped", [True, False], ids=["clock always", "clock only while playing"])
@pytest.mark.parametrize(("begin", "from_beats"), [("start", (0, 0, 0)), ("continue", (0, 33, 14))])
def test_over_three_takes_answers_begin_on_the_songs_bars(
    clock_while_stopped: bool, begin: str, from_beats: tuple[int, ...]
) -> None:
    """After each start, and after each song position and continue, the grid lies where the DAW's bars do."""
    daw = Daw(clock_while_stopped)
    for from_beat, pause_beats in zip(from_beats, (0.3, 3.4, 0.0), strict=True):
        from_the_bar = (daw.take(from_beat, begin) + 2.0) % 4.0 - 2.0
        assert from_the_bar == pytest.approx(0.0, abs=0.03)
        daw.pass_time(pause_beats, playing=False)


def test_stop_then_a_song_position_then_continue_goes_on_from_that_position() -> None:
    """The position given while stopped is the next bar line's origin, not the place where stop left the song."""
    daw = Daw(clock_while_stopped=True)
    daw.take(0, "start")
    daw.pass_time(1.5, playing=False)
    first_beat = daw.take(6, "continue")
    assert round(first_beat, 1) == 16.0


@pytest.mark.parametrize(("awake_s", "second"), [(4.55, "4.55 on 73"), (4.7, "5.00 on 74")])
def test_after_a_stall_a_note_late_by_50_ms_is_sent_and_one_late_by_200_ms_is_not(
    awake_s: float, second: str
) -> None:
    """What comes much too late would be heard as a wrong rhythm: it is left out, and the next is in time."""
    stage = Clocked(engine=ScriptedEngine(length=8), articulation=0.5)
    stage.play(CALL)
    stage.run(4.45)
    stage.stall(awake_s)
    stage.run(5.3)
    assert [line for line in stage.score if " on " in line][:2] == ["4.00 on 72", second]
    assert stage.hanging == set()


def test_a_tap_is_forgotten_with_the_rest() -> None:
    """After forget the tempo is the fixed one again until something says otherwise."""
    stage = Stage(tempo_from="auto", bpm=90)
    told: list[tuple[float, str]] = []
    stage.witness.on_tempo = lambda bpm, source, confidence: told.append((round(bpm), source))  # type: ignore[method-assign]
    stage.act("tap")
    stage.run(0.5)
    stage.act("tap")
    assert told[-1] == (120, "tap")
    stage.act("forget")
    stage.act("tap")
    assert told[-1] == (90, "fixed")

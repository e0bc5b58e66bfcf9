"""Follow MIDI clock and song position: pulses in, a map from seconds to beats out. Pure."""

from __future__ import annotations

from collections import deque

from bridge.events import Pulse, SongPosition, Transport
from bridge.time.tempo_map import TempoMap

PULSES_PER_BEAT = 24
_PULSES_PER_SIXTEENTH = 6
# Two beats: at 2 ms of jitter the fitted end of the line is then good to about 0.6 ms (2 sigma / sqrt(n)).
_WINDOW_PULSES = 48
# A sixteenth; fewer would give a first tempo that is wrong by several per cent.
_FIRST_PULSES = 6
# The fewest pulses kept when the tempo is found to move.
_SHORT_PULSES = 8
_LOST_S = 0.5
_MAX_BPM = 1000.0


class ClockFollower:
    """Follow MIDI clock: 24 pulses a beat, start, stop, continue, song position.

    A straight line through the last 48 pulses filters the jitter; a single pulse far off the line is pulled
    in, three in a row on one side, or a mean drift of the last pulses, mean that the tempo moves: older
    pulses are then forgotten and the line locks again within about a quarter of a beat.

    Position: after "start" the next pulse is beat 0; after "continue" it is where "stop" or the last song
    position left it. Pulses without a start (many DAWs send them while stopped) give the tempo, and beats
    are counted on from the last position, or from the first pulse, with `running` False. A song position
    while running takes effect with the next pulse, forwards or back. Whatever placed the song last rules: the
    pauses of DAWs that send no clock while stopped are not counted.

    Speed: followed from 5 bpm (pulses over 0.5 s apart are gaps, not a tempo) to 1000 bpm; outside it, the
    last map stays. A clock that stops in mid beat leaves the last map in force, and `check` says so once; when
    its pulses come back, nothing having placed the song meanwhile, they count on from where that map is by then.
    """

    def __init__(self) -> None:
        self.map: TempoMap | None = None
        self.running = False
        self._pulses: deque[tuple[int, float]] = deque(maxlen=_WINDOW_PULSES)
        self._count = 0
        self._placed = False
        self._offset_pulses = 0
        self._stopped_at_pulses: int | None = None
        self._last_s: float | None = None
        self._late: list[tuple[int, float]] = []
        self._drift_s = 0.0
        self._spread_s = 0.001
        self._told_lost = False

    def feed(self, event: Pulse | Transport | SongPosition) -> None:
        """Take in one event; other kinds of record are ignored."""
        if isinstance(event, Pulse):
            self._pulse(event.time_s)
        elif isinstance(event, Transport):
            self._transport(event.command, event.time_s)
        elif isinstance(event, SongPosition):
            self._place_next(max(0, event.sixteenths) * _PULSES_PER_SIXTEENTH, event.time_s)
            self._stopped_at_pulses = None if self.running else self._next_pulses

    def check(self, now_s: float) -> str | None:
        """Return a sentence, once, when the running clock has fallen silent; else None."""
        if not self.running or self.alive(now_s) or self._last_s is None or self._told_lost:
            return None
        self._told_lost = True
        tempo = f"at the last tempo, {self.map.bpm:.1f} bpm" if self.map else "without a tempo from it"
        return f"MIDI clock lost: no pulse for {now_s - self._last_s:.1f} s; going on {tempo}"

    def alive(self, now_s: float) -> bool:
        """Tell whether a pulse came within the last half second (or 2.5 pulses of a slow clock)."""
        return self._last_s is not None and now_s - self._last_s <= self._patience_s

    @property
    def _next_pulses(self) -> int:
        return self._count + self._offset_pulses

    @property
    def _patience_s(self) -> float:
        pulse_s = self.map.beat_s / PULSES_PER_BEAT if self.map else 0.0
        return max(_LOST_S, 2.5 * pulse_s)

    def _place_next(self, position_pulses: int, time_s: float) -> None:
        """Let the next pulse stand at this position, and the map say so at once.

        The next pulse is due when the clock's line has it; in silence, at any moment from now on.
        """
        if self.map:
            due_s = self._line_s(self._count)
            if time_s > due_s + self._limit_s:
                self._forget(0)
                due_s = time_s
            self.map = TempoMap(self.map.bpm, position_pulses / PULSES_PER_BEAT, due_s)
        self._offset_pulses = position_pulses - self._count
        self._placed = True

    def _transport(self, command: str, time_s: float) -> None:
        if command == "stop":
            if self.running:
                self._stopped_at_pulses = self._next_pulses
            self.running = False
        elif command in ("start", "continue"):
            stopped_at = self._next_pulses if self._stopped_at_pulses is None else self._stopped_at_pulses
            self._place_next(0 if command == "start" else stopped_at, time_s)
            self.running, self._stopped_at_pulses, self._told_lost = True, None, False

    def _pulse(self, time_s: float) -> None:
        if self._last_s is not None:
            time_s = max(time_s, self._last_s)
            if time_s - self._last_s > self._patience_s:
                self._forget(0)
                self._count_on(time_s)
            elif self._placed and self._out_of_step(time_s):
                self._forget(0)
        self._told_lost = self._placed = False
        self._last_s = time_s
        self._pulses.append((self._count, self._filtered(time_s)))
        self._count += 1
        self._fit()

    def _count_on(self, time_s: float) -> None:
        """After a gap within a running song, count on from where the last map has come to by now.

        It is the port that was gone, most likely, and not the song that stood still.
        """
        if self.running and not self._placed and self.map is not None:
            self._offset_pulses = round(self.map.beat_at(time_s) * PULSES_PER_BEAT) - self._count

    def _out_of_step(self, time_s: float) -> bool:
        """Say whether a pulse that begins a take does not go on with the clock's line before it."""
        return self.map is not None and abs(time_s - self._line_s(self._count)) > self._limit_s

    @property
    def _limit_s(self) -> float:
        """Return how far from the line a pulse may lie by jitter."""
        return 4.0 * self._spread_s + 0.001

    def _forget(self, keep: int) -> None:
        """Keep only the last pulses; what was known of their scatter is no longer told from drift."""
        while len(self._pulses) > keep:
            self._pulses.popleft()
        self._late.clear()
        self._drift_s = 0.0

    def _filtered(self, time_s: float) -> float:
        """Return the pulse's time, pulled in when it alone is far off; forget old pulses when many are."""
        if self.map is None or len(self._pulses) < _FIRST_PULSES:
            return time_s
        expected_s = self._line_s(self._count)
        error_s = time_s - expected_s
        limit_s = self._limit_s
        if abs(error_s) > limit_s:
            if self._late and (self._late[-1][1] > expected_s) != (error_s > 0):
                self._late.clear()
            self._late.append((self._count, time_s))
            if len(self._late) >= 3:
                self._restart(time_s)
                return time_s
            return expected_s + max(-limit_s, min(limit_s, error_s))
        self._late.clear()
        self._spread_s += (max(abs(error_s), 0.0003) - self._spread_s) / PULSES_PER_BEAT
        self._drift_s += (error_s - self._drift_s) / 6.0
        if abs(self._drift_s) > 1.2 * self._spread_s and len(self._pulses) > _SHORT_PULSES:
            self._forget(max(_SHORT_PULSES, len(self._pulses) // 2))
        return time_s

    def _restart(self, time_s: float) -> None:
        """Go on from the last three pulses alone: the tempo has jumped."""
        earlier = self._late[:-1]
        self._forget(0)
        self._pulses.extend(earlier)
        # Until the new line stands, its tempo is that of these three pulses.
        beat = (self._count + self._offset_pulses) / PULSES_PER_BEAT
        step_s = (time_s - earlier[0][1]) / len(earlier)
        self._set_map(step_s, beat, time_s)

    def _line_s(self, index: int) -> float:
        """Return when pulse `index` is expected by the map in force."""
        assert self.map is not None
        return self.map.time_at((index + self._offset_pulses) / PULSES_PER_BEAT)

    def _fit(self) -> None:
        """Lay the least-squares line through the pulses in the window."""
        n = len(self._pulses)
        if n < _FIRST_PULSES:
            if self.map is not None and self._last_s is not None:
                # Too few for a tempo: keep the last one, and let the beat follow the pulses.
                self.map = TempoMap(self.map.bpm, (self._next_pulses - 1) / PULSES_PER_BEAT, self._last_s)
            return
        last = self._count - 1
        mean_i = sum(index for index, _ in self._pulses) / n
        mean_s = sum(time_s for _, time_s in self._pulses) / n
        above = sum((index - mean_i) * (time_s - mean_s) for index, time_s in self._pulses)
        below = sum((index - mean_i) ** 2 for index, _ in self._pulses)
        step_s = above / below
        beat = (last + self._offset_pulses) / PULSES_PER_BEAT
        self._set_map(step_s, beat, mean_s + step_s * (last - mean_i))

    def _set_map(self, step_s: float, beat: float, time_s: float) -> None:
        if step_s * PULSES_PER_BEAT >= 60.0 / _MAX_BPM:
            self.map = TempoMap(60.0 / (step_s * PULSES_PER_BEAT), beat, time_s)
        elif self.map is not None:
            self.map = TempoMap(self.map.bpm, beat, time_s)

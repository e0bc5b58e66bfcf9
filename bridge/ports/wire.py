"""MIDI bytes to events and back: pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bridge.events import ControlChange, MidiEvent, NoteOff, NoteOn, Pulse, SongPosition, Transport

NOTE_ON, NOTE_OFF, CONTROL = 0x90, 0x80, 0xB0
_TRANSPORT = {0xFA: "start", 0xFB: "continue", 0xFC: "stop"}


def decode(message: Sequence[int], time_s: float) -> MidiEvent | None:
    """Return what a MIDI message says, or None for what the bridge does not read.

    A note-on with velocity 0 is a note-off. Malformed messages, system exclusive, active sensing, pitch
    bend, pressure and program changes are None.
    """
    if not message or any(not 0 <= byte <= 127 for byte in message[1:]):
        return None
    status, size = message[0], len(message)
    if size == 1:
        if status == 0xF8:
            return Pulse(time_s)
        return Transport(time_s, _TRANSPORT[status]) if status in _TRANSPORT else None
    if size != 3:
        return None
    kind, channel = status & 0xF0, status & 0x0F
    if kind == NOTE_ON and message[2] > 0:
        return NoteOn(time_s, message[1], message[2], channel)
    if kind in (NOTE_OFF, NOTE_ON):
        return NoteOff(time_s, message[1], channel)
    if kind == CONTROL:
        return ControlChange(time_s, message[1], message[2], channel)
    if status == 0xF2:
        return SongPosition(time_s, message[1] | message[2] << 7)
    return None


def all_off(channels: Iterable[int] = range(16)) -> list[tuple[int, int, int]]:
    """Return what silences the given channels (0..15): pedal up, all notes off, all sound off."""
    return [(CONTROL | c, number, 0) for c in channels for number in (64, 123, 120)]


def arrivals_s(deltas_s: Sequence[float], now_s: float, polled_s: float) -> list[float]:
    """Return arrival times of the messages of one poll, oldest first.

    deltas_s: seconds since the message before, as RtMidi counts them. The last has arrived just now; those
    before it lie their deltas earlier, but not before the last poll, which would have found them.
    """
    times = []
    at_s = now_s
    for delta_s in reversed(deltas_s):
        times.append(max(at_s, min(polled_s, now_s)))
        at_s -= max(delta_s, 0.0)
    return times[::-1]

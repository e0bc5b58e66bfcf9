"""A session's MIDI file, as other programs read it."""

from __future__ import annotations

from pathlib import Path

import mido
import pytest

from bridge.recording.journal import read_journal
from bridge.recording.recorder import InMemory
from bridge.recording.score import LONGEST_SILENCE_S, write_recording, write_take
from engine.midi_file import read_midi_file
from engine.midi_out import TICKS_PER_BEAT
from tests.bridge.recording.takes import a_take, an_evening
from tests.stage import Clocked, Stage


def written(recorder: InMemory, folder: Path) -> mido.MidiFile:
    """Return the file that is made of what was recorded."""
    write_recording(read_journal(recorder.journal()), folder / "x.mid")
    return mido.MidiFile(str(folder / "x.mid"))


def sounded(midi: mido.MidiFile) -> list[tuple[float, int, int]]:
    """Return (seconds, pitch, velocity) of all notes, in the order in which the file plays them."""
    now_s, heard = 0.0, []
    for message in midi:
        now_s += message.time
        if message.type in ("note_on", "note_off"):
            heard.append((now_s, message.note, message.velocity if message.type == "note_on" else 0))
    return heard


def metas(midi: mido.MidiFile, kind: str) -> list[tuple[float, mido.MetaMessage]]:
    """Return (beat, message) of the first track's messages of a kind."""
    ticks, found = 0, []
    for message in midi.tracks[0]:
        ticks += message.time
        if message.type == kind:
            found.append((ticks / TICKS_PER_BEAT, message))
    return found


def test_both_sides_sound_as_they_sounded_on_tracks_of_their_own(tmp_path: Path) -> None:
    """Times, keys, velocities, channel and pedal; the first note follows the silence before it in its bar."""
    midi = written(an_evening(), tmp_path)
    assert [track.name for track in midi.tracks] == ["", "player", "answer"]
    heard = sounded(midi)
    lead_s = heard[0][0]
    expected = [(1.0, 60), (1.4, 60), (1.5, 62), (1.9, 62), (2.0, 64), (2.4, 64), (3.0, 67), (3.45, 67), (3.5, 69)]
    assert [(round(at_s - lead_s + 1.0, 2), pitch) for at_s, pitch, _ in heard][:9] == expected
    assert {m.channel for m in midi.tracks[2] if m.type == "note_on"} == {3}
    assert [m.value for m in midi.tracks[1] if m.type == "control_change"] == [127, 0]


def test_markers_stand_at_the_takes_and_say_which_are_kept(tmp_path: Path) -> None:
    """With their numbers; one that sounded again has a marker there too."""
    recorder = an_evening()
    recorder._clock = lambda: 104.5
    recorder.on_again(1, True)
    marks = metas(written(recorder, tmp_path), "marker")
    assert [mark.text for _, mark in marks] == ["take 1 (kept)", "take 1 loop"]
    assert marks[1][0] - marks[0][0] == pytest.approx(3.0, abs=0.01)


def test_a_call_and_its_answer_stand_in_their_places_of_the_bar(tmp_path: Path) -> None:
    """The call began on a bar line, the answer on the last beat of a bar: so they do in the file."""
    midi = written(an_evening(), tmp_path)
    first = {
        track.name: next(note.onset_ticks for note in track.notes)
        for track in read_midi_file(tmp_path / "x.mid").tracks
        if track.notes
    }
    assert first["player"] % (4 * TICKS_PER_BEAT) == 0
    assert first["answer"] % (4 * TICKS_PER_BEAT) == 3 * TICKS_PER_BEAT
    assert [(beat, f"{m.numerator}/{m.denominator}") for beat, m in metas(midi, "time_signature")] == [
        (0.0, "4/4")
    ]


def test_what_still_sounds_is_closed_at_the_end(tmp_path: Path) -> None:
    """No note of a file hangs, however its session ended."""
    recorder = InMemory(lambda: 0.0)
    recorder.on_player_note(1.0, 60, 9)
    recorder.on_player_note(2.0, 62, 9)
    recorder.on_player_note(3.0, 60, 0)
    heard = sounded(written(recorder, tmp_path))
    assert sorted(pitch for _, pitch, velocity in heard if not velocity) == [60, 62]


def test_a_silence_of_hours_is_a_minute(tmp_path: Path) -> None:
    """And what comes behind it is as it was."""
    recorder = InMemory(lambda: 0.0)
    for at_s in (1.0, 2.0, 9000.0, 9001.5):
        recorder.on_player_note(at_s, 60, 80)
        recorder.on_player_note(at_s + 0.5, 60, 0)
    ons = [at_s for at_s, _, velocity in sounded(written(recorder, tmp_path)) if velocity]
    assert ons[2] - ons[1] == pytest.approx(LONGEST_SILENCE_S + 0.5, abs=0.01)
    assert ons[3] - ons[2] == pytest.approx(1.5, abs=0.01)


def test_a_take_alone_is_its_call_and_itself(tmp_path: Path) -> None:
    """At its tempo, the answer as it was played: nudged, as long as it sounded."""
    write_take(a_take(kept=True), tmp_path / "take.mid")
    tracks = {track.name: track for track in read_midi_file(tmp_path / "take.mid").tracks}
    assert [note.pitch for note in tracks["call"].notes] == [60, 62, 64]
    answer = tracks["answer"].notes
    begin = round((1.0 + 1 / 3 + 2.0) * TICKS_PER_BEAT)
    assert [(n.onset_ticks - begin, n.end_ticks - n.onset_ticks, n.velocity, n.channel) for n in answer] == [
        (0, round(0.9 * TICKS_PER_BEAT), 80, 3),
        (round(1.125 * TICKS_PER_BEAT), round(1.5 * TICKS_PER_BEAT), 70, 3),
    ]
    assert [mark.text for _, mark in metas(mido.MidiFile(str(tmp_path / "take.mid")), "marker")] == [
        "take 1 (kept)"
    ]


def play(stage: Stage, starts_s: list[float]) -> None:
    """Play a call of four quarters at 120 bpm at each of these times."""
    for start_s in starts_s:
        stage.play([(start_s + 0.5 * step, start_s + 0.5 * step + 0.4, 60 + step) for step in range(4)])
    stage.run(starts_s[-1] + 8.0)


def test_by_a_clock_the_files_beats_are_the_clocks(tmp_path: Path) -> None:
    """What the DAW played on its beat stands on the file's, through a change of tempo; answers on bar lines."""
    recorder = InMemory(lambda: 0.0)
    stage = Clocked(120.0, observers=[recorder], bar=4, grid="bar")
    play(stage, [2.0, 10.0])
    stage._pulse_s, stage._pulses = 60.0 / 132 / 24, round(stage.clock() * 132 / 60 * 24) + 1
    stage.run(40.0)
    midi = written(recorder, tmp_path)
    onsets = [note.onset_ticks / TICKS_PER_BEAT for note in read_midi_file(tmp_path / "x.mid").tracks[1].notes]
    assert all(abs(beat - round(beat)) < 0.03 for beat in onsets)
    begins = [beat % 4 for beat, _ in metas(midi, "marker")]
    assert all(min(beat, 4 - beat) < 0.05 for beat in begins)
    assert len(begins) == 2


def test_without_a_clock_calls_and_answers_are_on_the_grid_although_the_player_is_not(tmp_path: Path) -> None:
    """Three calls at odd times: each begins on a beat of the file, and its notes stand on beats."""
    recorder = InMemory(lambda: 0.0)
    stage = Stage(observers=[recorder], tempo_from="auto")
    play(stage, [0.0, 9.37, 20.11])
    written(recorder, tmp_path)
    onsets = [note.onset_ticks / TICKS_PER_BEAT for note in read_midi_file(tmp_path / "x.mid").tracks[1].notes]
    assert len(onsets) == 12
    assert all(abs(beat - round(beat)) < 0.04 for beat in onsets)

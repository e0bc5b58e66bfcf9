"""The demo: the whole bridge on ports in memory, with a real engine process and random weights."""

from __future__ import annotations

import itertools
import subprocess
import sys
import threading
from pathlib import Path

import mido
import pytest

from bridge.config import Config
from bridge.demo import BUILT_IN, Played, built_in_phrase, play_phrase, read_phrase, run_demo
from bridge.ports.loopback import LoopbackPorts
from engine.checkpoint import save
from engine.errors import UserError
from tests.paths import ROOT
from tests.tiny import tiny_checkpoint


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint of random weights in a folder."""
    tiny = tiny_checkpoint("note")
    return save(tmp_path_factory.mktemp("checkpoint"), tiny.model, tiny.tokenizer, {})


def short_phrase(path: Path) -> Path:
    """Write four notes of a fifth of a second."""
    track = mido.MidiTrack()
    for pitch in (60, 64, 67, 60):
        track.append(mido.Message("note_on", note=pitch, velocity=80, time=0))
        track.append(mido.Message("note_on", note=pitch, velocity=0, time=192))
    midi = mido.MidiFile(ticks_per_beat=480)
    midi.tracks.append(track)
    midi.save(str(path))
    return path


def test_a_phrase_is_answered_and_both_are_written(checkpoint: Path, tmp_path: Path) -> None:
    """Exit code 0 by itself; what was played stands on one track, what was answered on another, all closed."""
    out = tmp_path / "take.mid"
    phrase = short_phrase(tmp_path / "phrase.mid")
    command = [sys.executable, "-m", "bridge.cli", "demo", "--checkpoint", str(checkpoint), "--seed", "3"]
    ended = subprocess.run(
        [*command, "--input", str(phrase), "--out", str(out)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    tracks = {track.name: track for track in mido.MidiFile(str(out)).tracks}
    assert [m.note for m in tracks["player"] if m.type == "note_on"] == [60, 64, 67, 60]
    answer = [m for m in tracks["answer"] if not m.is_meta]
    assert sum(m.type == "note_on" for m in answer) == sum(m.type == "note_off" for m in answer) > 0
    assert "answer " in ended.stdout


def test_a_file_is_read_from_its_first_note_on(tmp_path: Path) -> None:
    """Leading silence is left out; a note-on with velocity 0 ends a note."""
    phrase = read_phrase(short_phrase(tmp_path / "phrase.mid"))
    assert [(note.pitch, round(note.on_s, 3)) for note in phrase] == [(60, 0.0), (64, 0.2), (67, 0.4), (60, 0.6)]
    assert all(round(note.off_s - note.on_s, 3) == 0.2 for note in phrase)


@pytest.mark.parametrize("content", [b"", b"MThd", b"not a midi file at all"])
def test_a_file_that_is_no_midi_is_refused(tmp_path: Path, content: bytes) -> None:
    """The error names the file."""
    path = tmp_path / "x.mid"
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"x\.mid"):
        read_phrase(path)


def test_a_file_without_notes_is_refused(tmp_path: Path) -> None:
    """There must be something to answer."""
    mido.MidiFile().save(str(tmp_path / "x.mid"))
    with pytest.raises(UserError, match="no note"):
        read_phrase(tmp_path / "x.mid")


def test_the_built_in_phrase_is_two_bars_of_single_notes() -> None:
    """Each note ends before the next begins; in all eight beats."""
    phrase = built_in_phrase()
    assert all(note.off_s < after.on_s for note, after in itertools.pairwise(phrase))
    assert sum(beats for _, beats in BUILT_IN) == 8.0


def test_a_take_that_cannot_be_written_is_refused_before_anything_is_played(tmp_path: Path) -> None:
    """A folder of that name takes no file."""
    (tmp_path / "take.mid").mkdir()
    with pytest.raises(UserError, match="cannot be written"):
        run_demo(Config(), None, str(tmp_path / "take.mid"))


def test_playing_stops_when_told() -> None:
    """A demo that is interrupted does not play on."""
    ports, stop = LoopbackPorts(), threading.Event()
    stop.set()
    play_phrase(ports, [Played(60, 80, 5.0, 6.0)], stop)
    assert ports.poll(0.0) == []

"""A MIDI file as sound, where fluidsynth is, and a sentence with the next step where it is not."""

from __future__ import annotations

import array
import math
import shutil
import wave
from pathlib import Path

import pytest

from bridge.recording.score import write_take
from bridge.recording.sound import find_soundfont, render
from engine.errors import UserError
from tests.bridge.recording.takes import a_take


def soundfont() -> Path | None:
    try:
        return find_soundfont()
    except UserError:
        return None


@pytest.fixture
def midi(tmp_path: Path) -> Path:
    """Return a file with a take in it."""
    write_take(a_take(), tmp_path / "take.mid")
    return tmp_path / "take.mid"


@pytest.mark.skipif(shutil.which("fluidsynth") is None or soundfont() is None, reason="needs fluidsynth")
def test_a_file_is_heard_as_long_as_it_lasts_and_does_not_clip(
    midi: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Stereo of 16 bits at 44.1 kHz; sound in it from the first note on."""
    out = midi.with_suffix(".wav")
    assert render(midi, out) == 0
    with wave.open(str(out)) as sound:
        assert (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) == (2, 2, 44100)
        samples = array.array("h", sound.readframes(sound.getnframes()))
    level = math.sqrt(sum(sample * sample for sample in samples[: 2 * 44100]) / (2 * 44100))
    assert len(samples) / 2 / 44100 > 3.0
    assert level > 100
    assert max(map(abs, samples)) < 32767
    assert "5 notes" in capsys.readouterr().out


def test_without_fluidsynth_the_next_step_is_said(midi: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """How to install it here."""
    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(UserError, match="fluidsynth is not installed; "):
        render(midi, midi.with_suffix(".wav"))


def test_without_a_soundfont_the_next_step_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable goes before the system's places."""
    monkeypatch.delenv("SOUNDFONT", raising=False)
    with pytest.raises(UserError, match="no soundfont found; install one"):
        find_soundfont([str(tmp_path / "none.sf2")])
    monkeypatch.setenv("SOUNDFONT", str(tmp_path / "mine.sf2"))
    assert find_soundfont([]) == tmp_path / "mine.sf2"


@pytest.mark.parametrize(
    ("file", "wav", "said"),
    [
        ("none.mid", "x.wav", "no such file"),
        ("take.mid", "x.mp3", "end its name in .wav"),
        ("take.mid", "none/x.wav", "does not exist; make it first"),
    ],
)
def test_a_name_that_is_none_is_refused(midi: Path, file: str, wav: str, said: str) -> None:
    """Before anything is rendered."""
    with pytest.raises(UserError, match=said):
        render(midi.parent / file, midi.parent / wav)

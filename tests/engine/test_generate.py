"""The paper's experiment from the command line: prompts in, numbers and a MIDI file out."""

from __future__ import annotations

import io
import sys
from dataclasses import replace
from pathlib import Path

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

import engine.checkpoint as checkpoint
from engine.errors import UserError
from engine.generate import generate, main, parse_prompt, pitch_number
from engine.improviser import Improviser
from engine.messages import Goal, Sampling
from engine.midi_file import read_melody
from engine.midi_out import Part, midi_notes, write_midi
from engine.notes import Note
from tests.tiny import tiny_checkpoint

PAPER = "E4 F#4 G#4 A4 B4 F#4"


@pytest.fixture(params=["note", "pitch", "plain"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return a saved checkpoint of each kind."""
    tiny = tiny_checkpoint(request.param)
    return str(checkpoint.save(tmp_path / "tiny", tiny.model, tiny.tokenizer))


def pitches(text: str) -> list[int]:
    return [note.pitch for note in parse_prompt(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (PAPER, [64, 66, 68, 69, 71, 66]),
        ("64 66 68", [64, 66, 68]),
        ("64, 66,68\n70", [64, 66, 68, 70]),
        ("C-1 G9 c4 Bb3 b3 bb3 Cb4 B#3 F##4 Ebb4 F♯4", [0, 127, 60, 58, 59, 58, 59, 60, 67, 62, 66]),
        ("C-1 64 E4", [0, 64, 64]),
        ("0 127", [0, 127]),
    ],
)
def test_prompts_are_read(text: str, expected: list[int]) -> None:
    """Names in any case, sharps and flats, negative octaves and MIDI numbers, mixed as one likes."""
    assert pitches(text) == expected


@given(st.integers(0, 127))
def test_every_midi_number_has_a_name_that_is_read_back(number: int) -> None:
    """C#4 and Db4 and 61 are one pitch."""
    names = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
    flats = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
    octave, tone = divmod(number, 12)
    assert pitch_number(f"{names[tone]}{octave - 1}") == number
    assert pitch_number(f"{flats[tone]}{octave - 1}") == number
    assert pitch_number(str(number)) == number


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("E4 H4", "'H4' is no note"),
        ("E4 4.5", "'4.5' is no note"),
        ("128", "MIDI number 128; it takes 0 to 127"),
        ("-1", "MIDI number -1"),
        ("G#9", "MIDI number 128"),
        ("Cb-1", "MIDI number -1"),
        ("none.mid", "no such file"),
    ],
)
def test_prompts_that_are_none_are_refused(text: str, message: str) -> None:
    """The first wrong word is named, with what it may be."""
    with pytest.raises(UserError, match=message):
        parse_prompt(text)


def test_the_continuation_is_printed_and_written(
    folder: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As many numbers as asked for come out, and the file holds prompt and continuation."""
    out = tmp_path / "melody.mid"
    arguments = [PAPER, "--notes", "25", "--temperature", "1.2", "--top-k", "7", "--out", str(out)]
    assert main([*arguments, "--checkpoint", folder, "--device", "cpu", "--seed", "4"]) == 0
    numbers = [int(word) for word in capsys.readouterr().out.split()]
    assert len(numbers) == 25
    assert all(0 <= number <= 127 for number in numbers)
    assert [note.pitch for note in read_melody(out)] == [64, 66, 68, 69, 71, 66, *numbers]
    sounding = 0
    for message in mido.MidiFile(out):
        sounding += {"note_on": 1, "note_off": -1}.get(message.type, 0)
        assert sounding in (0, 1)
    assert sounding == 0


def test_the_same_seed_gives_the_same_bytes(folder: str, tmp_path: Path) -> None:
    """A seed repeats the file exactly; another one does not."""
    files = [tmp_path / name for name in ("a.mid", "b.mid", "c.mid")]
    for file, seed in zip(files, (7, 7, 8), strict=True):
        generate(PAPER, 30, checkpoint=folder, device="cpu", seed=seed, out=file)
    one, two, three = (file.read_bytes() for file in files)
    assert one == two != three


def test_without_durations_the_rhythm_is_the_prompts(tmp_path: Path) -> None:
    """A MIDI prompt lends its rhythm to a continuation by a pitch-only checkpoint."""
    tiny = tiny_checkpoint("pitch")
    folder = checkpoint.save(tmp_path / "tiny", tiny.model, tiny.tokenizer)
    prompt = tmp_path / "prompt.mid"
    write_midi(prompt, [Part("", midi_notes([Note(60, 0.5), Note(62, 1.5), Note(64, 1.0)]))])
    notes = generate(str(prompt), 6, checkpoint=str(folder), device="cpu", seed=1)
    assert [note.duration_beats for note in notes] == [0.5, 1.5, 1.0] * 2


def test_more_notes_than_the_context_holds(tmp_path: Path) -> None:
    """The continuation may be longer than the model's context."""
    tiny = tiny_checkpoint("note")
    folder = str(checkpoint.save(tmp_path / "tiny", tiny.model, tiny.tokenizer))
    notes = generate(PAPER, 150, checkpoint=folder, device="cpu", sampling=Sampling(temperature=1.2), seed=1)
    assert len(notes) == 150


def test_a_continuation_never_goes_round_the_same_notes_for_long() -> None:
    """What went round eight times is left, at the greediest; without the loop guard it goes on for long."""
    rounds = "60 67 60 67 64 " * 8
    greedy = Sampling(temperature=0.0)
    stuck = generate(rounds, 40, device="cpu", sampling=replace(greedy, loop_guard=0.0))
    assert [note.pitch for note in stuck][:30] == [60, 67, 60, 67, 64] * 6
    freed = [note.pitch for note in generate(rounds, 40, device="cpu", sampling=greedy)]
    assert freed[0] != 60
    assert all(freed[at : at + 20] != freed[at + 5 : at + 25] for at in range(16))


def test_an_answer_may_go_on_with_the_players_riff() -> None:
    """A riff that the player has gone round four times is no fault of the model's: live answers keep it."""
    improviser = Improviser(checkpoint.load("essen", "cpu"), 1)
    riff = parse_prompt("60 67 60 67 64 " * 4)
    improviser.sync(0, riff)
    improviser.begin(Sampling(temperature=0.0), Goal(length_beats=100.0, call_notes=len(riff)))
    assert [improviser.draw().note.pitch for _ in range(5)] == [60, 67, 60, 67, 64]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([PAPER, "--notes", "0"], "--notes 0; it takes 1 to"),
        ([PAPER, "--temperature", "nan"], "--temperature: 'nan' refused; it takes a number from 0 to 2"),
        ([PAPER, "--top-k", "-1"], "--top-k: '-1' refused; it takes a whole number from 0 to 128"),
        ([PAPER, "--seed", "-5"], "--seed -5"),
        (
            [PAPER, "--checkpoint", "essen-pitch", "--style", "Atlantis"],
            "--style 'Atlantis'; 'essen-pitch' takes one of any",
        ),
        ([PAPER, "--checkpoint", "nowhere"], "checkpoint 'nowhere'"),
        ([PAPER, "--out", "/nowhere/at/all.mid"], "there is no folder"),
        ([PAPER, "--out", "melody.txt"], "--out melody.txt: it is written as MIDI; end its name in .mid or .midi"),
        ([PAPER, "--out", "melody"], "end its name in .mid or .midi"),
        ([PAPER, "--device", "tpu"], "device 'tpu'"),
        ([PAPER, "--notes", "many"], "invalid int value"),
        ([], "required: prompt"),
        (["E4 Q"], "'Q' is no note"),
    ],
)
def test_mistakes_are_a_sentence_and_exit_code_two(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Nothing is printed but what is wrong."""
    if "--device" in arguments:
        tiny = tiny_checkpoint("plain")
        folder = checkpoint.save(tmp_path / "t", tiny.model, tiny.tokenizer)
        arguments = [*arguments, "--checkpoint", str(folder)]
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert message in captured.err
    assert captured.err.startswith("melody-bridge: ")
    assert captured.err.count("\n") == 1


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("name", ["melody.mid", "melody.MIDI"])
def test_midi_is_written_under_its_own_names(name: str, tmp_path: Path) -> None:
    """Both suffixes are taken, in either case."""
    tiny = tiny_checkpoint("plain")
    folder = str(checkpoint.save(tmp_path / "tiny", tiny.model, tiny.tokenizer))
    generate(PAPER, 3, checkpoint=folder, device="cpu", seed=1, out=tmp_path / name)
    assert len(read_melody(tmp_path / name)) == 9


def test_a_long_continuation_tells_a_terminal_how_far_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The line counts the notes and is gone at the end; the numbers alone go to standard output."""
    tiny = tiny_checkpoint("plain")
    folder = str(checkpoint.save(tmp_path / "tiny", tiny.model, tiny.tokenizer))
    arguments = [PAPER, "--checkpoint", folder, "--device", "cpu", "--seed", "1"]
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    assert main([*arguments, "--notes", "600"]) == 0
    told = terminal.getvalue()
    assert "\r300 of 600 notes" in told
    assert told.endswith("\r" + " " * len("600 of 600 notes") + "\r")
    assert len(capsys.readouterr().out.split()) == 600
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    assert main([*arguments, "--notes", "20"]) == 0
    assert terminal.getvalue() == ""


def test_progress_is_for_terminals(capsys: pytest.CaptureFixture[str], folder: str) -> None:
    """A log file gets no moving line."""
    assert main([PAPER, "--notes", "500", "--checkpoint", folder, "--device", "cpu", "--seed", "1"]) == 0
    assert capsys.readouterr().err == ""

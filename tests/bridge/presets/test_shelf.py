"""The shelf: what there is, what can be put on it, and that no name leads anywhere else."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.presets.file import Preset
from bridge.presets.shelf import Shelf, bundled_names, slug
from engine.errors import UserError


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "own")


def test_a_dozen_presets_travel_with_the_program_each_with_a_sentence_and_a_number(shelf: Shelf) -> None:
    """They are numbered from 1, so that programs and digit keys reach them."""
    numbered = shelf.numbered()
    assert list(numbered) == list(range(1, 13))
    assert {preset.name for preset in numbered.values()} == set(bundled_names())
    assert all(len(preset.about) > 20 and preset.about.endswith(".") for preset in numbered.values())


@pytest.mark.parametrize("which", ["echo", "Echo", " ECHO ", 2, 2.0, "2"])
def test_a_preset_is_found_by_name_and_by_number(shelf: Shelf, which: object) -> None:
    """In any case, and as OSC, a program or a key tells a number."""
    assert shelf.find(which).name == "echo"


@pytest.mark.parametrize(
    ("which", "said"),
    [
        ("ecko", "unknown preset 'ecko'; did you mean 'echo'?"),
        ("../../etc/passwd", "unknown preset '../../etc/passwd'"),
        (90, "there is no preset 90; there are 1 duet, 2 echo"),
        (0, "there is no preset 0"),
        (2.5, "unknown preset '2.5'"),
        (float("nan"), "unknown preset 'nan'"),
        (True, "unknown preset 'True'"),
    ],
)
def test_what_there_is_not_is_said_with_what_there_is(shelf: Shelf, which: object, said: str) -> None:
    """The nearest name, or the numbers."""
    with pytest.raises(UserError) as refused:
        shelf.find(which)
    assert said in str(refused.value)


def test_a_preset_that_is_saved_is_found_under_its_name_and_the_next_number(shelf: Shelf) -> None:
    """Letters become small, spaces hyphens; the first of one's own is the thirteenth."""
    saved = shelf.save(Preset("Late Evening", "Mine.", None, {}, {"temperature": 1.2}))
    assert (saved.name, saved.number) == ("late-evening", 13)
    assert shelf.find(13) == shelf.find("late-evening") == saved


def test_saving_again_replaces_and_keeps_number_and_sentence(shelf: Shelf) -> None:
    """Who saves twice means the second; what he wrote about it by hand stays."""
    shelf.save(Preset("evening", "First.", None, {}, {"temperature": 1.2}))
    shelf.save(Preset("other", "Other.", None, {}, {}))
    again = shelf.save(Preset("evening", "Second.", None, {}, {"temperature": 0.4}))
    assert (again.about, again.number, again.controls) == ("First.", 13, {"temperature": 0.4})
    assert shelf.find("evening") == again


def test_a_bundled_preset_is_not_written_over(shelf: Shelf) -> None:
    """Nothing good is lost: it says so and asks for another name."""
    with pytest.raises(UserError, match="'echo' comes with the program"):
        shelf.save(Preset("echo"))


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """A file stands where the folder should."""
    (tmp_path / "own").write_text("no folder")
    with pytest.raises(UserError, match=r"'evening' cannot be saved in .*own"):
        Shelf(tmp_path / "own").save(Preset("evening"))


def test_one_of_the_players_own_comes_first_and_a_broken_one_hides_nothing(shelf: Shelf, tmp_path: Path) -> None:
    """A file put there by hand may take a bundled number; one with a fault in it is told only when it is meant."""
    own = tmp_path / "own"
    own.mkdir()
    (own / "mine.yaml").write_text("number: 2\n")
    (own / "broken.yaml").write_text("number: 1\ntemprature: 1\n")
    assert shelf.find(2).name == "mine"
    assert shelf.find(1).name == "duet"
    with pytest.raises(UserError, match=r"broken.yaml:2: unknown key 'temprature'"):
        shelf.find("broken")


@given(
    st.text(max_size=50)
    | st.sampled_from(["../x", "/etc/passwd", "a/b", "a\\b", "..", "con", "c:x", "a.yaml", "12"])
)
def test_whatever_is_given_as_a_name_a_slug_is_one_plain_word(name: str) -> None:
    """No separator, no dot, no device, no number alone: either a sentence or a harmless name."""
    try:
        found = slug(name)
    except UserError:
        return
    assert found.isascii()
    assert found[0].isalpha()
    assert set(found) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert found not in ("con", "nul", "com1")

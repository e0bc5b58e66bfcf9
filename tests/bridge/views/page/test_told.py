"""What the page is told: everything that an observer hears, as plain values of JSON."""

from __future__ import annotations

import inspect
import json
from typing import Any, get_args

from bridge.controls import Controls
from bridge.observers import Observer
from bridge.outlook import Ahead, Lines, Outlook
from bridge.take import Take
from bridge.views.page.outbox import Outbox
from bridge.views.page.told import Told
from tests.bridge.recording.takes import a_take

LOOK = Outlook((Ahead(60, 80, 1.0, 1.5),), Lines(0.0, 0.5, 0.5, 3.0))
LEFT_OUT = {"on_player_pedal", "on_message", "on_turn", "on_beat", "on_save"}
"""What the page does not show: the lines tell the beats, the state tells the turn."""


def told(*calls: tuple[str, tuple[Any, ...]]) -> list[dict[str, Any]]:
    """Return what is told when an observer hears these."""
    outbox = Outbox()
    observer = Told(Controls(), outbox)
    for name, arguments in calls:
        getattr(observer, name)(*arguments)
    return outbox.take()


def test_everything_but_the_named_is_told_and_fits_json() -> None:
    """An observer's new method is told here too, or named as left out."""
    anything = {str: "bpm", int: 1, float: 1.0, bool: True, Take: a_take(), Outlook: LOOK}
    names = {name for name in vars(Observer) if name.startswith("on_")}
    assert names - set(vars(Told)) == LEFT_OUT
    for name in names - LEFT_OUT:
        parameters = inspect.signature(getattr(Observer, name), eval_str=True).parameters.values()
        kinds = [(get_args(each.annotation) or (each.annotation,))[0] for each in list(parameters)[1:]]
        news = told((name, tuple(anything[kind] for kind in kinds)))
        assert news
        assert json.loads(json.dumps(news)) == news


def test_a_value_is_told_with_its_place_on_the_travel() -> None:
    """The fader's curve is the bridge's: patience 1 stands in the middle."""
    assert told(("on_control", ("patience", 1.0, "osc"))) == [
        {"is": "control", "name": "patience", "value": 1.0, "at": 0.5, "source": "osc"}
    ]


def test_notes_come_with_their_time_and_whose_they_are() -> None:
    """A note that ends is told again, with its end; the end of none is no news."""
    news = told(
        ("on_player_note", (1.00004, 60, 80)),
        ("on_answer_note", (2.0, 64, 0, 3)),
        ("on_player_note", (2.5, 60, 0)),
    )
    note = {"is": "note", "by": "you", "pitch": 60, "velocity": 80, "on_s": 1.0}
    assert news == [{**note, "off_s": None}, {**note, "off_s": 2.5}]


def test_what_has_come_is_no_longer_to_come() -> None:
    """The note that sounds, and all of it when the player plays."""
    later = Outlook((*LOOK.notes, Ahead(62, 80, 2.0, 2.5)), None)
    for note, left in ((("on_answer_note", (1.0, 60, 80, 0)), [62]), (("on_player_note", (1.0, 50, 80)), [])):
        news = told(("on_outlook", (later,)), note)
        assert [pitch for pitch, *_ in next(each["notes"] for each in news if each["is"] == "outlook")] == left


def test_what_is_seen_ahead_is_told_in_short() -> None:
    """A note is pitch, velocity, beginning, end; each run of bar lines in its turn, none while none is known."""
    (news,) = told(("on_outlook", (LOOK,)))
    assert news["notes"] == [[60, 80, 1.0, 1.5]]
    assert news["lines"] == [{"from_s": 0.0, "origin_s": 0.5, "beat_s": 0.5, "bar_beats": 3.0}]
    assert told(("on_outlook", (Outlook(),)))[0]["lines"] == []


def test_a_new_take_is_in_hand_and_one_that_is_kept_later_is_not() -> None:
    """As the session has it."""
    take = a_take()
    news = told(("on_take", (take,)), ("on_in_hand", (1,)), ("on_take", (take,)))
    assert [each["number"] for each in news if each["is"] == "in_hand"] == [1]
    notes = next(each["notes"] for each in news if each["is"] == "take")
    assert [pitch for pitch, _, _ in notes] == [note.pitch for note in take.melody]
    assert notes[0][1] == 0.0

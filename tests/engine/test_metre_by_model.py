"""What the melody model makes of readings of the bars: engine/metre_by_model.py."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from engine.metre_by_model import ENDS_WEIGHT, MOST_NOTES, NOTES_WEIGHT, against, can_weigh, end_odds, nats
from engine.metre_net import log_softmax
from engine.notes import Metre
from engine.reading import ModelReading
from engine.tracker import Conditions
from tests.engine.test_metre import TWINKLE
from tests.tiny import tiny_checkpoint

METRES = [Metre(4.0), Metre(3.0, 1.0)]


def test_notes_cost_what_the_model_says_and_the_told_ones_nothing() -> None:
    """Costs add up along a melody and are one a metre; an end that is known costs more; nothing costs nothing."""
    checkpoint = tiny_checkpoint()
    metres = [*METRES, None]
    whole, ends = nats(checkpoint, TWINKLE, metres)
    assert ends.tolist() == [0.0] * 3
    rest, begun = nats(checkpoint, TWINKLE, metres, told=10)[0], nats(checkpoint, TWINKLE[:10], metres)[0]
    assert (begun + rest).tolist() == pytest.approx(whole.tolist(), rel=1e-4)
    assert all(cost > 0.0 for cost in nats(checkpoint, TWINKLE, metres, ends={6, len(TWINKLE) - 1})[1])
    assert [cost.tolist() for cost in nats(checkpoint, [], metres)] == [[0.0] * 3] * 2


@pytest.mark.parametrize("kind", ["note", "pitch"])
def test_a_cost_is_what_reading_step_by_step_says(kind: str) -> None:
    """In one batch the notes cost what the model gives each of their steps when it reads them one by one."""
    checkpoint = tiny_checkpoint(kind)
    metres = [None, *METRES]
    expected = []
    for metre in metres:
        reading, cost = ModelReading(checkpoint), 0.0
        reading.start(Conditions(metre))
        for note in TWINKLE[:6]:
            for step in checkpoint.tokenizer.encode([note]):
                cost -= log_softmax(reading.token_logits(reading.length))[step.token]
                if step.duration >= 0:
                    lengths = reading.duration_logits(reading.length, step.token)
                    cost -= log_softmax(lengths)[step.duration]
                reading.put(reading.length, [step])
        expected.append(cost)
    assert nats(checkpoint, TWINKLE[:6], metres)[0].tolist() == pytest.approx(expected, rel=1e-4)


def test_the_model_counts_for_less_than_the_net() -> None:
    """What it has against a metre is what the call costs it, tempered, and its end."""
    checkpoint = tiny_checkpoint()
    call = TWINKLE[:10]
    notes, end = nats(checkpoint, call, METRES, ends={9})
    assert against(checkpoint, call, METRES) == pytest.approx((NOTES_WEIGHT * notes + ENDS_WEIGHT * end).tolist())


def test_of_a_long_call_the_end_is_weighed_under_the_same_bar_lines() -> None:
    """Notes before the latest count for nothing, but for where the bars lie."""
    checkpoint = tiny_checkpoint()
    call = [*TWINKLE, *TWINKLE]
    begin = len(call) - MOST_NOTES
    beats = sum(note.duration_beats for note in call[:begin])
    moved = [replace(each, upbeat_beats=(each.upbeat_beats + beats) % each.beats_per_bar) for each in METRES]
    assert against(checkpoint, call, METRES) == against(checkpoint, call[begin:], moved)


def test_a_model_that_reads_no_metre_cannot_weigh_any() -> None:
    """Of pitches alone no bar line is read."""
    assert can_weigh(tiny_checkpoint("note"))
    assert not can_weigh(tiny_checkpoint("pitch"))


@pytest.mark.parametrize("kind", ["note", "pitch"])
def test_ends_are_told_of_each_note_as_if_the_bars_were_unknown(kind: str) -> None:
    """Read step by step without a metre each note has the same odds; without such a head none ends anything."""
    checkpoint = tiny_checkpoint(kind)
    found = end_odds(checkpoint, TWINKLE[:6])
    reading = ModelReading(checkpoint)
    reading.start(Conditions(None))
    for note, odds in zip(TWINKLE[:6], found, strict=True):
        reading.put(reading.length, checkpoint.tokenizer.encode([note]))
        chance = reading.phrase_end()
        if chance is None:
            assert odds < -9.0
        else:
            assert odds == pytest.approx(math.log(chance / (1.0 - chance)), abs=1e-3)
    assert end_odds(checkpoint, []) == []


def test_of_a_melody_longer_than_the_context_the_beginning_is_read() -> None:
    """Notes behind it end no phrase."""
    checkpoint = tiny_checkpoint()
    long = TWINKLE * (checkpoint.config.context // len(TWINKLE) + 1)
    found = end_odds(checkpoint, long)
    assert len(found) == len(long)
    assert found[0] > -9.0 > found[-1]

"""Melodies as steps, with what is said of them, for tests that draw them at random."""

from __future__ import annotations

from hypothesis import strategies as st

from engine.notes import Metre
from engine.styles import ANY, Style
from engine.tokenizer import NoteTokenizer, PitchTokenizer, Step
from engine.tracker import Conditions

NOTE = NoteTokenizer(styles=("China", "Irland"), duration_table=(0.25, 0.5, 1.0, 2.0))
PAPER = PitchTokenizer()

# Few pitches and lengths, so that repetitions are frequent.
note_steps = st.lists(
    st.builds(Step, st.sampled_from((20, 22, 24, 25, 27, NOTE.rest, NOTE.unk)), st.integers(0, 3)), max_size=60
)
paper_steps = st.lists(st.builds(Step, st.sampled_from((10, 12, 14, 15, PAPER.unk)), st.just(-1)), max_size=60)
given_conditions = st.builds(
    Conditions,
    st.none()
    | st.builds(
        Metre,
        st.sampled_from((1.5, 2.0, 3.0, 4.0, 7.25)),
        st.sampled_from((0.0, 0.5, 1.0)),
        st.sampled_from((0.0, 1.0, 1.5, 2.0, 5.0)),
    ),
    st.booleans(),
    st.sampled_from((ANY, Style("China"), Style("nowhere"))),
)
melodies = st.one_of(st.tuples(st.just(NOTE), note_steps), st.tuples(st.just(PAPER), paper_steps))

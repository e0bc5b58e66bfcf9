"""The one table of actions: what can be asked for beside moving a control. OSC, keys and the pages come from it.

What an action does is not known here; the session does it, and says so of one that it does not know.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ActionRow:
    """Describe one action.

    sentence: what it does, for a player; key: what asks for it in the live view, or ""; osc: whether
    `/melody/NAME` does; argument: what it takes there, in a word, or "".
    """

    name: str
    sentence: str
    key: str = ""
    osc: bool = True
    argument: str = ""


ACTIONS: tuple[ActionRow, ...] = (
    ActionRow("answer", "passes the turn now; with nothing new played, goes on from what was heard last", " "),
    ActionRow("again", "plays the take in hand once more; in hand is the last answer, or what `take` chose", "a"),
    ActionRow("vary", "another answer to the call of the take in hand, as if that take had not been heard", "v"),
    ActionRow("undo", "takes the last answer out of what was heard, and the one before it when sent again", "u"),
    ActionRow("keep", "marks the take in hand, or the answer that sounds now, as kept", "k"),
    ActionRow("more", "moves `closeness` halfway to where answers are as near to their call as this one", "m"),
    ActionRow("loop", "repeats a take in whole bars until you play; sent again, the round is the last", "l"),
    ActionRow("take", "takes the take of this number in hand, until the next answer", argument="number"),
    ActionRow(
        "count", "counts `count_in` bars, or one, before [your bars](controls.md#counting-in), in turn bars", "i"
    ),
    ActionRow("stop", "ends what sounds and forgets the phrase in progress"),
    ActionRow("panic", "silences everything, on every channel, at once", "p"),
    ActionRow("tap", "one beat of a tapped tempo", "t"),
    ActionRow("forget", "forgets all that was heard: the next phrase starts afresh", "f"),
    ActionRow(
        "calibrate", "measures the way through the DAW and sets `offset`: [how](controls.md#calibrate)", "c"
    ),
    ActionRow("save", "writes the session so far as a MIDI file, as the end does too", "s"),
    ActionRow("preset", "recalls a [preset](presets.md) by its name or number", argument="name"),
    ActionRow("preset/save", "keeps what is set now as a preset of yours", argument="name"),
    ActionRow(
        "checkpoint",
        "changes the [model](controls.md#models); the old plays until it is ready",
        argument="name",
    ),
    ActionRow(
        "learn",
        "gives the next MIDI controller that moves to a [control or action](controls.md#midi-controllers)",
        "b",
        argument="name",
    ),
    ActionRow("model", "changes to the next model of those that are installed", "n"),
    ActionRow("quit", "ends the program", "q", osc=False),
)
"""Every action. A new one is a row here, and a case in `Session`."""

"""The MIDI systems of this machine, as RtMidi has them: the only file that imports rtmidi."""

from __future__ import annotations

import sys
from typing import Any

from bridge.ports.port_names import find_port
from bridge.urgency import Helper
from engine.errors import UserError

RTMIDI_APIS = {
    "jack": "API_UNIX_JACK",
    "alsa": "API_LINUX_ALSA",
    "coremidi": "API_MACOSX_CORE",
    "winmm": "API_WINDOWS_MM",
}
"""Our names for RtMidi's, in the order in which `auto` tries them: a JACK server that runs was started on
purpose, and the Linux DAWs that see no ALSA sequencer see JACK."""

CLIENT_NAME = "melody-bridge"
CLOSE_WITHIN_S = 0.3


class NotHereError(UserError):
    """This API is not on this machine, or no server of it runs: another may do."""


def compiled_apis() -> list[str]:
    """Return the names of the MIDI APIs that this RtMidi can speak, in the order `auto` tries them."""
    rtmidi = load_rtmidi()
    compiled = set(rtmidi.get_compiled_api())
    return [name for name, symbol in RTMIDI_APIS.items() if getattr(rtmidi, symbol) in compiled]


def list_ports() -> dict[str, dict[str, list[str]] | str]:
    """Return by API what can be played into the bridge ("inputs") and out of it ("outputs"), or why not."""
    rtmidi = load_rtmidi()
    found: dict[str, dict[str, list[str]] | str] = {}
    for name in compiled_apis():
        try:
            code = code_of(name)
            found[name] = {
                "inputs": rtmidi.MidiIn(code, name=CLIENT_NAME).get_ports(),
                "outputs": rtmidi.MidiOut(code, name=CLIENT_NAME).get_ports(),
            }
        except (rtmidi.RtMidiError, OSError, RuntimeError) as error:
            found[name] = one_line(error)
    return found


def next_steps() -> str:
    """Return what to do on this system when MIDI does not work."""
    demo = "or hear it without MIDI: melody-bridge demo"
    if sys.platform.startswith("linux"):
        return (
            "Load ALSA's sequencer (sudo modprobe snd-seq), or start JACK (jackd -d dummy, or QjackCtl); "
            f"with PipeWire: pw-jack melody-bridge; {demo}"
        )
    return f"Look what is there: melody-bridge ports; {demo}"


def load_rtmidi() -> Any:
    """Return RtMidi's module."""
    import rtmidi  # loaded late: --help and the tests of pure code do without it

    return rtmidi


def code_of(api: str) -> int:
    """Return RtMidi's number of an API; raise NotHereError where it is not on this system."""
    rtmidi = load_rtmidi()
    if api not in RTMIDI_APIS or api not in compiled_apis():
        raise NotHereError(f"midi-api: '{api}' is not on this system; it has {', '.join(compiled_apis())}")
    return int(getattr(rtmidi, RTMIDI_APIS[api]))


def open_existing(end: Any, name: str) -> set[str]:
    """Open the existing port that fits a name; return its name. Raises UserError when none does, or several."""
    ports = end.get_ports()
    port = find_port(name, ports)
    end.open_port(ports.index(port))
    return {port}


def one_line(error: BaseException) -> str:
    """Return what an error says, in one line without a full stop."""
    return " ".join(str(error).split()).rstrip(".")


def close_bounded(*ends: Any) -> bool:
    """Close and delete RtMidi objects; return False when that hangs."""

    def close() -> None:
        for end in ends:
            if end is not None:
                end.close_port()
                end.delete()

    worker = Helper(close, "close-midi")
    worker.start()
    worker.join(CLOSE_WITHIN_S)
    return not worker.is_alive()

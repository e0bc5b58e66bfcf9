"""A stand-in for RtMidi, whose APIs work or do not, and list what ports they like."""

from __future__ import annotations

import sys

import pytest

from bridge.ports import jack_output


class Rtmidi:
    """RtMidi's module, as far as opening goes: `works` names the APIs that do."""

    API_UNIX_JACK, API_LINUX_ALSA, API_MACOSX_CORE, API_WINDOWS_MM = 1, 2, 3, 4

    class RtMidiError(OSError):
        pass

    def __init__(self, compiled: list[int], works: list[int], ports: list[str] | None = None) -> None:
        self._compiled, self.works, self.ports = compiled, works, ports or []
        self.opened: list[object] = []
        self.sent: list[object] = []
        self.appearing: list[str] = []

    def get_compiled_api(self) -> list[int]:
        return self._compiled

    def MidiIn(self, code: int, name: str, queue_size_limit: int = 0) -> End:  # noqa: N802
        return End(self, code)

    MidiOut = MidiIn


class End:
    """A port of either kind, which has two messages waiting."""

    def __init__(self, module: Rtmidi, code: int) -> None:
        if code not in module.works:
            raise module.RtMidiError("no server")
        self._module, self.waiting = module, [([0x90, 60, 1], 0.0), ([0x80, 60, 0], 0.1)]

    def ignore_types(self, **_: bool) -> None: ...

    def get_ports(self) -> list[str]:
        return list(self._module.ports)

    def open_virtual_port(self, name: str) -> None:
        self._module.opened.append(name)
        self._module.ports += [f"melody-bridge:{name} 128:0", *self._module.appearing]

    def open_port(self, number: int) -> None:
        self._module.opened.append(self._module.ports[number])

    def get_message(self) -> object:
        return self.waiting.pop(0) if self.waiting else None

    def send_message(self, message: object) -> None:
        self._module.sent.append(message)

    def close_port(self) -> None: ...

    def delete(self) -> None: ...


def with_rtmidi(monkeypatch: pytest.MonkeyPatch, module: Rtmidi) -> Rtmidi:
    """Let a stand-in be imported for RtMidi, and JACK have no output to the frame; return it."""
    monkeypatch.setitem(sys.modules, "rtmidi", module)
    monkeypatch.setattr(jack_output, "PLAYER", (sys.executable, "-c", "print('no frames here')"))
    return module

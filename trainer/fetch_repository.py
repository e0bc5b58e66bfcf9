"""Fetch a corpus from where it is published: the archive of a commit, of which only what is read is kept.

An archive is read as it comes and never stored: of the Lieder's 660 MB, 10 are wanted. What was kept is checked
each time that it is read, and stands under its name whole or not at all.
"""

from __future__ import annotations

import http.client
import io
import tarfile
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.errors import UserError
from engine.files import cache_folder, write_whole
from trainer.archives import DAMAGED
from trainer.repositories import REPOSITORIES, Repository, digest_of
from trainer.songbook import MOST_BYTES, Copy, copy_in

_TIMEOUT_S = 60.0


def fetch_repository(name: str, folder: Path | None = None) -> Copy:
    """Return a corpus from the cache, or as it is published.

    Raise UserError when it cannot be had, is cut off, or is not what was counted.
    """
    repository = REPOSITORIES[name]
    kept = (folder or cache_folder()) / f"{name}-{repository.commit[:7]}.zip"
    cached = _cached(name, kept)
    if cached is not None:
        return cached
    files = sorted(_downloaded(repository))
    digest = digest_of(files)
    if digest != repository.digest:
        raise UserError(
            f"{repository.url}: the {len(files):,} files of {name} in it have the checksum {digest[:16]}…, not "
            f"{repository.digest[:16]}…; it is not what was counted, so it is not used: get a copy of "
            f"{repository.owner_and_name} at {repository.commit[:7]} and name it with --from"
        )
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        write_whole(kept, _packed(files))
    except OSError as error:
        raise UserError(
            f"{kept}: the copy cannot be kept there ({error.strerror}); free or name a place"
        ) from None
    return Copy(name, kept, tuple(files))


def _cached(name: str, kept: Path) -> Copy | None:
    """Return what was fetched before, if it is whole."""
    if not kept.is_file():
        return None
    try:
        copy = copy_in(name, kept)
    except UserError:
        return None
    return copy if copy is not None and digest_of(copy.files) == copy.repository.digest else None


def _downloaded(repository: Repository) -> list[tuple[str, bytes]]:
    """Return the files of a corpus that are read."""
    try:
        with _opened(repository.url) as answer:
            if repository.single:
                return [(repository.single, answer.read(MOST_BYTES))]
            return list(_wanted(answer, repository))
    except (tarfile.TarError, EOFError, http.client.IncompleteRead) as error:
        raise UserError(
            f"{repository.url}: what came is damaged or cut off ({error or 'it ends too early'}); try again"
        ) from None
    except urllib.error.HTTPError as error:
        raise UserError(
            f"{repository.url}: the server answers {error.code} ({error.reason}); get a copy of "
            f"{repository.owner_and_name} and name it with --from"
        ) from None
    except DAMAGED as error:
        reason = getattr(error, "reason", error)
        raise UserError(
            f"{repository.url}: it cannot be fetched ({reason}); check the network, or name a copy with --from"
        ) from None


@contextmanager
def _opened(url: str) -> Iterator[http.client.HTTPResponse]:
    request = urllib.request.Request(url, headers={"User-Agent": "melody-train"})
    with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:
        yield answer


def _wanted(answer: http.client.HTTPResponse, repository: Repository) -> Iterator[tuple[str, bytes]]:
    size = 0
    with tarfile.open(fileobj=answer, mode="r|gz") as archive:
        for member in archive:
            name = repository.name_within(member.name) if member.isfile() else None
            if name is None:
                continue
            size += member.size
            if size > MOST_BYTES:
                raise tarfile.ReadError(f"its files are larger than {MOST_BYTES >> 20} MiB")
            file = archive.extractfile(member)
            yield name, file.read() if file else b""


def _packed(files: list[tuple[str, bytes]]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            # A date of its own, so that the same files are the same archive.
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return packed.getvalue()

"""Open what songs come in: a folder, file, zip, tar or git repository, as names and how to get their bytes."""

from __future__ import annotations

import lzma
import os
import subprocess
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO

from engine.errors import UserError

DAMAGED = (OSError, EOFError, RuntimeError, zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError)
"""What reading a file of an archive raises when the archive is damaged (RuntimeError: encrypted, or packed in an
unknown way)."""


MOST_BYTES = 64 << 20
"""Of one file; the largest of the song corpora has 4 MB. A few packed bytes can hold more than any memory."""
MOST_IN_ALL = 4 << 30
"""Of all files that are read of a source."""
_DRAIN_BYTES = 1 << 20


class NoSuchCommitError(UserError):
    """Say that a git repository lacks a commit."""


class TooLargeError(OSError):
    """Say that a file is larger than any song is."""


@dataclass(frozen=True)
class File:
    """One file of a source: its name within it, with slashes, and how to get its bytes.

    Reading raises one of DAMAGED, and UserError where the source has given too much in all.
    """

    name: str
    read: Callable[[], bytes]


class _Allowance:
    """Read files up to bounds: of each, and of all of a source."""

    def __init__(self, source: Path) -> None:
        self._source, self._left = source, MOST_IN_ALL

    def take(self, file: IO[bytes]) -> bytes:
        """Return what is in an open file; raise TooLargeError, or UserError, instead of holding too much."""
        data = file.read(min(MOST_BYTES, self._left) + 1)
        self.count(len(data))
        return data

    def count(self, size: int) -> None:
        """Count a file of so many bytes; raise TooLargeError or UserError where it is too large."""
        if size > MOST_BYTES:
            raise TooLargeError(f"it is larger than {MOST_BYTES >> 20} MiB; no song is")
        self._left -= size
        if self._left < 0:
            raise UserError(
                f"{self._source}: its files hold more than {MOST_IN_ALL >> 20:,} MiB in all; name a part of it"
            )


class Archive:
    """List the files of a source in a `with` block, sorted by name; what is read is read within it.

    `with` raises UserError when the source is missing, damaged or none of what can be opened.
    """

    def __init__(self, source: Path, commit: str = "HEAD") -> None:
        """Name a source; commit: which one of a git repository is read."""
        self._source, self._commit = source, commit
        self._allowance = _Allowance(source)
        self._open = ExitStack()

    def __enter__(self) -> list[File]:
        source = self._source
        if not source.exists():
            raise UserError(f"{source}: there is no such file or folder; name a folder, file or zip of songs")
        try:
            if is_bare_repository(source):
                files = self._of_git()
            elif source.is_dir():
                files = [
                    File(path.relative_to(source).as_posix(), _Plain(path, self._allowance))
                    for path in source.rglob("*")
                    if path.is_file() and ".git" not in path.relative_to(source).parts
                ]
            elif zipfile.is_zipfile(source):
                files = self._of_zip()
            elif source.suffix.lower() in (".zip", ".whl"):
                raise zipfile.BadZipFile("its end, where its table of contents is, is missing")
            elif _is_tar(source):
                files = self._of_tar()
            else:
                files = [File(source.name, _Plain(source, self._allowance))]
        except DAMAGED as error:
            raise UserError(f"{source}: it is damaged or cut off ({error}); get it again") from None
        return sorted(files, key=lambda file: file.name)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def _of_zip(self) -> list[File]:
        archive = self._open.enter_context(zipfile.ZipFile(self._source))
        names = [member.filename for member in archive.infolist() if not member.is_dir()]
        return [File(name, _ZipMember(archive, name, self._allowance)) for name in names]

    def _of_tar(self) -> list[File]:
        archive = self._open.enter_context(tarfile.open(self._source))  # noqa: SIM115 (closed with the stack)
        return [
            File(member.name, _TarMember(archive, member, self._allowance))
            for member in archive
            if member.isfile()
        ]

    def _of_git(self) -> list[File]:
        repository = _Repository(self._source)
        files = repository.files(self._commit)
        git = self._open.enter_context(repository.blobs())
        return [File(name, _Blob(git, blob, self._allowance)) for name, blob in files]


def is_bare_repository(path: Path) -> bool:
    """Say whether a folder is a git repository without a working tree."""
    return (path / "HEAD").is_file() and (path / "objects").is_dir() and (path / "refs").is_dir()


def _is_tar(path: Path) -> bool:
    """Say whether a file is a tar, packed or not; one that is cut off within its first block is none."""
    if path.name.lower().endswith((".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.bz2")):
        return True
    try:
        return tarfile.is_tarfile(path)
    except DAMAGED:
        return False


@dataclass(frozen=True)
class _Plain:
    path: Path
    allowance: _Allowance

    def __call__(self) -> bytes:
        with open(self.path, "rb") as file:
            return self.allowance.take(file)


@dataclass(frozen=True)
class _ZipMember:
    archive: zipfile.ZipFile
    name: str
    allowance: _Allowance

    def __call__(self) -> bytes:
        with self.archive.open(self.name) as file:
            return self.allowance.take(file)


@dataclass(frozen=True)
class _TarMember:
    archive: tarfile.TarFile
    member: tarfile.TarInfo
    allowance: _Allowance

    def __call__(self) -> bytes:
        file = self.archive.extractfile(self.member)
        return self.allowance.take(file) if file else b""


def _offline() -> dict[str, str]:
    """Return the environment in which git fetches nothing.

    Of a repository that was cloned in part it would fetch what is missing, by whatever command its config names.
    """
    return {**os.environ, "GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "none", "GIT_TERMINAL_PROMPT": "0"}


@dataclass(frozen=True)
class _Repository:
    """Read a bare git repository through git; only objects that are wanted need be there."""

    path: Path

    def files(self, commit: str) -> list[tuple[str, str]]:
        """Return name and blob of each file of a commit; raise UserError when it is not there."""
        try:
            listing = self.git(["ls-tree", "-rz", commit])
        except FileNotFoundError:
            raise UserError(
                f"{self.path}: it is a git repository, and there is no git to read it; name a folder or zip"
            ) from None
        except subprocess.CalledProcessError:
            raise NoSuchCommitError(
                f"{self.path}: it has no commit {commit}; fetch it there, or name another copy"
            ) from None
        entries = [entry.split(b"\t", 1) for entry in listing.split(b"\0") if entry]
        return [
            (name.decode("utf-8", "replace"), about.split()[2].decode())
            for about, name in entries
            if about.split()[1] == b"blob"
        ]

    def git(self, arguments: Sequence[str]) -> bytes:
        """Return what git prints; raise CalledProcessError when it fails."""
        command = [*self._command, *arguments]
        return subprocess.run(command, capture_output=True, check=True, env=_offline()).stdout

    def blobs(self) -> subprocess.Popen[bytes]:
        """Start a git that is told names of objects and gives what they hold, to be closed by the caller."""
        command = [*self._command, "cat-file", "--batch"]
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_offline(),
        )

    @property
    def _command(self) -> list[str]:
        return ["git", f"--git-dir={self.path}"]


@dataclass(frozen=True)
class _Blob:
    git: subprocess.Popen[bytes]
    name: str
    allowance: _Allowance

    def __call__(self) -> bytes:
        assert self.git.stdin is not None
        assert self.git.stdout is not None
        self.git.stdin.write(self.name.encode() + b"\n")
        self.git.stdin.flush()
        head = self.git.stdout.readline().split()
        if len(head) != 3:
            raise OSError(f"object {self.name[:12]} is missing")
        size = int(head[2])
        if size > MOST_BYTES:
            # It is sent whether it is wanted or not, and the next one behind it.
            while size > 0:
                size -= len(self.git.stdout.read(min(size, _DRAIN_BYTES)) or b"0" * size)
        else:
            data = self.git.stdout.read(size)
        self.git.stdout.read(1)
        self.allowance.count(int(head[2]))
        return data

"""Folders, zips, tars and git repositories open alike; what is damaged says so."""

from __future__ import annotations

import io
import subprocess
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.errors import UserError
from trainer import archives
from trainer.archives import DAMAGED, Archive, is_bare_repository

FILES = {"a/one.txt": b"60 62", "b.txt": b"61 63"}


def folder(path: Path) -> Path:
    for name, data in FILES.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)
    return path


def zipped(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in FILES.items():
            archive.writestr(name, data)
    return path


def tarred(path: Path) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, data in FILES.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return path


def bare_repository(path: Path, source: Path) -> tuple[Path, str]:
    """Commit a folder's files and return a bare clone and the commit."""
    work = ["git", "-C", str(source)]
    told = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]
    subprocess.run([*work, "init", "-q"], check=True)
    subprocess.run([*work, "add", "-A"], check=True)
    subprocess.run([*work, *told, "commit", "-qm", "songs"], check=True)
    subprocess.run(["git", "clone", "-q", "--bare", str(source), str(path)], check=True)
    head = subprocess.run([*work, "rev-parse", "HEAD"], check=True, capture_output=True, text=True)
    return path, head.stdout.strip()


def content(source: Path, commit: str = "HEAD") -> dict[str, bytes]:
    with Archive(source, commit) as files:
        assert [file.name for file in files] == sorted(file.name for file in files)
        return {file.name: file.read() for file in files}


def test_a_folder_a_zip_a_tar_and_a_git_repository_hold_the_same(tmp_path: Path) -> None:
    loose = folder(tmp_path / "loose")
    assert content(loose) == content(zipped(tmp_path / "x.zip")) == content(tarred(tmp_path / "x.tar.gz")) == FILES
    bare, commit = bare_repository(tmp_path / "bare", loose)
    assert is_bare_repository(bare)
    assert not is_bare_repository(loose)
    assert content(bare, commit) == FILES
    assert content(loose) == FILES, "what git keeps of a working tree is none of its files"


def test_a_single_file_is_itself(tmp_path: Path) -> None:
    (tmp_path / "a.abc").write_bytes(b"X:1")
    assert content(tmp_path / "a.abc") == {"a.abc": b"X:1"}


def test_a_git_repository_without_the_commit_says_so(tmp_path: Path) -> None:
    bare, _ = bare_repository(tmp_path / "bare", folder(tmp_path / "loose"))
    with pytest.raises(UserError, match="no commit 0123"):
        content(bare, "0123456789" * 4)


def test_a_git_repository_that_lacks_a_file_runs_nothing_to_get_it(tmp_path: Path) -> None:
    """The config of one that was cloned in part names how to fetch, and may name any command."""
    bare, _ = bare_repository(tmp_path / "bare", folder(tmp_path / "loose"))
    git = ["git", f"--git-dir={bare}"]
    blob = subprocess.run([*git, "rev-parse", "HEAD:b.txt"], check=True, capture_output=True, text=True).stdout
    (bare / "objects" / blob[:2] / blob[2:].strip()).unlink()
    command, trace = tmp_path / "command.sh", tmp_path / "it-ran"
    command.write_text(f"#!/bin/sh\ntouch {trace}\n")
    command.chmod(0o755)
    for name, value in {
        "core.repositoryformatversion": "1",
        "extensions.partialclone": "origin",
        "remote.origin.promisor": "true",
        "remote.origin.url": f"ext::{command}",
        "protocol.ext.allow": "always",
    }.items():
        subprocess.run([*git, "config", name, value], check=True)
    with pytest.raises(OSError, match="is missing"):
        content(bare)
    assert not trace.exists()


def test_a_file_that_is_damaged_in_a_zip_is_told_whatever_packed_it(tmp_path: Path) -> None:
    """Also by LZMA, whose errors are of no other kind."""
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("one.txt", bytes(range(256)) * 2)
    data = bytearray((tmp_path / "x.zip").read_bytes())
    data[50:70] = bytes(20)
    (tmp_path / "x.zip").write_bytes(data)
    with pytest.raises(DAMAGED):
        content(tmp_path / "x.zip")


@pytest.mark.parametrize("make", [zipped, tarred])
def test_an_archive_that_is_cut_off_says_so(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    whole = make(tmp_path / ("x.zip" if make is zipped else "x.tar.gz"))
    cut = tmp_path / f"cut-{whole.name}"
    cut.write_bytes(whole.read_bytes()[:-60])
    with pytest.raises(UserError, match=r"damaged or cut off .*; get it again"):
        content(cut)


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such file"):
        content(tmp_path / "none")


def swollen(path: Path, make: Callable[[Path], Path], size: int) -> Path:
    """Return a source with a file of so many zeros beside a small one."""
    files = path / "files"
    files.mkdir()
    (files / "big.txt").write_bytes(bytes(size))
    (files / "small.txt").write_bytes(b"60 62")
    if make is zipped:
        with zipfile.ZipFile(path / "x.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            for name in ("big.txt", "small.txt"):
                archive.write(files / name, name)
        return path / "x.zip"
    if make is tarred:
        with tarfile.open(path / "x.tar.gz", "w:gz") as packed:
            packed.add(files, ".")
        return path / "x.tar.gz"
    return bare_repository(path / "bare", files)[0] if make is bare else files


def bare(path: Path) -> Path:
    return path


@pytest.mark.parametrize("make", [folder, zipped, tarred, bare])
def test_a_file_that_is_too_large_is_told_without_being_held_and_the_others_are_read(
    tmp_path: Path, make: Callable[[Path], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """However small it is packed: no more of it is read than a song can have."""
    monkeypatch.setattr(archives, "MOST_BYTES", 1 << 16)
    source = swollen(tmp_path, make, 1 << 24)
    with Archive(source) as files:
        tracemalloc.start()
        try:
            for file in files:
                if file.name.endswith("big.txt"):
                    with pytest.raises(DAMAGED, match="larger than"):
                        file.read()
                else:
                    assert file.read() == b"60 62"
            assert tracemalloc.get_traced_memory()[1] < 1 << 23
        finally:
            tracemalloc.stop()


@pytest.mark.parametrize("make", [folder, zipped, tarred, bare])
def test_a_source_whose_files_are_too_large_together_is_refused(
    tmp_path: Path, make: Callable[[Path], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many files that swell are as bad as one; what was asked of it has then no end."""
    monkeypatch.setattr(archives, "MOST_IN_ALL", 1 << 16)
    source = swollen(tmp_path, make, 1 << 16)
    with pytest.raises(UserError, match=r"more than .* in all; name a part of it"):
        content(source)

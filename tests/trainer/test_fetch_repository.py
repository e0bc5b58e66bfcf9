"""Corpora fetched over HTTP: from a server of the test's own, checked, kept once, and never by half."""

from __future__ import annotations

import io
import tarfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from engine.errors import UserError
from tests.trainer.test_songbook import CONTENT
from trainer import repositories
from trainer.fetch_repository import fetch_repository
from trainer.repositories import REPOSITORIES, digest_of


class Server:
    """Serve bytes by path, cut to `cut` bytes though their whole length is announced; keep what was asked for."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.cut: int | None = None
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append(self.path)
                data = outer.files.get(self.path)
                if data is None:
                    self.send_error(404)
                    return
                self.send_response(200)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data[: outer.cut])

            def log_message(self, *_: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}"
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.http.shutdown()
        self.http.server_close()
        self.thread.join(5.0)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """Publish the small corpora of the songbook's tests, and let them be those that were counted."""
    running = Server()
    monkeypatch.setattr(repositories, "ARCHIVES", running.url)
    monkeypatch.setattr(repositories, "FILES", running.url)
    for name, files in CONTENT.items():
        each = REPOSITORIES[name]
        digest = digest_of((path, data) for path, data in files.items() if each.name_within(path))
        monkeypatch.setitem(REPOSITORIES, name, replace(each, digest=digest))
        path = REPOSITORIES[name].url.removeprefix(running.url)
        running.files[path] = files[each.single] if each.single else packed(files)
    yield running
    running.close()


def packed(files: dict[str, bytes]) -> bytes:
    """Return files as GitHub's archive of a commit."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(f"Repository-abc/{name}")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return out.getvalue()


@pytest.mark.parametrize("name", REPOSITORIES)
def test_a_corpus_is_fetched_once_and_only_what_is_read_is_kept(server: Server, tmp_path: Path, name: str) -> None:
    first, second = (fetch_repository(name, tmp_path) for _ in range(2))
    assert first == second
    assert len(server.asked) == 1
    wanted = {path for path in CONTENT[name] if REPOSITORIES[name].name_within(path)}
    assert {path for path, _ in first.files} == wanted
    assert [path.name for path in tmp_path.iterdir()] == [f"{name}-{REPOSITORIES[name].commit[:7]}.zip"]


def test_a_copy_that_was_damaged_since_is_fetched_again(server: Server, tmp_path: Path) -> None:
    kept = fetch_repository("lieder", tmp_path).source
    kept.write_bytes(kept.read_bytes()[:-30])
    fetch_repository("lieder", tmp_path)
    assert len(server.asked) == 2


def test_an_archive_that_is_cut_off_leaves_nothing(server: Server, tmp_path: Path) -> None:
    server.cut = 200
    with pytest.raises(UserError, match="cut off"):
        fetch_repository("lieder", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_another_content_is_not_used_and_leaves_nothing(server: Server, tmp_path: Path) -> None:
    path = REPOSITORIES["lieder"].url.removeprefix(server.url)
    server.files[path] = packed({"scores/A/_/B/lc1.mxl": b"something else"})
    with pytest.raises(UserError, match="checksum"):
        fetch_repository("lieder", tmp_path)
    server.files[path] = packed({"songs/lc1.mxl": b"another layout"})
    with pytest.raises(UserError, match=r"the 0 files of lieder.*name it with --from"):
        fetch_repository("lieder", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_archive_or_not_there_is_said(server: Server, tmp_path: Path) -> None:
    path = REPOSITORIES["ewld"].url.removeprefix(server.url)
    server.files[path] = b"<html>a page to log in</html>"
    with pytest.raises(UserError, match="damaged or cut off"):
        fetch_repository("ewld", tmp_path)
    del server.files[path]
    with pytest.raises(UserError, match="404"):
        fetch_repository("ewld", tmp_path)


def test_without_a_network_the_next_step_is_named(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repositories, "ARCHIVES", "http://127.0.0.1:9")
    with pytest.raises(UserError, match="check the network, or name a copy with --from"):
        fetch_repository("lieder", tmp_path)
    assert list(tmp_path.iterdir()) == []

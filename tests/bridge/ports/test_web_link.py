"""The link from another device: a token that lasts, an address, a code that a camera reads."""

from __future__ import annotations

import ipaddress
import stat
import sys
from pathlib import Path

import pytest

from bridge.ports.web_link import TOKEN_FILE, kept_token, outward_host, qr_code


def test_the_token_is_the_same_at_every_start_and_its_owners_alone(tmp_path: Path) -> None:
    """A tablet's link goes on working; nobody else on the machine reads it."""
    token = kept_token(tmp_path / "new")
    assert len(token) == 22
    assert kept_token(tmp_path / "new") == token
    if sys.platform != "win32":
        assert stat.S_IMODE((tmp_path / "new" / TOKEN_FILE).stat().st_mode) == 0o600
    assert kept_token(tmp_path / "other") != token


@pytest.mark.parametrize("content", ["", "short", "../../../etc/passwd!!!", "ÿ" * 22, "a" * 23])
def test_a_file_that_holds_no_token_is_replaced(tmp_path: Path, content: str) -> None:
    """An empty one, above all, is no way in."""
    (tmp_path / TOKEN_FILE).write_text(content, encoding="utf-8")
    token = kept_token(tmp_path)
    assert len(token) == 22
    assert token != content
    assert kept_token(tmp_path) == token


def test_where_no_file_can_be_written_there_is_a_token_for_the_session(tmp_path: Path) -> None:
    """A folder that is a file is no reason not to play."""
    (tmp_path / "file").write_text("x")
    assert len(kept_token(tmp_path / "file")) == 22


def test_the_host_is_an_address_or_a_name() -> None:
    """What other devices can be told; nothing is sent to find it out."""
    host = outward_host()
    assert host
    if host[0].isdigit():
        assert ipaddress.ip_address(host).version == 4


def test_the_code_is_square_and_says_the_link() -> None:
    """Half blocks, two rows of the code a line: as many columns as rows, within the odd one."""
    lines = qr_code("http://192.168.1.4:9020/?token=abcdefghijklmnopqrstuv").splitlines()
    assert len({len(line) for line in lines}) == 1
    assert set("".join(lines)) <= set(" █▀▄")
    assert abs(2 * len(lines) - len(lines[0])) <= 1
    assert len(lines[0]) < 60

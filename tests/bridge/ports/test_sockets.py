"""The sockets that a MIDI server gave us: bridge/ports/sockets.py."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

import pytest

from bridge.ports.sockets import Sockets, open_sockets


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Return two ends of a connection to a server."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def watching(only: socket.socket) -> Sockets:
    """Watch this socket, all others having been there before."""
    return Sockets({number: inode for number, inode in open_sockets().items() if number != only.fileno()})


def test_a_connection_whose_other_end_closes_has_hung_up(pair: tuple[socket.socket, socket.socket]) -> None:
    """While the server lives nothing has hung up, bytes to read or not; when its end closes the socket says so."""
    ours, theirs = pair
    watched = watching(ours)
    theirs.send(b"a message that nobody reads")
    assert not watched.hung_up()
    theirs.close()
    assert watched.hung_up()


def test_sockets_that_were_open_before_are_not_watched(pair: tuple[socket.socket, socket.socket]) -> None:
    """What closes among the others, such as an OSC socket, is none of the server's business."""
    watched = Sockets(open_sockets())
    pair[1].close()
    assert not watched.hung_up()


def test_a_number_that_another_socket_has_got_by_now_has_hung_up(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    """A socket that was closed here, its number given to a new one, is gone although the number is alive."""
    watched = watching(pair[0])
    fresh, its_peer = socket.socketpair()
    with fresh, its_peer:
        os.dup2(fresh.fileno(), pair[0].fileno())
        assert watched.hung_up()


def test_only_sockets_are_counted(pair: tuple[socket.socket, socket.socket]) -> None:
    """Files and pipes are left out; of every socket the inode is told, which no other one has."""
    reading, writing = os.pipe()
    found = open_sockets()
    os.close(reading)
    os.close(writing)
    assert not {reading, writing} & found.keys()
    ours, theirs = (found[end.fileno()] for end in pair)
    assert ours != theirs

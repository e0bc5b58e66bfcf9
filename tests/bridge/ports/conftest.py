"""A bridge's OSC side and a surface, for each test its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.bridge.ports.surface import Bridge


@pytest.fixture
def bridge() -> Iterator[Bridge]:
    running = Bridge()
    yield running
    running.close()

"""Who has the processor first: what the loop and its helpers ask the system for, and what a refusal says."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator

import pytest

from bridge.urgency import HELPERS, LOOP, Helper, claim_realtime
from tests.paths import ROOT

pytestmark = pytest.mark.skipif(not hasattr(os, "sched_setscheduler"), reason="this system has no such priorities")


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """What is changed of the interpreter is put back."""
    interval_s = sys.getswitchinterval()
    yield
    sys.setswitchinterval(interval_s)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Write down which thread asks for which priority; nothing is changed."""
    calls: list[tuple[str, int]] = []

    def ask(pid: int, policy: int, param: os.sched_param) -> None:
        assert policy == os.SCHED_FIFO | os.SCHED_RESET_ON_FORK
        calls.append((threading.current_thread().name, param.sched_priority))

    monkeypatch.setattr(os, "sched_setscheduler", ask)
    return calls


def test_every_helper_stands_between_the_loop_and_ordinary_programs(asked: list[tuple[str, int]]) -> None:
    """A thread that holds Python's lock must not be put aside for a busy engine: the loop would wait for it."""
    said = claim_realtime()
    helper = Helper(lambda word: asked.append((word, 0)), "log", ("ran",))
    helper.start()
    helper.join()
    assert asked == [(threading.current_thread().name, LOOP), ("log", HELPERS), ("ran", 0)]
    assert 0 < HELPERS < LOOP
    assert said == f"real-time priority (SCHED_FIFO {LOOP})"
    assert helper.daemon


def test_a_refusal_is_told_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the right to it the loop and its helpers run on as ordinary threads."""

    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "sched_setscheduler", refuse)
    assert "rtprio" in claim_realtime()
    ran: list[bool] = []
    helper = Helper(lambda: ran.append(True), "log")
    helper.start()
    helper.join()
    assert ran == [True]


def test_no_thread_of_the_bridge_is_an_ordinary_one() -> None:
    """Every thread is a Helper: one that is forgotten makes notes late by what the kernel gives to others."""
    for path in (ROOT / "bridge").rglob("*.py"):
        if path.name != "urgency.py":
            assert "Thread(" not in path.read_text(encoding="utf-8"), path

"""The judge, against a small HTTP server on this machine."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from engine.errors import UserError
from engine.notes import Note
from trainer.judge import KEY, MODEL, URL, Endpoint, ask, endpoint_from, judge, show, verdict_from

PROMPT, REST = (Note(60, 1.0), Note(62, 1.0)), (Note(64, 1.0), Note(65, 1.0))


class FakeJudge:
    """A server that answers as told and keeps what it was asked."""

    def __init__(self) -> None:
        self.status = 200
        self.body = self.completion('{"score": 71, "reasons": "stepwise"}')
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.silent = threading.Event()
        self.silent.set()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.asked.append(json.loads(body) | {"path": self.path})
                outer.keys.append(self.headers["Authorization"])
                outer.silent.wait(5)
                self.send_response(outer.status)
                self.end_headers()
                with contextlib.suppress(BrokenPipeError):  # who asked may have given up
                    self.wfile.write(outer.body)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    @staticmethod
    def completion(text: str) -> bytes:
        return json.dumps({"choices": [{"message": {"content": text}}]}).encode()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/v1"

    def endpoint(self, timeout_s: float = 5.0) -> Endpoint:
        return endpoint_from({URL: self.url, KEY: "secret", MODEL: "m"}, timeout_s)


@pytest.fixture
def server() -> Iterator[FakeJudge]:
    fake = FakeJudge()
    yield fake
    fake.silent.set()
    fake.server.shutdown()
    fake.server.server_close()


def test_the_question_holds_prompt_and_continuation_and_the_key_is_sent(server: FakeJudge) -> None:
    verdict = ask(server.endpoint(), PROMPT, REST)
    assert (verdict.score, verdict.reasons) == (71, "stepwise")
    [asked] = server.asked
    assert asked["path"] == "/v1/chat/completions"
    assert asked["model"] == "m"
    content = asked["messages"][0]["content"]
    assert "60 62" in content
    assert "64 65" in content
    assert "0" in content
    assert "100" in content
    assert server.keys == ["Bearer secret"]


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500])
def test_a_refusal_tells_code_and_reason(server: FakeJudge, status: int) -> None:
    server.status, server.body = status, b"no credit"
    with pytest.raises(UserError, match=rf"{status} \(no credit\)"):
        ask(server.endpoint(), PROMPT, REST)


def test_no_answer_in_time_is_said(server: FakeJudge) -> None:
    server.silent.clear()
    with pytest.raises(UserError, match=r"within 0\.05 s"):
        ask(server.endpoint(0.05), PROMPT, REST)


def test_an_endpoint_that_is_not_there_is_said(server: FakeJudge) -> None:
    endpoint = server.endpoint()
    server.server.shutdown()
    server.server.server_close()
    with pytest.raises(UserError, match="cannot be reached"):
        ask(endpoint, PROMPT, REST)


def test_an_answer_that_is_no_completion_is_said(server: FakeJudge) -> None:
    for body in (b"<html>", b'{"choices": []}', b"[]"):
        server.body = body
        with pytest.raises(UserError, match="no chat completion"):
            ask(server.endpoint(), PROMPT, REST)


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ('{"score": 40, "reasons": "x"}', 40),
        ('```json\n{"score": "62.5", "reasons": "x"}\n```', 62.5),
        ("Score: 85/100. It flows.", 85),
        ("I would give a score of 7, since", 7),
        ("**Score**: 90", 90),
    ],
)
def test_scores_are_found(text: str, score: float) -> None:
    assert verdict_from(text).score == score


@pytest.mark.parametrize(
    "text", ["lovely", "", "{}", '{"score": null}', '{"score": 101}', "score: -3", '{"score": "high"}']
)
def test_answers_without_a_score_from_0_to_100_are_refused(text: str) -> None:
    with pytest.raises(UserError, match="score"):
        verdict_from(text)


def test_missing_variables_are_all_named() -> None:
    with pytest.raises(UserError, match=f"{URL} and {MODEL} not set"):
        endpoint_from({KEY: "k"})
    with pytest.raises(UserError, match="no address"):
        endpoint_from({URL: "host", KEY: "k", MODEL: "m"})


def test_files_are_judged_and_short_ones_refused_before_anything_is_sent(
    server: FakeJudge, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("60 62 64 65 67")
    (tmp_path / "b.txt").write_text("60 62 64")
    quiet = Console(quiet=True)
    report = judge([tmp_path / "a.txt", tmp_path / "b.txt"], server.endpoint(), 2, quiet)
    assert (report["songs"], report["mean"]) == (2, 71)
    show(report, quiet)
    server.asked.clear()
    with pytest.raises(UserError, match="within the prompt"):
        judge([tmp_path], server.endpoint(), 3, quiet)
    assert server.asked == []

"""`melody-train judge`: ask a language model for a score of continuations, as the paper did.

Prompt and continuation go, as MIDI pitch numbers, to an endpoint that speaks OpenAI's chat completions and
that the user names in the environment: MELODY_JUDGE_URL (such as https://host/v1), MELODY_JUDGE_KEY and
MELODY_JUDGE_MODEL. Nothing is ever sent unless this command is called with all three set.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import statistics
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from rich.console import Console
from rich.table import Table

from engine.errors import UserError
from engine.notes import Note
from trainer.corpus import read_songs

URL, KEY, MODEL = "MELODY_JUDGE_URL", "MELODY_JUDGE_KEY", "MELODY_JUDGE_MODEL"
QUESTION = (
    "A melody of MIDI pitch numbers begins with this prompt:\n{prompt}\n\n"
    "A program continued it with:\n{continuation}\n\n"
    "How well does the continuation go on with the prompt as a melody? Give a score from 0 (no musical "
    "sense) to 100 (as a skilled musician would) and the reasons for it. Answer with a JSON object and "
    'nothing else: {{"score": <0..100>, "reasons": "<reasons>"}}'
)
_TIMEOUT_S = 60.0
_REASON_CHARACTERS = 400
_SCORE = re.compile(r"score[^\w-]{0,6}(?:is|of)?[^\w-]{0,4}(-?\d+(?:\.\d+)?)", re.IGNORECASE)


@dataclass(frozen=True)
class Endpoint:
    """Say whom to ask. timeout_s: how long an answer may take, in seconds."""

    url: str
    key: str
    model: str
    timeout_s: float = _TIMEOUT_S


@dataclass(frozen=True)
class Verdict:
    """Hold a score, 0..100, and the reasons given for it."""

    score: float
    reasons: str


def endpoint_from(environment: Mapping[str, str], timeout_s: float = _TIMEOUT_S) -> Endpoint:
    """Return the endpoint that the environment names; raise UserError for what is missing or no address."""
    missing = [name for name in (URL, KEY, MODEL) if not environment.get(name)]
    if missing:
        raise UserError(
            f"judge: {' and '.join(missing)} not set; name an OpenAI-compatible endpoint in {URL} (such as "
            f"https://host/v1), its key in {KEY} and the model in {MODEL}"
        )
    url = environment[URL].rstrip("/")
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc:
        raise UserError(f"judge: {URL} is {url!r}, no address; it looks like https://host/v1")
    if not url.endswith("/chat/completions"):
        url += "/chat/completions"
    return Endpoint(url, environment[KEY], environment[MODEL], timeout_s)


def ask(endpoint: Endpoint, prompt: Sequence[Note], continuation: Sequence[Note]) -> Verdict:
    """Send one prompt with its continuation and return the verdict.

    Raise UserError when the endpoint refuses, does not answer in time, or answers without a score.
    """
    question = QUESTION.format(prompt=_pitches(prompt), continuation=_pitches(continuation))
    body = {"model": endpoint.model, "messages": [{"role": "user", "content": question}]}
    request = urllib.request.Request(
        endpoint.url,
        json.dumps(body).encode(),
        {"Content-Type": "application/json", "Authorization": f"Bearer {endpoint.key}"},
    )
    return verdict_from(_content(_send(request, endpoint)))


def _pitches(notes: Sequence[Note]) -> str:
    return " ".join(str(note.pitch) for note in notes)


def _send(request: urllib.request.Request, endpoint: Endpoint) -> bytes:
    host = urlsplit(endpoint.url).netloc
    try:
        with urllib.request.urlopen(request, timeout=endpoint.timeout_s) as answer:
            data: bytes = answer.read()
            return data
    except urllib.error.HTTPError as error:
        detail = error.read(300).decode("utf-8", "replace").strip()
        hint = {
            401: f"check {KEY}",
            403: f"check {KEY}",
            404: f"check {URL} and {MODEL}",
            429: "wait and try again",
        }
        step = hint.get(error.code, "see what it says")
        raise UserError(f"judge: {host} refused with {error.code} ({detail or error.reason}); {step}") from None
    except TimeoutError:
        raise UserError(
            f"judge: {host} gave no answer within {endpoint.timeout_s:g} s; try again or raise --timeout"
        ) from None
    except urllib.error.URLError as error:
        if isinstance(error.reason, TimeoutError):
            raise UserError(
                f"judge: {host} gave no answer within {endpoint.timeout_s:g} s; try again or raise --timeout"
            ) from None
        raise UserError(f"judge: {host} cannot be reached ({error.reason}); check {URL}") from None
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise UserError(f"judge: the connection to {host} broke ({error}); try again") from None


def _content(data: bytes) -> str:
    """Return the text of a chat completion; raise UserError when there is none."""
    try:
        text = json.loads(data)["choices"][0]["message"]["content"]
    except (ValueError, KeyError, IndexError, TypeError):
        text = None
    if not isinstance(text, str):
        start = data[:120].decode("utf-8", "replace")
        raise UserError(f"judge: the answer is no chat completion ({start!r}); check {URL}")
    return text


def verdict_from(text: str) -> Verdict:
    """Return the verdict in an answer's text: a JSON object, or words with a score in them.

    Raise UserError when there is no score from 0 to 100.
    """
    score: Any = None
    reasons = text.strip()
    start, end = text.find("{"), text.rfind("}")
    if 0 <= start < end:
        try:
            answer = json.loads(text[start : end + 1])
            score, reasons = answer.get("score"), str(answer.get("reasons", ""))
        except ValueError:
            pass
    if score is None and (match := _SCORE.search(text)):
        score = match[1]
    try:
        value = float(score)
    except (TypeError, ValueError):
        raise UserError(f"judge: the answer has no score ({text.strip()[:120]!r}); try again") from None
    if not 0 <= value <= 100:
        raise UserError(f"judge: the answer's score is {value:g}, not 0..100; try again")
    return Verdict(value, reasons)


def judge(sources: Sequence[Path], endpoint: Endpoint, prompt_notes: int, console: Console) -> dict[str, Any]:
    """Judge each song of some files: its first notes are the prompt, the rest the continuation.

    Return a report ready for JSON. Raise UserError as `ask` does, and for songs that are too short.
    """
    songs = [song for source in sources for song in read_songs(source).songs]
    short = [song for song in songs if len(song.notes) <= prompt_notes]
    if short:
        raise UserError(
            f"{short[0].source}: it has {len(short[0].notes)} notes, all within the prompt of {prompt_notes}; "
            "lower --prompt-notes or leave it out"
        )
    console.print(f"sending {len(songs)} melodies to {urlsplit(endpoint.url).netloc} ({endpoint.model})")
    results = []
    for song in songs:
        verdict = ask(endpoint, song.notes[:prompt_notes], song.notes[prompt_notes:])
        results.append({"source": song.source, "score": verdict.score, "reasons": verdict.reasons})
        console.print(f"{song.source}: {verdict.score:g}", markup=False, highlight=False)
    scores = [float(str(result["score"])) for result in results]
    return {
        "model": endpoint.model,
        "prompt_notes": prompt_notes,
        "songs": len(results),
        "mean": statistics.mean(scores),
        "standard_deviation": statistics.stdev(scores) if len(scores) > 1 else None,
        "results": results,
    }


def show(report: Mapping[str, Any], console: Console) -> None:
    """Print the verdicts as a table."""
    table = Table(title=f"mean {report['mean']:.1f} of 100 over {report['songs']} by {report['model']}")
    table.add_column("melody")
    table.add_column("score", justify="right")
    table.add_column("reasons")
    for result in report["results"]:
        table.add_row(result["source"], f"{result['score']:g}", result["reasons"][:_REASON_CHARACTERS])
    console.print(table)


def judge_from_environment(
    sources: Sequence[Path], prompt_notes: int, timeout_s: float, console: Console
) -> dict[str, Any]:
    """Judge with the endpoint that the process's environment names."""
    return judge(sources, endpoint_from(os.environ, timeout_s), prompt_notes, console)

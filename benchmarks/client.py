"""Requests as bytes, and connections that carry them: what of an HTTP client a load generator needs."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

TIMEOUT_SECONDS = 10.0
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_VERSION = re.compile(rb'"model_version":(\d+)')


def request(path: str, content: dict[str, Any]) -> bytes:
    """Return the bytes of a POST."""
    body = json.dumps(content).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    return head.encode() + b"\r\n\r\n" + body


def ask(shape: str, title: str, body: str, **more: Any) -> bytes:
    """Return a question as one of the servers reads it."""
    if shape == "mlflow":
        return request("/invocations", {"dataframe_records": [{"title": title, "body": body}], "params": {"top": 10}})
    return request("/suggest", {"title": title, "body": body, "top": 10, **more})


@dataclass
class Outcome:
    """What a job found; milliseconds."""

    milliseconds: list[float] = field(default_factory=list)
    feedback_milliseconds: list[float] = field(default_factory=list)
    late_milliseconds: list[float] = field(default_factory=list)
    failures: Counter[str] = field(default_factory=Counter)
    feedback_failures: Counter[str] = field(default_factory=Counter)
    versions: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    in_time: int = 0


class Connection(asyncio.Protocol):
    """One connection with at most one request on its way."""

    def __init__(self) -> None:
        self.usable = True
        self._buffer = b""
        self._end = 0
        self._then: Callable[[int, bytes], None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are no subclass

    def send(self, message: bytes, then: Callable[[int, bytes], None]) -> None:
        """Send a request; `then` gets status and answer, 0 where the connection broke."""
        self._buffer, self._end, self._then = b"", 0, then
        self._timer = asyncio.get_running_loop().call_later(TIMEOUT_SECONDS, self._transport.abort)
        self._transport.write(message)

    def data_received(self, data: bytes) -> None:
        """Gather an answer."""
        self._buffer += data
        if not self._end:
            at = self._buffer.find(b"\r\n\r\n")
            found = _LENGTH.search(self._buffer, 0, at + 2) if at >= 0 else None
            if found is None:
                return
            self._end = at + 4 + int(found[1])
        if len(self._buffer) >= self._end:
            self._answer(int(self._buffer[9:12]))

    def connection_lost(self, _: Exception | None) -> None:
        """Tell whoever waits."""
        self.usable = False
        self._answer(0)

    def close(self) -> None:
        """Close."""
        self.usable = False
        self._transport.close()

    def _answer(self, status: int) -> None:
        then, self._then = self._then, None
        if then:
            self._timer.cancel()
            then(status, self._buffer)


async def connect(port: int) -> Connection:
    """Open a connection."""
    _, connection = await asyncio.get_running_loop().create_connection(Connection, "127.0.0.1", port)
    return connection


def note(outcome: Outcome, status: int, answer: bytes, seconds: float, kept: list[float]) -> None:
    """Count an answer; only good ones have a latency, as a refusal is quick."""
    if status != 200:
        failures = outcome.feedback_failures if kept is outcome.feedback_milliseconds else outcome.failures
        failures[str(status) if status else "no answer"] += 1
        return
    kept.append(seconds * 1000)
    if found := _VERSION.search(answer):
        outcome.versions[found[1].decode()] += 1

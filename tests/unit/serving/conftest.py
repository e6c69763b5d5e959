"""Calling ASGI applications as a server does, without one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest


@dataclass
class Reply:
    """What an application answered."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


@pytest.fixture
def call() -> Callable[..., Reply]:
    """Call an application: `call(app, "POST", "/x", headers={...}, chunks=[b"..."])`."""

    def run(app, method="GET", path="/", *, headers=(), chunks=(b"",), client="127.0.0.1"):
        return asyncio.run(_call(app, method, path, dict(headers), iter(chunks), client))

    return run


async def _call(app: Any, method: str, path: str, headers: dict[str, str], chunks: Any, client: str) -> Reply:
    reply = Reply()
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "path": path,
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()],
        "client": (client, 50000),
    }

    async def receive():
        part = next(chunks, None)
        if part is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": part, "more_body": True} if part else {"type": "http.request"}

    async def send(message):
        if message["type"] == "http.response.start":
            reply.status = message["status"]
            reply.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            reply.body += message.get("body", b"")

    await app(scope, receive, send)
    return reply


@pytest.fixture
def echo() -> Any:
    """An application that answers 200 with the body that it was sent."""

    async def app(scope, receive, send):
        message = await receive()
        assert not message.get("more_body")
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": message.get("body", b"")})

    return app

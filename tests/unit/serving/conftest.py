"""Calling ASGI applications as a server does, without one; and the whole service on a real port."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from tagstack.serving.app import create_app
from tagstack.serving.served import make_served
from tagstack.serving.server import Server, address_of, bind
from tagstack.serving.service import open_service
from tagstack.settings_file import load_settings
from tagstack.store import recorder


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


@pytest.fixture
def store_url(tmp_path) -> str:
    """Where the service of this test keeps its records."""
    return f"sqlite:///{tmp_path / 'store.db'}"


@pytest.fixture
def serving(make_model, make_encoder, store_url, monkeypatch) -> Callable[..., Any]:
    """Run the whole service on a free port: `with serving("service.max_questions=2") as client: ...`.

    Its model knows java, python and sql by their names. `client.service` and `client.server` are what answers.
    """

    monkeypatch.setattr(recorder, "UNKNOWN_SECONDS", 0.0)  # no other replica is writing

    @contextlib.contextmanager
    def run(
        *assignments, environ=None, host="127.0.0.1", words=("java", "python", "sql"), make_follower=None, **client
    ):
        settings = load_settings(None, [f"store.url={store_url}", *assignments])
        service = open_service(settings, host=host, environ=environ or {}, make_follower=make_follower)
        if words:
            service.engine.serve(make_served(3, make_model(words), encoder=make_encoder(words)))
        with bind("127.0.0.1", 0) as taken, _served(create_app(service), settings, taken) as server:
            found = httpx.Client(base_url=address_of(taken), trust_env=False, **client)
            found.service, found.server = service, server
            with found:
                yield found

    return run


@contextlib.contextmanager
def _served(app, settings, taken):
    ready = threading.Event()
    server = Server(app, settings.service, is_ready=lambda: True, on_ready=ready.set)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [taken]})
    thread.start()
    assert ready.wait(10)
    try:
        yield server
    finally:
        server.should_exit = True
        thread.join(20)
        assert not thread.is_alive()

"""Limits of one request: its size and its time."""

from __future__ import annotations

import asyncio

from tagstack.serving.asgi import App, Message, Receive, Scope, Send, header, send_problem


class BodyLimit:
    """Reads a request's body whole before the application sees it, and refuses a larger one as early as it is known."""

    def __init__(self, app: App, *, max_bytes: int) -> None:
        self._app = app
        self._max = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        declared = header(scope, b"content-length")
        if declared is not None and not (declared.isascii() and declared.isdigit()):
            await send_problem(send, 400, "Content-Length is no number")
            return
        body = None
        if declared is None or (len(declared) < 20 and int(declared) <= self._max):
            body = await self._read(receive)
        if body is None:
            await send_problem(send, 413, f"the request is larger than {self._max} bytes")
            return
        await self._app(scope, _replay(body, receive), send)

    async def _read(self, receive: Receive) -> bytes | None:
        """Return the body; None where it is too large."""
        parts: list[bytes] = []
        left = self._max
        while True:
            message = await receive()
            part = message.get("body", b"")
            left -= len(part)
            if left < 0:
                return None
            parts.append(part)
            if not message.get("more_body", False):  # nor has `http.disconnect`
                return b"".join(parts)


def _replay(body: bytes, receive: Receive) -> Receive:
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return waiting.pop() if waiting else await receive()

    return replay


class TimeLimit:
    """Ends a request that takes too long with 503."""

    def __init__(self, app: App, *, seconds: float) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        limit = asyncio.timeout(self._seconds)
        try:
            async with limit:
                await self._app(scope, receive, watched)
        except TimeoutError:
            if not limit.expired() or started:
                raise
            detail = f"no answer within {self._seconds:g} s"
            await send_problem(send, 503, detail, {"retry-after": "1"})

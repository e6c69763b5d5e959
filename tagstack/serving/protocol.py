"""Bounds on a request's head, which no application sees before it is complete, and which uvicorn leaves open."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD_BYTES = 65_536
"""Beyond what one read from the socket brings, which is at most 256 KB."""
HEAD_SECONDS = 10.0
"""How long a client may take from connecting, or from the first byte of a further request, to the end of its head."""


class Protocol(HttpToolsProtocol):
    """uvicorn's fast protocol; a client that sends its head without end, or never to its end, is cut off."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - uvicorn's own
        super().__init__(*args, **kwargs)
        self._head_bytes = 0
        self._head_open = False
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._has_head()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, unless the head has become too large."""
        self._head_bytes += len(data)
        super().data_received(data)
        if self._head_open and self._head_bytes > MAX_HEAD_BYTES:
            self._has_head()
            self.send_400_response("The head of the request is too large.")

    def on_message_begin(self) -> None:
        """Begin to wait for a head."""
        self._head_bytes, self._head_open = 0, True
        self._expect_head()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Stop waiting."""
        self._has_head()
        super().on_headers_complete()

    def _expect_head(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _has_head(self) -> None:
        self._head_open = False
        if self._deadline:
            self._deadline.cancel()
            self._deadline = None

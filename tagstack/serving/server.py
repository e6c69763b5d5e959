"""The application under uvicorn: one process, one worker, no access log; a signal drains it."""

from __future__ import annotations

import asyncio
import contextlib
import math
import signal
import socket
import time
from collections.abc import Callable, Iterator

import uvicorn
from fastapi import FastAPI

from tagstack.config import ServiceSettings
from tagstack.errors import UsageError
from tagstack.serving.protocol import Protocol

LEAVE_SECONDS = 0.5
KEEP_ALIVE_SECONDS = 75
"""How long an idle connection stays open: longer than clients and proxies keep theirs (60 s at most, commonly), so that
none of them sends a request into a connection that is just being closed."""


def bind(host: str, port: int) -> socket.socket:
    """Take the port before anything is loaded; raises UsageError where it cannot be had."""
    family, kind, protocol, _, address = _resolve(host, port)
    taken = socket.socket(family, kind, protocol)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind(address)
    except OSError as error:
        taken.close()
        reason = (error.strerror or str(error)).lower()
        raise UsageError(f"Cannot listen on {host} port {port}: {reason}; choose another with --port.") from None
    return taken


def _resolve(host: str, port: int) -> tuple[int, int, int, str, tuple[object, ...]]:
    try:
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except OSError:
        raise UsageError(f"There is no address {host!r} on this machine; name another with --host.") from None


def address_of(taken: socket.socket) -> str:
    """Return where a browser finds the service."""
    host, port = taken.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class Server(uvicorn.Server):
    """uvicorn, which calls back once the service can answer, and takes leave of its clients before it closes."""

    def __init__(
        self, app: FastAPI, settings: ServiceSettings, *, is_ready: Callable[[], bool], on_ready: Callable[[], None]
    ) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=Protocol,
                access_log=False,
                log_config=None,
                log_level="error",
                server_header=False,
                ws="none",
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=math.ceil(settings.drain_seconds),
            )
        )
        self._is_ready = is_ready
        self._on_ready: Callable[[], None] | None = on_ready

    async def on_tick(self, counter: int) -> bool:
        """Call back where it has become ready; return whether a signal has come."""
        if self._on_ready and self._is_ready():
            self._on_ready()
            self._on_ready = None
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no new connection, answer what comes on open ones with `Connection: close` for a moment, then drain.

        Closing them at once would cut off requests that are on their way.
        """
        for server in self.servers:
            server.close()
        self.server_state.default_headers = [*self.server_state.default_headers, (b"connection", b"close")]
        end = time.monotonic() + LEAVE_SECONDS
        while self.server_state.connections and time.monotonic() < end and not self.force_exit:
            await asyncio.sleep(0.02)
        await super().shutdown(sockets)


@contextlib.contextmanager
def ending_on_signals() -> Iterator[None]:
    """Let SIGTERM and Ctrl-C end the server and not the process; uvicorn raises them again once it has drained."""
    caught = (signal.SIGINT, signal.SIGTERM)
    before = {one: signal.signal(one, lambda *_: None) for one in caught}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)

"""Counting every request, and turning an unforeseen failure into one logged line and a 500 that names it."""

from __future__ import annotations

import logging
import secrets
import time
import traceback

from tagstack.serving.asgi import App, Message, Receive, Scope, Send, send_problem
from tagstack.serving.metrics import Metrics

_log = logging.getLogger(__name__)


class Observe:
    """The outermost middleware."""

    def __init__(self, app: App, *, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 0
        start = time.perf_counter()

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:  # noqa: BLE001 - whatever it is, the client gets an id and the log a line
            detail = f"internal error {_report(error, scope)}"
            if status:
                raise ConnectionError(detail) from None
            await send_problem(watched, 500, detail)
        finally:
            self._metrics.observe(scope["path"], scope["method"], status or 499, time.perf_counter() - start)


def _report(error: Exception, scope: Scope) -> str:
    """Log where an error happened under a new id. Its message is left out: it may quote the question."""
    name = secrets.token_hex(6)
    last = traceback.extract_tb(error.__traceback__)[-1]
    _log.error(
        "internal error %s: %s at %s:%s in %s, answering %s",
        name, type(error).__name__, last.filename.rpartition("/")[2], last.lineno, last.name, scope["method"],
    )  # fmt: skip
    return name

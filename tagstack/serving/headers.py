"""Response headers that tell a browser what it must not do."""

from __future__ import annotations

from tagstack.serving.asgi import App, Message, Receive, Scope, Send

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
ALWAYS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
_RAW = [(name.encode(), value.encode()) for name, value in ALWAYS.items()]
_NO_STORE = (b"cache-control", b"no-store")


class SecurityHeaders:
    """Adds them to every answer; one that says nothing of caches is not to be stored."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = message["headers"] = [*message.get("headers", ()), *_RAW]
                if not any(name == b"cache-control" for name, _ in given):
                    given.append(_NO_STORE)
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] == "http" else send)

"""Who may ask, and how often: API keys, the rate of one client, the Host header."""

from __future__ import annotations

import hashlib
import hmac
import math
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from tagstack.errors import UsageError
from tagstack.loopback import is_loopback
from tagstack.serving.asgi import App, Receive, Scope, Send, header, send_problem

KEYS, KEYS_FILE = "TAGSTACK_API_KEYS", "TAGSTACK_API_KEYS_FILE"
SHORTEST_KEY = 16
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})


@dataclass(frozen=True)
class Keys:
    """API keys, kept as their SHA-256 only.

    >>> keys = Keys.of(["0123456789abcdef"])
    >>> keys.find("0123456789abcdef") is None, keys.find("guess")
    (False, None)
    """

    digests: tuple[bytes, ...] = ()

    @classmethod
    def of(cls, keys: Iterable[str]) -> Keys:
        """Return these keys; raises UsageError for one that can be guessed."""
        found = list(keys)
        if any(len(key) < SHORTEST_KEY for key in found):
            raise UsageError(f"An API key in {KEYS} is shorter than {SHORTEST_KEY} characters; choose longer ones.")
        return cls(tuple(_digest(key) for key in found))

    def find(self, offered: str | None) -> str | None:
        """Return a name for the key that a client offers; None where it is none of ours. All are compared, whole."""
        if offered is None:
            return None
        digest = _digest(offered)
        found = None
        for known in self.digests:
            if hmac.compare_digest(known, digest):
                found = known.hex()[:12]
        return found


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).digest()


def read_keys(environ: Mapping[str, str]) -> Keys:
    """Read the keys from `TAGSTACK_API_KEYS`, separated by commas, and from the lines of `TAGSTACK_API_KEYS_FILE`.

    Raises:
        UsageError: The file cannot be read, or a key is too short.
    """
    return Keys.of(_read(environ))


def first_key(environ: Mapping[str, str]) -> str | None:
    """Return a key that a client on this machine can use; None where there is none; errors as in `read_keys`."""
    return next(iter(_read(environ)), None)


def _read(environ: Mapping[str, str]) -> list[str]:
    found = environ.get(KEYS, "").split(",")
    if file := environ.get(KEYS_FILE):
        try:
            found += Path(file).read_text(encoding="utf-8").splitlines()
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "no text"
            raise UsageError(f"Cannot read {KEYS_FILE} {file}: {reason}; name a file with a key a line.") from None
    return [key.strip() for key in found if key.strip()]


class HostGuard:
    """Refuses requests that reached a loopback address under a foreign name: a web page that rebinds its name."""

    def __init__(self, app: App, *, hosts: Collection[str] = LOCAL_HOSTS) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] == "http" and _host_name(header(scope, b"host") or "") not in self._hosts:
            await send_problem(send, 421, "the Host header must name localhost")
            return
        await self._app(scope, receive, send)


def _host_name(host: str) -> str:
    """Return the name without the port.

    >>> _host_name("[::1]:8080"), _host_name("LOCALHOST:8080")
    ('[::1]', 'localhost')
    """
    name, separator, port = host.lower().rpartition(":")
    return name if separator and (not port or port.isdigit()) else host.lower()


@dataclass(frozen=True)
class Rules:
    """Which requests need a key and how many a client may make.

    Attributes:
        keys: the keys that are accepted.
        required: whether a guarded path needs one.
        per_minute: requests of one client; None is no limit.
        open_paths: paths that anyone may ask for, without limit.
        near_paths: paths that need a key from other machines only.
    """

    keys: Keys
    required: bool
    per_minute: int | None
    open_paths: frozenset[str]
    near_paths: frozenset[str]


class Access:
    """Answers 401 without a key where one is needed, and 429 to a client that asks too often."""

    def __init__(self, app: App, *, rules: Rules) -> None:
        self._app = app
        self._rules = rules
        self._limiter = FixedWindowRateLimiter(MemoryStorage()) if rules.per_minute else None
        self._limit = RateLimitItemPerMinute(rules.per_minute or 1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http" or scope["path"] in self._rules.open_paths:
            await self._app(scope, receive, send)
            return
        key = self._rules.keys.find(_offered(scope))
        address = (scope.get("client") or ("unknown", 0))[0]
        if wait := self._wait(key or address):
            detail = f"more than {self._rules.per_minute} requests a minute; wait {wait} s"
            await send_problem(send, 429, detail, {"retry-after": str(wait)})
            return
        if key is None and self._needs_key(scope["path"], address):
            detail = "an API key is needed: Authorization: Bearer KEY, or X-API-Key: KEY"
            await send_problem(send, 401, detail, {"www-authenticate": 'Bearer realm="tagstack"'})
            return
        await self._app(scope, receive, send)

    def _needs_key(self, path: str, address: str) -> bool:
        return not is_loopback(address) if path in self._rules.near_paths else self._rules.required

    def _wait(self, client: str) -> int:
        """Count a request; return 0 where it is within the limit, else the seconds until the client may ask again."""
        if self._limiter is None or self._limiter.hit(self._limit, client):
            return 0
        reset = self._limiter.get_window_stats(self._limit, client).reset_time
        return max(1, math.ceil(reset - time.time()))


def _offered(scope: Scope) -> str | None:
    bearer = header(scope, b"authorization")
    if bearer and bearer[:7].lower() == "bearer ":
        return bearer[7:].strip()
    return header(scope, b"x-api-key")

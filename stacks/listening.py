"""Where the service listens, where whoever starts it knows better than its snapshot."""

from __future__ import annotations

from collections.abc import Mapping

VARIABLE = "TAGSTACK_LISTEN"
"""An address and a port, as `127.0.0.1:8080`."""


def listens_at(environ: Mapping[str, str], *, host: str, port: int) -> tuple[str, int]:
    """Return address and port of the service.

    >>> listens_at({}, host="0.0.0.0", port=8000)
    ('0.0.0.0', 8000)
    >>> listens_at({"TAGSTACK_LISTEN": "127.0.0.1:8080"}, host="0.0.0.0", port=8000)
    ('127.0.0.1', 8080)
    """
    asked, _, number = environ.get(VARIABLE, "").rpartition(":")
    return (asked, int(number)) if asked else (host, port)

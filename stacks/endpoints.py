"""Whether servers answer, asked with a short time limit."""

from __future__ import annotations

import socket
import ssl
from urllib.parse import urlsplit

import httpx

from tagstack.errors import ServiceError
from tagstack.loopback import is_loopback

SECONDS = 3.0
PORTS = {"http": 80, "https": 443}


def require_port(host: str, port: int) -> None:
    """Open a TCP connection and close it.

    Raises:
        ServiceError: There is no such host, or nothing answers there.
    """
    try:
        socket.create_connection((host, port), timeout=SECONDS).close()
    except socket.gaierror:
        raise ServiceError(f"there is no host {host}") from None
    except OSError as error:
        reason = "no answer" if isinstance(error, TimeoutError) else (error.strerror or str(error)).lower()
        raise ServiceError(f"{host}:{port} does not answer ({reason})") from None


def require_address(url: str) -> None:
    """Open a TCP connection to the host of an address; raises as `require_port`."""
    parts = urlsplit(url)
    require_port(parts.hostname or url, parts.port or PORTS.get(parts.scheme, 443))


def ask(
    url: str,
    *,
    auth: tuple[str, str] | None = None,
    token: str | None = None,
    accept: str = "*/*",
    verify: bool = True,
) -> httpx.Response:
    """Send one GET request.

    Raises:
        ServiceError: Nothing answers, or its certificate is not trusted.
    """
    headers = {"Accept": accept, **({"Authorization": f"Bearer {token}"} if token else {})}
    try:
        return httpx.get(
            url,
            auth=auth,
            headers=headers,
            timeout=SECONDS,
            verify=verify,
            follow_redirects=True,
            trust_env=not is_loopback(urlsplit(url).hostname or ""),
        )
    except httpx.HTTPError as error:
        if isinstance(error.__cause__, ssl.SSLError) or "CERTIFICATE_VERIFY" in str(error):
            raise ServiceError(
                f"the certificate of {url} is not trusted; name your authority in SSL_CERT_FILE"
            ) from None
        parts = urlsplit(url)
        reason = str(error).rpartition("] ")[2].lower() or type(error).__name__
        raise ServiceError(f"{parts.scheme}://{parts.netloc} does not answer ({reason})") from None

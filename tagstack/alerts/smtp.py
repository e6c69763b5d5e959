"""One attempt to hand a mail to an SMTP server: bounded in time, and with errors that hold no secret and no address."""

from __future__ import annotations

import contextlib
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any, Literal

from tagstack.alerts.smtp_errors import MailError, RefusedMailError, explain, named

Security = Literal["starttls", "tls", "none"]
PORTS: dict[Security, int] = {"starttls": 587, "tls": 465, "none": 25}
_PATIENCE = 4
"""How many times the time-out a whole attempt may take."""


@dataclass(frozen=True, kw_only=True)
class MailServer:
    """An SMTP server and how to talk to it.

    Attributes:
        security: `starttls` and `tls` verify the server's certificate; `starttls` never goes on without encryption.
        ca_file: PEM file of certificate authorities to trust instead of the system's.
        timeout: Seconds to wait for each answer; a whole attempt takes at most four times as long.
        attempts: How often to try while it fails for a passing reason.
        pause: Seconds before the second attempt; doubled before each further one.
    """

    host: str
    port: int
    security: Security = "starttls"
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: str | None = None
    timeout: float = 20.0
    attempts: int = 3
    pause: float = 2.0

    @property
    def address(self) -> str:
        """Host and port."""
        return f"{self.host}:{self.port}"


@dataclass(frozen=True)
class Refusal:
    """Why a server did not take a mail for one recipient."""

    code: int
    detail: str

    @property
    def transient(self) -> bool:
        """Whether it may take it later."""
        return self.code < 500


def send(server: MailServer, message: EmailMessage, *, sender: str, recipients: Sequence[str]) -> dict[str, Refusal]:
    """Hand a mail over and return the recipients for whom the server did not take it; all of them is no error.

    Raises:
        MailError: There is no server, it is too slow, not to be trusted, or refuses the sender, user or mail.
    """
    with _errors(server):
        connection = _connect(server)
        try:
            refused = connection.send_message(message, from_addr=sender, to_addrs=list(recipients))
        except smtplib.SMTPRecipientsRefused as error:
            unheard = (0, b"")  # the server said goodbye before they were named
            refused = {address: error.recipients.get(address, unheard) for address in recipients}
        finally:
            # What the server took stays taken, whatever it says when we leave.
            with contextlib.suppress(smtplib.SMTPException, OSError):
                connection.quit()
            connection.close()
    return {address: Refusal(code, named(code, text)) for address, (code, text) in refused.items()}


class _Bounded(smtplib.SMTP):
    """A connection that is cut after a time, as a server that answers a byte at a time never lets a socket time out."""

    def __init__(self, *, limit: float, **options: Any) -> None:  # noqa: ANN401 - what smtplib takes
        self._timer = threading.Timer(limit, self._cut)
        self._timer.daemon = True
        self._timer.start()
        try:
            # Its own name would be looked up, which may take long, and told to the server.
            super().__init__(local_hostname="[127.0.0.1]", **options)
        except BaseException:
            self._timer.cancel()
            raise

    def close(self) -> None:
        """Close, and cut nothing any more."""
        self._timer.cancel()
        super().close()

    def _cut(self) -> None:
        if self.sock:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(self.sock, socket.SHUT_RDWR)  # SSLSocket's own would unwrap it under the reader


class _BoundedTls(_Bounded, smtplib.SMTP_SSL):
    """The same, encrypted from the first byte."""


def _connect(server: MailServer) -> smtplib.SMTP:
    place: dict[str, Any] = {"host": server.host, "port": server.port, "timeout": server.timeout}
    place["limit"] = _PATIENCE * server.timeout
    connection = _BoundedTls(context=_trust(server), **place) if server.security == "tls" else _Bounded(**place)
    try:
        if server.security == "starttls":
            connection.starttls(context=_trust(server))
        if server.username:
            _login(connection, server.username, server.password or "")
    except BaseException:
        connection.close()
        raise
    return connection


def _login(connection: smtplib.SMTP, username: str, password: str) -> None:
    try:
        connection.login(username, password)
    except UnicodeError:  # its message holds the password
        what = "The user name or password of the mail server has characters outside ASCII, which cannot be sent."
        raise MailError(what, transient=False) from None


def _trust(server: MailServer) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=server.ca_file)
    except (OSError, ssl.SSLError):
        what = f"The certificates in {server.ca_file} cannot be read; give a PEM file."
        raise MailError(what, transient=False) from None


@contextlib.contextmanager
def _errors(server: MailServer) -> Iterator[None]:
    try:
        yield
    except (smtplib.SMTPException, OSError, UnicodeError) as error:
        what, transient = explain(error, security=server.security, timeout=server.timeout)
        refused = isinstance(error, smtplib.SMTPSenderRefused | smtplib.SMTPDataError)
        kind = RefusedMailError if refused else MailError
        raise kind(f"The mail server {server.address} {what}.", transient=transient) from None

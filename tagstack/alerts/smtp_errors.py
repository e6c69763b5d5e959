"""What went wrong with a mail server, in our words."""

from __future__ import annotations

import re
import smtplib
import socket
import ssl

from tagstack.errors import ServiceError

_ENHANCED = re.compile(rb"\d\.\d{1,3}\.\d{1,3}\b")


class MailError(ServiceError):
    """A mail could not be handed over.

    Attributes:
        transient: Whether the same may succeed a moment later.
    """

    def __init__(self, message: str, *, transient: bool) -> None:
        super().__init__(message)
        self.transient = transient


class RefusedMailError(MailError):
    """The server is there but does not take this mail; another one it may."""


def explain(error: Exception, *, security: str, timeout: float) -> tuple[str, bool]:
    """Say what went wrong and whether it may pass; never in the server's words, which may repeat what we sent."""
    match error:
        case smtplib.SMTPResponseException():
            return _answered(error)
        case smtplib.SMTPNotSupportedError():
            missing = "STARTTLS" if "STARTTLS" in str(error) else "a login"
            return f"does not offer {missing}; look at security, username and port", False
        case ssl.SSLError():
            return _unencrypted(error, security)
    return _unreachable(error, timeout), True


def _unencrypted(error: ssl.SSLError, security: str) -> tuple[str, bool]:
    match error:
        case ssl.SSLCertVerificationError():
            what = f"has a certificate that cannot be trusted ({error.verify_message})"
            return f"{what}; look at host, or name its authority as ca_file", False
        case ssl.SSLEOFError() | ssl.SSLZeroReturnError():
            return "closed the connection", True
    return f"does not speak TLS there; look at security ({security}) and port", False


def _unreachable(error: Exception, timeout: float) -> str:
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        return f"did not answer within {timeout:g} seconds"
    match error:
        case socket.gaierror() | UnicodeError():
            return "is not known; look at host"
        case ConnectionRefusedError():
            return "accepts no connections"
        case smtplib.SMTPServerDisconnected() | ConnectionError():
            return "closed the connection"
        case OSError():
            return f"cannot be reached: {error.strerror or 'unknown error'}"
    return "does not follow the protocol"


def _answered(error: smtplib.SMTPResponseException) -> tuple[str, bool]:
    code, text = error.smtp_code, error.smtp_error
    if code <= 0:
        return "does not follow the protocol", False
    match error:
        case smtplib.SMTPAuthenticationError():
            what = "refused the user name or the password"
        case smtplib.SMTPSenderRefused():
            what = "refused the sender"
        case smtplib.SMTPDataError():
            what = "refused the mail"
        case _:
            what = "refused to talk"
    return f"{what} ({named(code, text if isinstance(text, bytes) else str(text).encode())})", code < 500


def named(code: int, text: bytes) -> str:
    """Return an answer's code and, where it has one, its enhanced status code (RFC 3463), but not its text.

    >>> named(550, b"5.1.1 <jane@example.org>: no such user")
    '550 5.1.1'
    """
    if code <= 0:
        return "not asked"
    enhanced = _ENHANCED.search(text)
    return f"{code} {enhanced[0].decode()}" if enhanced else str(code)

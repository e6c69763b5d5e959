"""An SMTP server with logins and TLS: `python -m lab.mail_server PORT CERTIFICATE FOLDER`."""

from __future__ import annotations

import os
import signal
import ssl
import sys
import uuid
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from lab.place import HOST


class Folder:
    """Writes each mail into a folder."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: ARG002, N802
        """Take a mail."""
        (self.folder / f"{uuid.uuid4().hex}.eml").write_bytes(envelope.original_content or b"")
        return "250 2.0.0 Taken"


def _check(server: SMTP, session: Session, envelope: Envelope, mechanism: str, login: object) -> AuthResult:  # noqa: ARG001
    known = (os.environ["LAB_MAIL_USER"].encode(), os.environ["LAB_MAIL_PASSWORD"].encode())
    right = isinstance(login, LoginPassword) and (login.login, login.password) == known
    return AuthResult(success=right, handled=False)


def main(port: int, certificate: str, folder: Path) -> None:
    """Serve until a signal."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    controller = Controller(
        Folder(folder), hostname=HOST, port=port, ssl_context=context,
        authenticator=_check, auth_required=True, auth_require_tls=False,
    )  # fmt: skip
    controller.start()
    signal.sigwait([signal.SIGTERM, signal.SIGINT])
    controller.stop()


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM, signal.SIGINT])
    main(int(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))

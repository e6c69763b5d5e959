"""A real SMTP server on this machine, with TLS, logins and bad days, and a mail to send to it."""

from __future__ import annotations

import asyncio
import datetime as dt
import ipaddress
import ssl
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import SMTP

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tagstack.alerts.message import new_message
from tagstack.alerts.smtp import MailServer

PASSWORD = "hunter2-very-secret"
DAY = dt.datetime(2024, 10, 1, 12, tzinfo=dt.UTC)


@dataclass
class Postmaster:
    """What the server does with mail: answers are taken one by one, then it is friendly.

    Attributes:
        answers: To a recipient, by address.
        to_sender: To `MAIL FROM`.
        to_data: To the mail itself.
        at_data: What happens while the mail is taken: "sleep" or "hang up".
        received: What was taken: recipients and message.
        logins: Whether each login was right.
    """

    answers: dict[str, list[str]] = field(default_factory=dict)
    to_sender: list[str] = field(default_factory=list)
    to_data: list[str] = field(default_factory=list)
    at_data: list[str] = field(default_factory=list)
    received: list = field(default_factory=list)
    logins: list[bool] = field(default_factory=list)

    async def handle_MAIL(self, server, session, envelope, address, options):  # noqa: N802 - aiosmtpd's names
        if self.to_sender:
            return self.to_sender.pop(0)
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if self.answers.get(address):
            return self.answers[address].pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        match self.at_data and self.at_data.pop(0):
            case "sleep":
                await asyncio.sleep(1)
            case "hang up":
                server.transport.abort()
        if self.to_data:
            return self.to_data.pop(0)
        self.received.append((list(envelope.rcpt_tos), message_from_bytes(envelope.content, policy=SMTP)))
        return "250 2.0.0 Taken"

    def check(self, server, session, envelope, mechanism, data):
        right = (data.login, data.password) == (b"jane", PASSWORD.encode())
        self.logins.append(right)
        return AuthResult(success=right, handled=False)


class _Server(Controller):
    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """A certificate of 127.0.0.1 that is its own authority: a PEM file of it, and one with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail test")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("certificate")
    public = made.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "authority.pem").write_bytes(public)
    (folder / "server.pem").write_bytes(public + private)
    return folder


@pytest.fixture
def start(certificate):
    """Start a server: `start(postmaster, security="tls", login=True)`; returns how to reach it."""
    running = []

    def run(postmaster, *, security="none", login=False, **options):
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate / "server.pem")
        kinds = {"tls": {"ssl_context": context}, "starttls": {"tls_context": context, "require_starttls": True}}
        logins = {"authenticator": postmaster.check, "auth_required": True, "auth_require_tls": security == "starttls"}
        server = _Server(
            postmaster, hostname="127.0.0.1", port=0, **kinds.get(security, {}), **(logins if login else {})
        )
        server.start()
        running.append(server)
        usual = {"security": security, "timeout": 5.0, "pause": 0.01}
        if security != "none":
            usual["ca_file"] = str(certificate / "authority.pem")
        if login:
            usual |= {"username": "jane", "password": PASSWORD}
        return MailServer(host="127.0.0.1", port=server.port, **(usual | options))

    yield run
    for server in running:
        server.stop()


@pytest.fixture
def postmaster():
    """What the server does with mail."""
    return Postmaster()


@pytest.fixture
def mail():
    """A mail whose subject and text are not ASCII."""
    message = new_message("Warnung: ручной 标签 drift", date=DAY, message_id="<one@tagstack>")
    message.set_content("Größe: 1.\nfrom here\n.\n" + "x" * 2000 + "\n", cte="quoted-printable")
    return message

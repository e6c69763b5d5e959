"""SMTP with TLS and logins: every mail that is taken becomes a file."""

from __future__ import annotations

import sys

from lab.certificates import make_certificate
from lab.place import Place
from lab.servers.server import Server, listens

USER = "tagstack"


def _prepare(place: Place) -> None:
    make_certificate(place)


def _command(place: Place) -> list[str]:
    folder = place.of("smtp")
    certificate = place.of("certificates") / "server.pem"
    return [sys.executable, "-m", "lab.mail_server", str(place.ports["smtp"]), str(certificate), str(folder / "mails")]


def _environment(place: Place) -> dict[str, str]:
    return {"LAB_MAIL_USER": USER, "LAB_MAIL_PASSWORD": place.secrets["smtp"]}


SERVER = Server("smtp", _command, listens("smtp"), prepare=_prepare, environment=_environment)

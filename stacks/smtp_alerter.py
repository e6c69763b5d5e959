"""Mail as a stack component: ZenML's alerter interface on an SMTP server, or on a folder where there is none."""

from __future__ import annotations

import datetime as dt
import logging
import re
from collections.abc import Sequence
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path
from typing import cast

from pydantic import ConfigDict, Field, model_validator
from zenml.alerter.base_alerter import (
    BaseAlerter,
    BaseAlerterConfig,
    BaseAlerterFlavor,
    BaseAlerterStepParameters,
)
from zenml.utils.secret_utils import SecretField, is_secret_reference

from tagstack import paths
from tagstack.alerts.delivery import Delivery, PostOffice
from tagstack.alerts.message import new_message
from tagstack.alerts.outbox import Outbox
from tagstack.alerts.settings import check_address
from tagstack.alerts.smtp import PORTS, MailServer, Security
from tagstack.errors import ConfigError, StorageError, UsageError
from tagstack.loopback import is_loopback

_log = logging.getLogger(__name__)
_MISSING_SECRET = re.compile(r"The secret \S+ does not (?:exist|contain a value for key \w+)")


class SmtpAlerterConfig(BaseAlerterConfig):
    """Which server takes the mail, and for whom."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True, hide_input_in_errors=True)

    host: str | None = None
    """The SMTP server; without one, mail is only written into the outbox."""
    port: int | None = Field(default=None, ge=1, le=65535)
    """587, 465 or 25, by `security`, where not given."""
    security: Security = "starttls"
    """`starttls`, `tls` from the first byte, or `none`; the first two verify the server's certificate."""
    ca_file: str | None = None
    """PEM file of certificate authorities to trust instead of the system's, for a server of one's own."""
    username: str | None = None
    password: str | None = SecretField(default=None)
    """A reference to a ZenML secret, as `{{mail.password}}`."""
    sender: str = "tagstack@localhost"
    recipients: list[str] = Field(default_factory=list)
    """Who gets mail for which the settings of alerts name nobody."""
    subject_prefix: str = "[Tagstack]"
    timeout: float = Field(default=20.0, gt=0, le=600)
    """Seconds to wait for each answer of the server; one attempt takes at most four times as long."""
    attempts: int = Field(default=3, ge=1, le=10)
    """How often a run tries while the reason for a failure may pass."""
    pause: float = Field(default=2.0, ge=0, le=600)
    """Seconds before the second attempt, doubled before each further one."""
    outbox: str | None = None
    """Folder of written and undelivered mail; beside ZenML's own store where not given."""
    keep_days: int = Field(default=90, ge=1)
    """Age from which delivered and written mail is deleted; undelivered mail is kept."""

    @model_validator(mode="after")
    def _consistent(self) -> SmtpAlerterConfig:
        given = self.__dict__  # attributes would resolve secrets
        for address in (given["sender"], *given["recipients"]):
            check_address(address)
        if (given["username"] is None) != (given["password"] is None):
            raise ValueError("username and password belong together: give both or none")
        if given["password"] is not None and not is_secret_reference(given["password"]):
            raise ValueError(
                "password must refer to a ZenML secret, as {{mail.password}}: zenml secret create mail ..."
            )
        if given["security"] == "none" and given["username"] and not is_loopback(given["host"] or "localhost"):
            raise ValueError("security 'none' would send the password readable by all; use 'starttls' or 'tls'")
        return self


class SmtpAlerterParameters(BaseAlerterStepParameters):
    """What one posted mail may differ in."""

    model_config = ConfigDict(extra="forbid")

    subject: str | None = None
    recipients: list[str] | None = None


class SmtpAlerter(BaseAlerter):
    """Delivers mail, and keeps in its outbox what it cannot deliver."""

    @property
    def config(self) -> SmtpAlerterConfig:
        """The configuration."""
        return cast("SmtpAlerterConfig", self._config)

    @property
    def outbox(self) -> Outbox:
        """Where mail is kept."""
        folder = self.config.outbox
        return Outbox(Path(folder).expanduser() if folder else paths.data() / "outbox")

    def deliver(self, message: EmailMessage, recipients: Sequence[str] = ()) -> Delivery:
        """Deliver a mail; what server, disk and secrets do is told and not raised.

        Args:
            message: With `Subject`, `Date` and `Message-ID`; sender, recipients and the subject's prefix are added.
            recipients: Bare addresses; none means those of the configuration.

        Raises:
            ValueError: A recipient is no mail address.
        """
        return self._office().deliver(message, tuple(recipients) or tuple(self.config.recipients))

    def deliver_waiting(self) -> tuple[Delivery, ...]:
        """Try once more what earlier runs could not deliver, the oldest first."""
        return self._office().deliver_waiting()

    def purge(self, now: dt.datetime) -> int:
        """Delete delivered mail older than the configuration keeps it, and say how much; a failure is logged."""
        try:
            return self.outbox.purge(now - dt.timedelta(days=self.config.keep_days))
        except StorageError as error:
            _log.warning("%s", error)
            return 0

    def post(self, message: str, params: BaseAlerterStepParameters | None = None) -> bool:
        """Mail a text; without a server, writing it into the outbox is success.

        Raises:
            UsageError: `params` are of another alerter.
            ValueError: A recipient is no mail address.
        """
        chosen = _parameters(params)
        subject = chosen.subject or next(iter(message.strip().splitlines()), "Message")
        mail = new_message(subject, date=dt.datetime.now(dt.UTC), message_id=make_msgid(domain="tagstack"))
        mail.set_content(message.encode("utf-8", "replace").decode(), cte="quoted-printable")
        made = self.deliver(mail, tuple(chosen.recipients or ()))
        return made.outcome == "delivered" or (made.outcome == "kept" and self.config.host is None)

    def ask(self, question: str, params: BaseAlerterStepParameters | None = None) -> bool:  # noqa: ARG002
        """Refuse: mail brings no answer back.

        Raises:
            UsageError: Always.
        """
        raise UsageError(
            f"Alerter {self.name!r} sends mail and cannot wait for an answer; use `post`, or another alerter."
        )

    def _office(self) -> PostOffice:
        problem, server = "", None
        try:
            server = self._server()
        except ConfigError as error:
            problem = str(error)
        return PostOffice(
            outbox=self.outbox,
            server=server,
            sender=self.config.sender,
            prefix=self.config.subject_prefix,
            problem=problem,
        )

    def _server(self) -> MailServer | None:
        config = self.config
        if config.host is None:
            return None
        options = ("host", "security", "username", "password", "ca_file", "timeout", "attempts", "pause")
        try:
            given = {name: getattr(config, name) for name in options}
        except KeyError as error:
            found = _MISSING_SECRET.search(str(error))
            what = found[0] if found else "A secret is missing"
            raise ConfigError(f"Mail alerter {self.name!r}: {what}; make it with `zenml secret`.") from None
        return MailServer(port=config.port or PORTS[config.security], **given)


class SmtpAlerterFlavor(BaseAlerterFlavor):
    """What ZenML loads to find the alerter."""

    @property
    def name(self) -> str:
        """Its name in stack files and commands."""
        return "tagstack-smtp"

    @property
    def config_class(self) -> type[SmtpAlerterConfig]:
        """The configuration."""
        return SmtpAlerterConfig

    @property
    def implementation_class(self) -> type[SmtpAlerter]:
        """The alerter."""
        return SmtpAlerter


def _parameters(params: BaseAlerterStepParameters | None) -> SmtpAlerterParameters:
    if params is None or type(params) is BaseAlerterStepParameters:
        return SmtpAlerterParameters()
    if not isinstance(params, SmtpAlerterParameters):
        raise UsageError(f"The mail alerter takes SmtpAlerterParameters, not {type(params).__name__}.")
    return params

"""Getting a mail to its readers, at once or later: it is kept until a server has taken it."""

from __future__ import annotations

import copy
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from email.message import EmailMessage
from pathlib import Path
from typing import Literal

from tagstack.alerts.attempts import attempt
from tagstack.alerts.outbox import Outbox
from tagstack.alerts.settings import check_address
from tagstack.alerts.smtp import MailServer
from tagstack.alerts.subject import LONGEST, one_line
from tagstack.errors import StorageError

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """What became of one mail.

    Attributes:
        outcome: `delivered`: a server took it. `kept`: it is in the outbox, because there is no server, or it took it
            for nobody or not for all. `lost`: neither; the caller should not take it for mailed.
        detail: One line for a person; with masked addresses only.
        subject: Of the mail.
        refused: Recipients for whom it was refused for good.
    """

    outcome: Literal["delivered", "kept", "lost"]
    detail: str
    subject: str = ""
    refused: int = 0


@dataclass(frozen=True, kw_only=True)
class PostOffice:
    """Delivers mail, and keeps what it cannot deliver.

    Attributes:
        outbox: Where mail is kept.
        server: None writes mail into the outbox and delivers nothing.
        sender: For `From`.
        prefix: Of each subject.
    """

    outbox: Outbox
    server: MailServer | None
    sender: str
    prefix: str = ""

    def deliver(self, message: EmailMessage, recipients: Sequence[str]) -> Delivery:
        """Deliver a mail, trying again after passing failures; nothing that a server or disk does is raised.

        Args:
            message: With `Subject`, `Date` and `Message-ID`.
            recipients: Bare addresses.

        Raises:
            ValueError: A recipient is no mail address.
        """
        named = tuple(dict.fromkeys(map(check_address, recipients)))
        addressed = self._address(message, named)
        made = self._deliver(addressed, named)
        return _told(replace(made, subject=str(addressed["Subject"])), quiet=self.server is None)

    def deliver_waiting(self) -> tuple[Delivery, ...]:
        """Try once more what earlier runs kept, the oldest first, until the server fails."""
        try:
            if self.server is None or not self.outbox.waiting():
                return ()
            with self.outbox.alone() as alone:
                return tuple(_told(one) for one in self._retry(self.server)) if alone else ()
        except StorageError as error:
            return (_told(Delivery(outcome="lost", detail=str(error))),)

    def _retry(self, server: MailServer) -> Iterator[Delivery]:
        for path in self.outbox.waiting():
            try:
                message, recipients = self.outbox.read(path)
            except StorageError as error:
                yield Delivery(outcome="kept", detail=str(error))
                continue
            made = self._hand_over(replace(server, attempts=1), message, recipients, path)
            yield replace(made, subject=str(message["Subject"]))
            if made.outcome == "kept":
                return

    def _deliver(self, message: EmailMessage, recipients: tuple[str, ...]) -> Delivery:
        try:
            if self.server is None or not recipients:
                why = "nobody is named to get it" if self.server else "no mail server is configured"
                return Delivery(outcome="kept", detail=f"{why}; written to {self.outbox.write(message)}")
            kept = self.outbox.queue(message, recipients)
        except StorageError as error:
            if self.server is None or not recipients:
                return Delivery(outcome="lost", detail=str(error))
            _log.warning("%s", error)
            return self._hand_over(self.server, message, recipients, None)
        return self._hand_over(self.server, message, recipients, kept)

    def _hand_over(
        self, server: MailServer, message: EmailMessage, recipients: tuple[str, ...], kept: Path | None
    ) -> Delivery:
        """Hand a mail to the server, and bring its file in the outbox up to date."""
        tried = attempt(server, message, sender=self.sender, recipients=recipients)
        try:
            if kept and not tried.left:
                self.outbox.settle(kept)
            elif kept and tried.left != recipients:
                self.outbox.queue(message, tried.left)
        except StorageError as error:
            _log.warning("%s", error)
        refused = len(tried.refused)
        if tried.left and kept is None:
            return Delivery(outcome="lost", detail=f"{tried.detail} It is not in the outbox either.", refused=refused)
        return Delivery(outcome="kept" if tried.left else "delivered", detail=tried.detail, refused=refused)

    def _address(self, message: EmailMessage, recipients: tuple[str, ...]) -> EmailMessage:
        addressed = copy.deepcopy(message)
        for header in ("From", "To", "Subject"):
            del addressed[header]
        addressed["From"] = self.sender
        addressed["To"] = ", ".join(recipients) or "undisclosed-recipients:;"
        addressed["Subject"] = one_line(f"{self.prefix} {message['Subject']}", LONGEST + len(self.prefix) + 1)
        return addressed


def _told(delivery: Delivery, *, quiet: bool = False) -> Delivery:
    """Log what became of a mail."""
    trouble = delivery.outcome != "delivered" or delivery.refused
    level = logging.ERROR if delivery.outcome == "lost" else logging.WARNING if trouble and not quiet else logging.INFO
    _log.log(level, "Mail %s: %s", delivery.outcome, delivery.detail)
    return delivery

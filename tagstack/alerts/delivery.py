"""Getting a mail to its readers, at once or later: it is kept until a server has taken it."""

from __future__ import annotations

import copy
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from email.message import EmailMessage
from pathlib import Path
from typing import Literal

from tagstack.alerts.attempts import Tried, attempt
from tagstack.alerts.outbox import Outbox
from tagstack.alerts.settings import check_address
from tagstack.alerts.smtp import MailServer
from tagstack.alerts.subject import LONGEST, one_line
from tagstack.errors import StorageError

_log = logging.getLogger(__name__)
_ENOUGH = 2
"""How many mails in a row may meet a server that is not there; a single one may be what breaks it."""


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
        problem: Why there is no server although there should be one; mail waits then.
    """

    outbox: Outbox
    server: MailServer | None
    sender: str
    prefix: str = ""
    problem: str = ""

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
        try:
            made = self._deliver(addressed, named)
        except StorageError as error:  # it is queued, but cannot be claimed
            made = Delivery(outcome="kept", detail=str(error))
        quiet = self.server is None and not self.problem
        return _told(replace(made, subject=str(addressed["Subject"])), quiet=quiet)

    def deliver_waiting(self) -> tuple[Delivery, ...]:
        """Try once more what earlier runs kept, the oldest first, until the server fails."""
        try:
            waiting = self.outbox.waiting()
        except StorageError as error:
            return (_told(Delivery(outcome="kept", detail=str(error))),)
        if not waiting or (self.server is None and not self.problem):
            return ()
        if self.server is None:
            return (_told(Delivery(outcome="kept", detail=self.problem)),)
        return tuple(_told(made) for made in self._retry(replace(self.server, attempts=1), waiting))

    def _retry(self, server: MailServer, waiting: tuple[Path, ...]) -> Iterator[Delivery]:
        unserved = 0
        for path in waiting:
            try:
                with self.outbox.claim(path) as ours:
                    if not ours:
                        continue
                    message, recipients = self.outbox.read(path)
                    tried = attempt(server, message, sender=self.sender, recipients=recipients)
                    made = self._filed(message, tried, path)
            except StorageError as error:
                yield Delivery(outcome="kept", detail=str(error))
                continue
            yield replace(made, subject=str(message["Subject"]))
            unserved = unserved + 1 if tried.unserved else 0
            if unserved == _ENOUGH:
                return

    def _deliver(self, message: EmailMessage, recipients: tuple[str, ...]) -> Delivery:
        try:
            if not recipients or (self.server is None and not self.problem):
                path = self.outbox.write(message)
                why = "no mail server is configured" if self.server is None else "nobody is named to get it"
                return Delivery(outcome="kept", detail=f"Not sent, as {why}; written to {path}.")
            path = self.outbox.queue(message, recipients)
        except StorageError as error:
            return self._deliver_at_once(message, recipients, str(error))
        if self.server is None:
            return Delivery(outcome="kept", detail=self.problem)
        with self.outbox.claim(path) as ours:
            if not ours:
                return Delivery(outcome="kept", detail="Another run delivers it.")
            tried = attempt(self.server, message, sender=self.sender, recipients=recipients)
            return self._filed(message, tried, path)

    def _deliver_at_once(self, message: EmailMessage, recipients: tuple[str, ...], trouble: str) -> Delivery:
        if self.server is None or not recipients:
            return Delivery(outcome="lost", detail=" ".join(filter(None, [self.problem, trouble])))
        _log.warning("%s", trouble)
        return self._filed(message, attempt(self.server, message, sender=self.sender, recipients=recipients), None)

    def _filed(self, message: EmailMessage, tried: Tried, kept: Path | None) -> Delivery:
        """Bring the outbox up to date with what became of a mail."""
        try:
            if kept and not tried.left:
                self.outbox.settle(kept)
            elif kept and tried.left != tried.recipients:
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

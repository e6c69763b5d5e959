"""Trying to hand over a mail until it is taken, refused for good, or tried often enough."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage

from tagstack.alerts.smtp import MailServer, Refusal, send
from tagstack.alerts.smtp_errors import MailError, RefusedMailError


@dataclass(frozen=True)
class Tried:
    """What became of the attempts.

    Attributes:
        recipients: Who should have got it.
        pending: Those who may still get it, with the answer for each that the server named one.
        refused: Those who never will.
        problem: What ended the last attempt as a whole, if anything did.
        unserved: Whether that has to do with the server alone, so that it would meet the next mail, too.
    """

    recipients: tuple[str, ...]
    pending: Mapping[str, Refusal | None]
    refused: Mapping[str, Refusal] = field(default_factory=dict)
    problem: str = ""
    unserved: bool = False

    @property
    def taken(self) -> int:
        """For how many the server took it."""
        return len(self.recipients) - len(self.pending) - len(self.refused)

    @property
    def left(self) -> tuple[str, ...]:
        """Whom to try later; all where nobody got it, as the reason may be a setting that someone mends."""
        return tuple(self.pending) if self.taken else self.recipients

    @property
    def detail(self) -> str:
        """What happened, in one line, addresses masked."""
        said = (
            [] if self.problem and not self.taken else [f"Taken for {self.taken} of {len(self.recipients)} recipients."]
        )
        answers = {**self.refused, **self.pending}
        said += [f"Refused for {mask(address)} ({answer.detail})." for address, answer in answers.items() if answer]
        return " ".join([*said, *filter(None, [self.problem])])


def attempt(server: MailServer, message: EmailMessage, *, sender: str, recipients: tuple[str, ...]) -> Tried:
    """Hand a mail over, trying again after a pause while the reason for a failure may pass."""
    tried = Tried(recipients, dict.fromkeys(recipients))
    for number in range(server.attempts):
        if number:
            time.sleep(server.pause * 2 ** (number - 1))
        try:
            answers = send(server, message, sender=sender, recipients=tuple(tried.pending))
        except MailError as error:
            unserved = not isinstance(error, RefusedMailError)
            tried = Tried(recipients, tried.pending, tried.refused, str(error), unserved)
            if not error.transient:
                break
            continue
        pending = {address: answer for address, answer in answers.items() if answer.transient}
        refused = {address: answer for address, answer in answers.items() if not answer.transient}
        tried = Tried(recipients, pending, {**tried.refused, **refused})
        if not pending:
            break
    return tried


def mask(address: str) -> str:
    """Return what tells the owner of a mailbox which one it is, and nobody else.

    >>> mask("jane.doe@example.org")
    'j***@example.org'
    """
    name, _, domain = address.rpartition("@")
    return f"{name[:1]}***@{domain}"

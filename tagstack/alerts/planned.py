"""What is decided about a report: which mail is sent, and what is remembered of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from tagstack.alerts.memory import SentAlert
from tagstack.alerts.settings import Level

Occasion = Literal["alert", "escalation", "reminder", "digest", "recovery"]


@dataclass(frozen=True, kw_only=True)
class PlannedMail:
    """One mail that is to be sent.

    Attributes:
        occasion: Why.
        level: Whose recipients get it: of the finding, or of the worst one that is over.
        subject: One line without control characters.
        fingerprint: Of the finding.
        moment: Of the run.
        earlier: What was held back until now, or, at a recovery, what is over.
        thread: The mail that it goes on from, if any.
    """

    occasion: Occasion
    level: Level
    subject: str
    fingerprint: str
    moment: dt.datetime
    earlier: tuple[SentAlert, ...] = ()
    thread: SentAlert | None = None


@dataclass(frozen=True, kw_only=True)
class AlertPlan:
    """What is to be done about a report.

    Attributes:
        mail: What to send; None is nothing.
        remember: What to store once the mail was delivered or kept, or at once where there is none.
        reason: Why something or nothing is sent, in one line.
    """

    mail: PlannedMail | None = None
    remember: tuple[SentAlert, ...] = ()
    reason: str

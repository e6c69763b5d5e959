"""What is mailed: each finding once, nothing twice, worse at once, the rest together."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from tagstack.alerts.settings import Level
from tagstack.drift.report import Kind


@dataclass(frozen=True, kw_only=True)
class SentAlert:
    """One finding that was mailed, or is held back to be mailed with others.

    Its key is `(model_name, fingerprint, seen_at)`; a row that is remembered again replaces the one of its key.

    Attributes:
        model_name: Whose.
        version: The version in production when it was found.
        fingerprint: SHA-256, in hex, of model, version, kinds and tags.
        kinds: Kinds of drift; a tuple of names, none where only the metrics fell.
        level: How severe it was.
        seen_at: The moment of the run that found it first; aware.
        sent_at: When it was mailed last; None while it is held back.
        subject: Of the mail, without the prefix: at most 200 characters.
        resolved_at: When it was over; None while it lasts.
    """

    model_name: str
    version: int
    fingerprint: str
    kinds: tuple[Kind, ...]
    level: Level
    seen_at: dt.datetime
    sent_at: dt.datetime | None
    subject: str
    resolved_at: dt.datetime | None = None


@dataclass(frozen=True)
class AlertMemory:
    """What was found before.

    Attributes:
        alerts: Of one model, the oldest `seen_at` first.
    """

    alerts: tuple[SentAlert, ...] = ()

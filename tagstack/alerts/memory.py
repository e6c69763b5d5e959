"""What is remembered of alerts, so that nothing is mailed twice."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

from tagstack.alerts.settings import LEVELS, Level
from tagstack.drift.report import DriftReport, Kind


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
        resolved_at: When it was over, or a later mail told the same and more; None while it lasts.
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

    @property
    def open(self) -> bool:
        """Whether it was mailed and lasts."""
        return self.sent_at is not None and self.resolved_at is None

    @property
    def held(self) -> bool:
        """Whether it waits to be mailed."""
        return self.sent_at is None and self.resolved_at is None


@dataclass(frozen=True)
class AlertMemory:
    """What was found before.

    Attributes:
        alerts: Of one model, the oldest `seen_at` first.
    """

    alerts: tuple[SentAlert, ...] = ()

    def until(self, now: dt.datetime) -> AlertMemory:
        """Return what was known at `now`: a replay of the past sees nothing that was found later."""
        return AlertMemory(tuple(alert for alert in self.alerts if alert.seen_at <= now))

    @property
    def open(self) -> tuple[SentAlert, ...]:
        """What was mailed and lasts."""
        return tuple(alert for alert in self.alerts if alert.open)

    @property
    def held(self) -> tuple[SentAlert, ...]:
        """What waits to be mailed."""
        return tuple(alert for alert in self.alerts if alert.held)

    def recoveries(self, version: int) -> tuple[dt.datetime, ...]:
        """Return when drift of a version was said to be over, and not only told again by a later mail."""
        mailed = {alert.sent_at for alert in self.alerts}
        ended = (alert.resolved_at for alert in self.alerts if alert.sent_at and alert.version == version)
        return tuple(moment for moment in ended if moment is not None and moment not in mailed)


def rank(level: Level) -> int:
    """Return how severe a level is.

    >>> rank("critical") > rank("info")
    True
    """
    return LEVELS.index(level)


def worst(alerts: Iterable[SentAlert]) -> Level:
    """Return the most severe level of at least one alert."""
    return max((alert.level for alert in alerts), key=rank)


def newest(alerts: Iterable[SentAlert]) -> SentAlert | None:
    """Return the alert that was mailed last."""
    return max(alerts, key=lambda alert: (alert.sent_at or alert.seen_at, alert.seen_at), default=None)


def fingerprint(report: DriftReport) -> str:
    """Return what tells one finding from another: model, version, kinds of drift and tags, in any order."""
    found = report.diagnosis
    parts = [report.model_name, report.version, report.model_sha256, sorted(found.kinds), sorted(found.tags)]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

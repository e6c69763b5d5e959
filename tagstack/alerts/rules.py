"""What is mailed: what is new or worse at once, the same only once, other tags together, and when it is over."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from tagstack.alerts.memory import AlertMemory, SentAlert, fingerprint, rank, worst
from tagstack.alerts.settings import AlertSettings, Level
from tagstack.alerts.subject import write_subject
from tagstack.drift.report import DriftReport, Family, Kind

__all__ = ["AlertMemory", "AlertPlan", "Occasion", "PlannedMail", "SentAlert", "plan"]

Occasion = Literal["alert", "escalation", "reminder", "digest", "recovery"]

_FAMILIES: dict[Kind, tuple[Family, ...]] = {
    "covariate": ("descriptors", "embeddings"),
    "prior": ("predicted_tags", "true_tags"),
    "concept": ("concept",),
    "vocabulary": ("vocabulary",),
}
"""The tests of which one must have come to a verdict before a kind of drift can be over."""


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


def plan(report: DriftReport, memory: AlertMemory, settings: AlertSettings, *, now: dt.datetime) -> AlertPlan:
    """Decide what is mailed about a report.

    Args:
        report: What was found.
        memory: What was found before, of the same model.
        settings: Who is mailed what, and how often.
        now: The moment of the run, aware; `report.as_of` where the past is replayed.
    """
    known = memory.until(now)
    level = report.diagnosis.severity
    if level != "none" and rank(level) >= rank(settings.mail_from):
        return _Finding(report, known, settings, now, level).plan()
    if not report.enough_data:
        return AlertPlan(reason="Not enough data for a verdict: nothing is mailed.")
    return _plan_quiet(report, known, settings, now)


@dataclass(frozen=True)
class _Finding:
    report: DriftReport
    memory: AlertMemory
    settings: AlertSettings
    now: dt.datetime
    level: Level

    def plan(self) -> AlertPlan:
        told = self._told
        if not told or rank(self.level) > rank(worst(told)) or self._new_kinds:
            return self._send(self._occasion, "new, worse or of another kind than what was mailed")
        if any(alert.fingerprint == self._fingerprint for alert in told):
            return AlertPlan(
                reason=f"This was mailed in the last {self.settings.cooldown_days:g} days: nothing is mailed."
            )
        newest = max(alert.sent_at for alert in told if alert.sent_at)
        if self.now - newest >= dt.timedelta(days=self.settings.digest_days):
            return self._send("digest", f"the last mail was {(self.now - newest).days} days ago")
        return self._hold()

    @property
    def _told(self) -> tuple[SentAlert, ...]:
        """What readers know of this version, lately."""
        since = self.now - dt.timedelta(days=self.settings.cooldown_days)
        own = (alert for alert in self.memory.open if alert.version == self.report.version)
        return tuple(alert for alert in own if alert.sent_at and alert.sent_at > since)

    @property
    def _new_kinds(self) -> set[Kind]:
        return set(self.report.diagnosis.kinds) - {kind for alert in self._told for kind in alert.kinds}

    @property
    def _fingerprint(self) -> str:
        return fingerprint(self.report)

    @property
    def _occasion(self) -> Occasion:
        mailed = [alert for alert in self.memory.open if alert.version == self.report.version]
        if mailed and rank(self.level) > rank(worst(mailed)):
            return "escalation"
        return "reminder" if any(alert.fingerprint == self._fingerprint for alert in mailed) else "alert"

    def _send(self, occasion: Occasion, why: str) -> AlertPlan:
        mail = PlannedMail(
            occasion=occasion,
            level=self.level,
            subject=write_subject(occasion, self.level, self.report),
            fingerprint=self._fingerprint,
            moment=self.now,
            earlier=tuple(alert for alert in self.memory.held if alert.fingerprint != self._fingerprint),
            thread=_newest(self.memory.open),
        )
        sent = replace(self._row(mail.subject), sent_at=self.now)
        told = tuple(replace(alert, sent_at=self.now, resolved_at=self.now) for alert in mail.earlier)
        over = tuple(replace(alert, resolved_at=self.now) for alert in self.memory.open if self._covers(alert))
        return AlertPlan(mail=mail, remember=(sent, *told, *over), reason=f"Mailed, as {occasion}: {why}.")

    def _covers(self, alert: SentAlert) -> bool:
        """Whether the mail makes an earlier one obsolete; a worse or different one lasts until it is over."""
        if alert.fingerprint == self._fingerprint:
            return False
        included = set(alert.kinds) <= set(self.report.diagnosis.kinds) and rank(alert.level) <= rank(self.level)
        return included or alert.version != self.report.version

    def _hold(self) -> AlertPlan:
        row = self._row(write_subject("alert", self.level, self.report))
        days = f"{self.settings.digest_days:g} days"
        return AlertPlan(
            remember=(row,), reason=f"The same kinds in other tags: held back, mailed every {days} together."
        )

    def _row(self, subject: str) -> SentAlert:
        """The row of this finding: the one that it has, or a new one."""
        lasting = (*self.memory.open, *self.memory.held)
        row = next((alert for alert in lasting if alert.fingerprint == self._fingerprint), None)
        return SentAlert(
            model_name=self.report.model_name,
            version=self.report.version,
            fingerprint=self._fingerprint,
            kinds=self.report.diagnosis.kinds,
            level=self.level,
            seen_at=row.seen_at if row else self.now,
            sent_at=row.sent_at if row else None,
            subject=subject,
        )


def _plan_quiet(report: DriftReport, memory: AlertMemory, settings: AlertSettings, now: dt.datetime) -> AlertPlan:
    if not memory.open:
        return AlertPlan(remember=_resolved(memory.held, now), reason="No drift of a level that is mailed.")
    if missing := sorted({kind for alert in memory.open for kind in alert.kinds if not _tested(report, kind)}):
        return AlertPlan(reason=f"Whether {', '.join(missing)} drift is over cannot be told: not enough data.")
    since = now - dt.timedelta(days=settings.cooldown_days)
    if any(moment > since for moment in memory.recoveries(report.version)):
        return AlertPlan(reason="Drift comes and goes: that it is over was mailed lately and is not mailed again.")
    over = (*memory.open, *memory.held)
    mail = PlannedMail(
        occasion="recovery",
        level=worst(memory.open),
        subject=write_subject("recovery", worst(memory.open), report),
        fingerprint=fingerprint(report),
        moment=now,
        earlier=over,
        thread=_newest(memory.open),
    )
    reason = "Mailed: it is over." if settings.recovery else "It is over; recovery is not mailed."
    return AlertPlan(mail=mail if settings.recovery else None, remember=_resolved(over, now), reason=reason)


def _tested(report: DriftReport, kind: Kind) -> bool:
    return any(score.drifted is not None for family in _FAMILIES[kind] for score in report.family(family))


def _resolved(alerts: Iterable[SentAlert], now: dt.datetime) -> tuple[SentAlert, ...]:
    return tuple(replace(alert, resolved_at=now) for alert in alerts)


def _newest(alerts: tuple[SentAlert, ...]) -> SentAlert | None:
    return max(alerts, key=lambda alert: (alert.sent_at, alert.seen_at), default=None)

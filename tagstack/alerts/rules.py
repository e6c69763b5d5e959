"""What is mailed: what is new or worse at once, the same only once, other tags together, and when it is over."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from tagstack.alerts.memory import AlertMemory, SentAlert, fingerprint, newest, rank, worst
from tagstack.alerts.planned import AlertPlan, Occasion, PlannedMail
from tagstack.alerts.recovery import plan_recovery
from tagstack.alerts.settings import AlertSettings, Level
from tagstack.alerts.subject import write_subject
from tagstack.drift.report import DriftReport, Kind

__all__ = ["AlertMemory", "AlertPlan", "Occasion", "PlannedMail", "SentAlert", "plan"]


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
    return plan_recovery(report, known, settings, now)


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
            lately = f"in the last {self.settings.cooldown_days:g} days"
            return AlertPlan(reason=f"This was mailed {lately}: nothing is mailed.")
        last = max(alert.sent_at for alert in told if alert.sent_at)
        if self.now - last >= dt.timedelta(days=self.settings.digest_days):
            return self._send("digest", f"the last mail was {(self.now - last).days} days ago")
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
            thread=newest(self.memory.open),
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
        until = f"until {self.settings.digest_days:g} days after the last mail"
        return AlertPlan(remember=(row,), reason=f"The same kinds in other tags: held back {until}.")

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

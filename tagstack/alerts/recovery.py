"""When it is mailed that drift is over."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace

from tagstack.alerts.memory import AlertMemory, SentAlert, fingerprint, newest, worst
from tagstack.alerts.planned import AlertPlan, PlannedMail
from tagstack.alerts.settings import AlertSettings
from tagstack.alerts.subject import write_subject
from tagstack.drift.report import DriftReport, Family, Kind

_FAMILIES: dict[Kind, tuple[Family, ...]] = {
    "covariate": ("descriptors", "embeddings"),
    "prior": ("predicted_tags", "true_tags"),
    "concept": ("concept",),
    "vocabulary": ("vocabulary",),
}
"""The tests of which one must have come to a verdict before a kind of drift can be over."""


def plan_recovery(report: DriftReport, memory: AlertMemory, settings: AlertSettings, now: dt.datetime) -> AlertPlan:
    """Decide what is mailed about a report without drift of a level that is mailed.

    Args:
        report: It came to a verdict on something.
        memory: What was known at `now`.
        settings: Who is mailed what, and how often.
        now: The moment of the run.
    """
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
        thread=newest(memory.open),
    )
    reason = "Mailed: it is over." if settings.recovery else "It is over; recovery is not mailed."
    return AlertPlan(mail=mail if settings.recovery else None, remember=_resolved(over, now), reason=reason)


def _tested(report: DriftReport, kind: Kind) -> bool:
    return any(score.drifted is not None for family in _FAMILIES[kind] for score in report.family(family))


def _resolved(alerts: Iterable[SentAlert], now: dt.datetime) -> tuple[SentAlert, ...]:
    return tuple(replace(alert, resolved_at=now) for alert in alerts)

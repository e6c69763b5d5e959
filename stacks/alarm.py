"""Telling a person: what the alert rules ask for goes out by the stack's alerter, and is remembered."""

from __future__ import annotations

import datetime as dt

from zenml.client import Client
from zenml.models import PipelineRunResponse
from zenml.utils.dashboard_utils import get_run_url

from stacks.smtp_alerter import SmtpAlerter
from tagstack.alerts.message import compose
from tagstack.alerts.rules import PlannedMail, plan
from tagstack.config import Settings
from tagstack.drift.report import DriftReport
from tagstack.report.drift_pictures import mail_pictures
from tagstack.retraining import RetrainingDecision
from tagstack.store.alert_memory import keep_alerts, read_alerts
from tagstack.store.database import open_store


def alert(report: DriftReport, decision: RetrainingDecision, settings: Settings, *, run: PipelineRunResponse) -> str:
    """Mail what is to be mailed and return a line that says what became of it.

    Mail that cannot be delivered is kept in the outbox and tried again by later runs; it does not fail the run.

    Args:
        report: What was found.
        decision: What follows for training.
        settings: Who is mailed what, and where mails are remembered.
        run: The pipeline run, to link to.
    """
    alerter = Client().active_stack.alerter
    if not isinstance(alerter, SmtpAlerter):
        return "Nobody was mailed: the stack has no alerter of flavor tagstack-smtp."
    lines = [delivery.detail for delivery in alerter.deliver_waiting()]
    alerter.purge(dt.datetime.now(dt.UTC))
    with open_store(settings.store.url) as store:
        planned = plan(
            report, read_alerts(store, report.model_name, until=report.as_of), settings.alerts, now=report.as_of
        )
        lines.append(planned.reason)
        if planned.mail:
            lines.append(_send(alerter, planned.mail, report, decision, settings, run))
        keep_alerts(store, planned.remember)
    return " ".join(lines)


def _send(
    alerter: SmtpAlerter,
    mail: PlannedMail,
    report: DriftReport,
    decision: RetrainingDecision,
    settings: Settings,
    run: PipelineRunResponse,
) -> str:
    links = {
        "Training": decision.reason,
        "The run": get_run_url(run) or f"python run.py dashboard, then the run {run.name}",
        "Over time": "python run.py monitor",
    }
    message = compose(report, mail, date=dt.datetime.now(dt.UTC), links=links, pictures=mail_pictures(report))
    return alerter.deliver(message, settings.alerts.recipients.of(mail.level)).detail

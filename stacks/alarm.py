"""Telling a person: what the alert rules ask for goes out by the stack's alerter, and is remembered."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Mapping

from zenml.client import Client
from zenml.models import PipelineRunResponse
from zenml.orchestrators import ContainerizedOrchestrator
from zenml.utils.dashboard_utils import get_run_url

from stacks.smtp_alerter import SmtpAlerter
from tagstack.alerts.message import compose
from tagstack.alerts.rules import plan
from tagstack.config import Settings
from tagstack.drift.report import DriftReport
from tagstack.report.drift_pictures import mail_pictures
from tagstack.retraining import RetrainingDecision
from tagstack.store.alert_memory import keep_alerts, read_alerts
from tagstack.store.database import open_store

_log = logging.getLogger(__name__)


def alert(report: DriftReport, decision: RetrainingDecision, settings: Settings, *, run: PipelineRunResponse) -> str:
    """Mail what is to be mailed and return a line that says what became of it.

    Mail that cannot be delivered is kept in the outbox and tried again by later runs; it does not fail the run. A
    finding whose mail could not even be kept, or only in a container that ends, counts as not mailed.

    Args:
        report: What was found.
        decision: What follows for training.
        settings: Who is mailed what, and where mails are remembered.
        run: The pipeline run, to link to.
    """
    stack = Client().active_stack
    alerter = stack.alerter
    if not isinstance(alerter, SmtpAlerter):
        return "Nobody was mailed: the stack has no alerter of flavor tagstack-smtp."
    now = dt.datetime.now(dt.UTC)
    lines = [delivery.detail for delivery in alerter.deliver_waiting()]
    alerter.purge(now)
    with open_store(settings.store.url) as store:
        known = read_alerts(store, report.model_name, until=report.as_of)
        planned = plan(report, known, settings.alerts, now=report.as_of)
        delivery = None
        if planned.mail:
            message = compose(
                report,
                planned.mail,
                date=now,
                decision=decision.reason,
                links=_links(run),
                pictures=_pictures(report),
            )
            delivery = alerter.deliver(message, settings.alerts.recipients.of(planned.mail.level))
        ends = isinstance(stack.orchestrator, ContainerizedOrchestrator) and alerter.config.outbox is None
        if delivery and delivery.outcome == "kept" and ends:
            lines.append("The outbox ends with the container of this step; the next run mails it again.")
        elif delivery is None or delivery.outcome != "lost":
            keep_alerts(store, planned.remember)
    return " ".join([*lines, planned.reason, *([delivery.detail] if delivery else [])])


def _links(run: PipelineRunResponse) -> Mapping[str, str]:
    return {
        "The run": get_run_url(run) or f"python run.py dashboard, then the run {run.name}",
        "Over time": "python run.py monitor",
    }


def _pictures(report: DriftReport) -> Mapping[str, bytes]:
    """Return the pictures of a mail; one without them is better than none."""
    try:
        return mail_pictures(report)
    except Exception as error:  # noqa: BLE001 - whatever a drawing library raises
        _log.warning("The mail has no pictures: %s", type(error).__name__)
        return {}

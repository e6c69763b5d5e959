"""Step: whoever has to know is told."""

from __future__ import annotations

import logging

from zenml import get_step_context, log_metadata, step

from stacks.alarm import alert as tell
from tagstack.config import Settings
from tagstack.drift.report import DriftReport
from tagstack.retraining import RetrainingDecision

logger = logging.getLogger(__name__)


@step(enable_cache=False)
def alert(drift_report: DriftReport, decision: RetrainingDecision, settings: Settings, *, silent: bool) -> None:
    """Send a mail by the stack's alerter where the alert rules ask for one; what is not delivered is kept."""
    run = get_step_context().pipeline_run
    line = "No mail was asked for." if silent else tell(drift_report, decision, settings, run=run)
    logger.info("%s", line)
    log_metadata({"line": line})

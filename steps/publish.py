"""Step: the run's figures go to the dashboard over time."""

from __future__ import annotations

import logging

from zenml import get_step_context, log_metadata, step

from stacks.publication import publish as add_snapshot
from tagstack.drift.report import DriftReport
from tagstack.table import Table

logger = logging.getLogger(__name__)


@step(enable_cache=False)
def publish(drift_report: DriftReport, descriptors: Table) -> None:
    """Add a snapshot to the workspace of the stack's data validator; one that cannot be reached is only reported."""
    line = add_snapshot(drift_report, descriptors, run_id=str(get_step_context().pipeline_run.id))
    logger.info("%s", line)
    log_metadata({"line": line})

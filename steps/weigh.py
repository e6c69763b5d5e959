"""Step: whether to train again."""

from __future__ import annotations

import logging
from typing import Annotated

from zenml import get_step_context, step

from materializers.reports import ReportMaterializer
from stacks import memory
from tagstack.config import Settings
from tagstack.drift.report import DriftReport
from tagstack.retraining import RetrainingDecision

logger = logging.getLogger(__name__)


@step(enable_cache=False, output_materializers=ReportMaterializer)
def weigh(drift_report: DriftReport, settings: Settings) -> Annotated[RetrainingDecision, "retraining_decision"]:
    """Apply the retraining rule to this run and those before, and remember the run."""
    decision = memory.weigh(drift_report, settings, run_id=str(get_step_context().pipeline_run.id))
    logger.info("Decided: %s", decision.reason)
    return decision

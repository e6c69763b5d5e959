"""Step: whether something drifted."""

from __future__ import annotations

import logging
from typing import Annotated

from zenml import step

from materializers.reports import ReportMaterializer
from materializers.tables import TableMaterializer
from stacks.observation import observe
from tagstack.config import Settings, SourceSettings
from tagstack.drift.champion import Champion
from tagstack.drift.described import describe_both
from tagstack.drift.report import DriftReport
from tagstack.table import Table

logger = logging.getLogger(__name__)

Outputs = tuple[Annotated[DriftReport, "drift_report"], Annotated[Table, "descriptors"]]


@step(
    enable_cache=False,
    output_materializers={"drift_report": ReportMaterializer, "descriptors": TableMaterializer},
)
def examine(
    champion: Champion, questions: Table, documents: Table, window: SourceSettings, settings: Settings
) -> Outputs:
    """Compare later questions, and what the model and people say of them, with those of training."""
    found = observe(champion, questions, documents, window, settings)
    logger.info("Diagnosis: %s (%s).", found.report.diagnosis.name, found.report.diagnosis.severity)
    return found.report, describe_both(found.reference, found.window)

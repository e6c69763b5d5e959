"""Step: from HTML to documents."""

from __future__ import annotations

import logging
from typing import Annotated

from zenml import step

from materializers.reports import ReportMaterializer
from materializers.tables import TableMaterializer
from steps.caching import cache_by
from steps.progress import progress_bar
from tagstack import preparation
from tagstack.config import PreparationSettings
from tagstack.preparation import PreparationReport
from tagstack.table import Table

logger = logging.getLogger(__name__)

Outputs = tuple[Annotated[Table, "documents"], Annotated[PreparationReport, "preparation_report"]]


@step(
    cache_policy=cache_by("tagstack.preparation"),
    output_materializers={"documents": TableMaterializer, "preparation_report": ReportMaterializer},
)
def prepare(questions: Table, settings: PreparationSettings) -> Outputs:
    """Take HTML and code apart, drop empty and duplicate documents, group near-duplicates."""
    with progress_bar("prepare", questions.rows) as advance:
        result = preparation.prepare(questions, settings=settings, progress=advance)
    logger.info("Prepared: %s documents of %s questions.", f"{result.report.documents:,}", f"{questions.rows:,}")
    return result.documents, result.report

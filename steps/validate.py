"""Step: the contract, the quarantine, the masks."""

from __future__ import annotations

import datetime as dt
import logging
from typing import Annotated

from zenml import step

from materializers.reports import ReportMaterializer
from materializers.tables import TableMaterializer
from steps.caching import cache_by
from steps.progress import progress_bar
from tagstack import contract
from tagstack.config import ContractSettings, PrivacySettings, SourceSettings
from tagstack.contract import ContractReport
from tagstack.table import Table

logger = logging.getLogger(__name__)

Outputs = tuple[
    Annotated[Table, "questions"],
    Annotated[Table, "quarantine"],
    Annotated[ContractReport, "contract_report"],
]


@step(
    cache_policy=cache_by("tagstack.contract"),
    output_materializers={
        "questions": TableMaterializer,
        "quarantine": TableMaterializer,
        "contract_report": ReportMaterializer,
    },
)
def validate(
    raw_questions: Table, source: SourceSettings, rules: ContractSettings, privacy: PrivacySettings
) -> Outputs:
    """Set broken rows aside and mask personal data; broken structure stops the run."""
    window = {"since": source.since, "until": source.until, "now": dt.datetime.now(dt.UTC)}
    with progress_bar("validate", raw_questions.rows) as advance:
        result = contract.validate(raw_questions, settings=rules, privacy=privacy, progress=advance, **window)
    kept, rows = f"{result.report.kept:,}", f"{result.report.rows:,}"
    masked = sum(result.report.masked.values())
    logger.info("Validated: %s of %s questions kept; %d pieces of personal data masked.", kept, rows, masked)
    return result.questions, result.quarantine, result.report

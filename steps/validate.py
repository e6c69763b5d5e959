"""Step: the contract, the quarantine, the masks."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from zenml import step

from materializers.reports import ReportMaterializer
from materializers.tables import TableMaterializer
from steps.caching import cache_by
from tagstack import contract
from tagstack.config import ContractSettings, PrivacySettings, SourceSettings
from tagstack.contract import ContractReport
from tagstack.table import Table

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
    result = contract.validate(
        raw_questions,
        settings=rules,
        privacy=privacy,
        since=source.since,
        until=source.until,
        now=dt.datetime.now(dt.UTC),
    )
    return result.questions, result.quarantine, result.report

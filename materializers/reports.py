"""Storing reports: frozen pydantic models as JSON, shown as static HTML pages."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar, cast

from pydantic import BaseModel
from zenml.enums import ArtifactType
from zenml.metadata.metadata_types import MetadataType

from materializers.folder import FolderMaterializer
from tagstack.backfill.plan import BackfillPlan, Shard
from tagstack.backfill.report import BackfillReport, ShardReport
from tagstack.config import SourceSettings
from tagstack.contract import ContractReport
from tagstack.drift.champion import Champion
from tagstack.drift.report import DriftReport
from tagstack.embeddings import EncoderFingerprint
from tagstack.nomination import Nomination
from tagstack.policy import PromotionDecision
from tagstack.preparation import PreparationReport
from tagstack.questions.watermark import DatasetIdentity
from tagstack.retraining import RetrainingDecision
from tagstack.scorecard import Evaluation
from tagstack.split import SplitReport

FILE = "report.json"


class ReportMaterializer(FolderMaterializer):
    """Stores one of our reports; equal reports have equal files."""

    ASSOCIATED_TYPES = (
        EncoderFingerprint,
        DatasetIdentity,
        ContractReport,
        PreparationReport,
        SplitReport,
        Evaluation,
        PromotionDecision,
        Nomination,
        SourceSettings,
        Champion,
        DriftReport,
        RetrainingDecision,
        BackfillPlan,
        ShardReport,
        BackfillReport,
    )
    ASSOCIATED_ARTIFACT_TYPE: ClassVar[ArtifactType] = ArtifactType.DATA_ANALYSIS

    def write(self, data: BaseModel, folder: Path) -> None:
        """Write the report with the name of its type."""
        text = json.dumps({"type": type(data).__name__, "report": data.model_dump(mode="json")}, indent=1)
        (folder / FILE).write_text(text, encoding="utf-8")

    def read(self, folder: Path) -> BaseModel:
        """Read a report of a known type."""
        stored = json.loads((folder / FILE).read_text(encoding="utf-8"))
        types = {known.__name__: known for known in self.ASSOCIATED_TYPES}
        return types[stored["type"]].model_validate_json(json.dumps(stored["report"]))

    def pages(self, data: BaseModel) -> Mapping[str, str]:
        """Render the report's page."""
        render = _renderers().get(type(data))
        return {"report": render(data)} if render else {}

    def facts(self, data: BaseModel) -> Mapping[str, MetadataType]:
        """List the report's plain numbers and words."""
        values = data.model_dump(mode="json", exclude_none=True)
        plain = {name: value for name, value in values.items() if isinstance(value, int | float | str) and value != ""}
        return plain | _verdict(data) if isinstance(data, DriftReport) else plain


def _verdict(report: DriftReport) -> Mapping[str, MetadataType]:
    """Return what a person looks for first in the list of drift reports."""
    return {
        "diagnosis": report.diagnosis.name if report.enough_data else "not enough data",
        "severity": report.diagnosis.severity,
        "questions": report.window.questions,
    }


class PlanMaterializer(ReportMaterializer):
    """Stores a plan whose shards can be mapped over, each an item."""

    def get_item_count(self, data: BackfillPlan) -> int:
        """Return the number of shards."""
        return len(data.shards)

    def load_item(self, data_type: type[Any], index: int) -> Shard:
        """Read one shard."""
        plan = self.load(BackfillPlan)
        return cast("BackfillPlan", plan).shards[index]


def _renderers() -> dict[type[BaseModel], Callable[[Any], str]]:
    from tagstack.report import (
        backfill_page,
        contract_page,
        dataset_card,
        decision_page,
        drift_page,
        preparation_page,
        retraining_page,
        scorecard_page,
        split_page,
    )

    return {
        DatasetIdentity: dataset_card.render_dataset,
        ContractReport: contract_page.render_contract,
        PreparationReport: preparation_page.render_preparation,
        SplitReport: split_page.render_split,
        Evaluation: scorecard_page.render_evaluation,
        PromotionDecision: decision_page.render_decision,
        DriftReport: drift_page.render_drift,
        RetrainingDecision: retraining_page.render_retraining,
        BackfillReport: backfill_page.render_backfill,
    }

"""Step: the model's tags and which documents carry them."""

from __future__ import annotations

import logging
from typing import Annotated

from zenml import step

from materializers.matrices import LabelMatrixMaterializer
from materializers.reports import ReportMaterializer
from steps.caching import cache_by
from tagstack.config import LabelSettings
from tagstack.labels import LabelMatrix, choose_classes, label_documents
from tagstack.split import Split, SplitReport, report_split
from tagstack.table import Table

logger = logging.getLogger(__name__)

Outputs = tuple[Annotated[LabelMatrix, "labels"], Annotated[SplitReport, "split_report"]]


@step(
    cache_policy=cache_by("tagstack.labels", "tagstack.split"),
    output_materializers={"labels": LabelMatrixMaterializer, "split_report": ReportMaterializer},
)
def label(documents: Table, split: Split, settings: LabelSettings) -> Outputs:
    """Choose the most frequent tags of the training part and mark them on all documents."""
    rows = documents.frame(["post_id", "created_at", "tags"])
    training = rows["post_id"].isin(split.members("train"))
    classes = choose_classes(rows["tags"][training], settings=settings)
    labels = label_documents(rows["post_id"].to_numpy(), rows["tags"], classes)
    logger.info("Labelled: %d tags.", len(classes))
    return labels, report_split(split, rows["created_at"], labels)

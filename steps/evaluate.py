"""Step: how good the model is."""

from __future__ import annotations

import logging
from typing import Annotated

from zenml import step

from materializers.reports import ReportMaterializer
from steps.caching import cache_by
from tagstack import evaluation
from tagstack.config import EvaluationSettings
from tagstack.embeddings import EmbeddingMatrix
from tagstack.labels import LabelMatrix
from tagstack.model.tagmodel import TagModel
from tagstack.scorecard import Evaluation
from tagstack.split import Split
from tagstack.table import Table

logger = logging.getLogger(__name__)


@step(cache_policy=cache_by("tagstack.evaluation"), output_materializers=ReportMaterializer)
def evaluate(
    model: TagModel,
    embeddings: EmbeddingMatrix,
    labels: LabelMatrix,
    split: Split,
    documents: Table,
    settings: EvaluationSettings,
) -> Annotated[Evaluation, "evaluation"]:
    """Score the model and the baselines on the test part."""
    logger.info("Evaluating the model and %d baselines.", len(settings.baselines))
    return evaluation.evaluate(model, embeddings, labels, split, documents, settings)

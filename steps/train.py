"""Step: vectors and labels to a model."""

from __future__ import annotations

import logging
from typing import Annotated

from zenml import step

from materializers.tag_models import TagModelMaterializer
from steps.caching import cache_by
from tagstack.config import ModelSettings
from tagstack.embeddings import EmbeddingMatrix
from tagstack.golden import with_golden
from tagstack.labels import LabelMatrix
from tagstack.model import training
from tagstack.model.tagmodel import Recipe, TagModel
from tagstack.split import Split, SplitReport

logger = logging.getLogger(__name__)


@step(cache_policy=cache_by("tagstack.model.training", "tagstack.golden"), output_materializers=TagModelMaterializer)
def train(
    embeddings: EmbeddingMatrix,
    labels: LabelMatrix,
    split: Split,
    split_report: SplitReport,
    settings: ModelSettings,
    recipe: Recipe,
) -> Annotated[TagModel, "model"]:
    """Fit the head on the training part, thresholds and calibration on the calibration part; add golden questions."""
    logger.info("Training a %s head.", settings.head)
    model = training.train(embeddings, labels, split, settings=settings, recipe=recipe, report=split_report)
    return with_golden(model)

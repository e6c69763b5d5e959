"""Step: may the model be registered."""

from __future__ import annotations

import logging
from typing import Annotated

from zenml import step

from materializers.reports import ReportMaterializer
from stacks.registration import score_champion
from tagstack import policy
from tagstack.config import PolicySettings
from tagstack.embeddings import EmbeddingMatrix
from tagstack.model.tagmodel import TagModel
from tagstack.policy import PromotionDecision
from tagstack.scorecard import Evaluation
from tagstack.split import Split
from tagstack.table import Table

logger = logging.getLogger(__name__)


@step(enable_cache=False, output_materializers=ReportMaterializer)
def decide(
    model: TagModel,
    evaluation: Evaluation,
    embeddings: EmbeddingMatrix,
    split: Split,
    documents: Table,
    settings: PolicySettings,
    model_name: str,
) -> Annotated[PromotionDecision, "decision"]:
    """Apply the policy; the champion, if there is one, is scored again on the same test questions."""
    pair = score_champion(model_name, model, embeddings, split, documents)
    decision = policy.decide(evaluation, settings=settings, champion=pair)
    logger.info("Decided: %s", decision.reason)
    return decision

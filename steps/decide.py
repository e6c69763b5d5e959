"""Step: may the model be registered."""

from __future__ import annotations

import logging
from typing import Annotated

from zenml import step

from materializers.reports import ReportMaterializer
from stacks.registration import champion
from stacks.shared_folder import shared_folder
from tagstack import policy
from tagstack.config import PolicySettings
from tagstack.embeddings import EmbeddingMatrix
from tagstack.model.tagmodel import TagModel
from tagstack.policy import PromotionDecision
from tagstack.rival import score_rivals
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
    best = champion(model_name)
    cache = shared_folder("vectors")
    pair = score_rivals(model, best, embeddings, split, documents, cache=cache) if best else None
    decision = policy.decide(evaluation, settings=settings, champion=pair)
    logger.info("Decided: %s", decision.reason)
    return decision

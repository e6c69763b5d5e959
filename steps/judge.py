"""Step: may the version go into production."""

from __future__ import annotations

import logging
from typing import Annotated

from zenml import step

from materializers.reports import ReportMaterializer
from stacks import judgement
from tagstack.config import PolicySettings
from tagstack.nomination import Nomination
from tagstack.policy import PromotionDecision
from tagstack.table import Table

logger = logging.getLogger(__name__)


@step(enable_cache=False, output_materializers=ReportMaterializer)
def judge(
    nomination: Nomination, documents: Table, settings: PolicySettings
) -> Annotated[PromotionDecision, "decision"]:
    """Score candidate and champion on the frozen test set and the newest questions, and apply the policy."""
    decision = judgement.judge(nomination, documents, settings)
    logger.info("Decided: %s", decision.reason)
    return decision

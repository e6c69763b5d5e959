"""Step: which shard encodes which questions."""

from __future__ import annotations

import logging
from typing import Annotated

from zenml import step

from materializers.reports import PlanMaterializer
from tagstack.backfill.plan import BackfillPlan, plan_shards
from tagstack.config import SourceSettings
from tagstack.questions.reader import open_source
from tagstack.questions.sample import source_name, source_url

logger = logging.getLogger(__name__)


@step(enable_cache=False, output_materializers=PlanMaterializer)
def plan(source: SourceSettings, shards: int) -> Annotated[BackfillPlan, "plan"]:
    """Divide the window into shards of about equal numbers of questions, without reading their texts."""
    with open_source(source_url(source)) as opened:
        planned = plan_shards(opened, source, shards=shards, name=source_name(source))
    logger.info(
        "Planned: %s questions of %s in %d shards.", f"{planned.questions:,}", planned.source, len(planned.shards)
    )
    return planned

"""Step: what all shards did, and the vector cache in good order."""

from __future__ import annotations

import logging
from typing import Annotated

from zenml import log_metadata, step

from materializers.reports import ReportMaterializer
from stacks.shared_folder import shared_folder
from tagstack.backfill import report
from tagstack.backfill.plan import BackfillPlan
from tagstack.backfill.report import BackfillReport, ShardReport
from tagstack.embeddings import EncoderFingerprint
from tagstack.encoder import VectorCache
from tagstack.encoder.cache import text_dimension
from tagstack.encoder.compaction import compact

logger = logging.getLogger(__name__)


@step(enable_cache=False, output_materializers=ReportMaterializer)
def summarise(
    plan: BackfillPlan, shards: list[ShardReport], encoder: EncoderFingerprint
) -> Annotated[BackfillReport, "backfill_report"]:
    """Merge what the shards left in small segments, and add up what they did."""
    compact(VectorCache(*shared_folder("vectors"), encoder), least=2)
    whole = report.summarise(plan, shards, dimension=text_dimension(encoder))
    logger.info("Backfilled: %s", whole.line)
    log_metadata({"line": whole.line})
    return whole

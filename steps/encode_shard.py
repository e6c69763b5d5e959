"""Step: the texts of one shard into the vector cache."""

from __future__ import annotations

import logging
from typing import Annotated

from zenml import step

from materializers.reports import ReportMaterializer
from stacks.shared_folder import shared_folder
from steps.progress import progress_bar
from tagstack.backfill import shard as work
from tagstack.backfill.plan import Shard
from tagstack.backfill.report import ShardReport
from tagstack.config import Settings
from tagstack.embeddings import EncoderFingerprint
from tagstack.questions.sample import source_url

logger = logging.getLogger(__name__)


@step(enable_cache=False, runtime="isolated", output_materializers=ReportMaterializer)
def encode_shard(
    shard: Shard, encoder: EncoderFingerprint, settings: Settings
) -> Annotated[ShardReport, "shard_report"]:
    """Encode what the cache does not hold; run again after a failure, it goes on from there."""
    folder, url = shared_folder("vectors"), source_url(settings.source)
    with progress_bar(f"shard {shard.number}", shard.questions) as advance:
        done = work.encode_shard(shard, settings, url=url, encoder=encoder, cache=folder, progress=advance)
    said = f"{done.questions:,} questions, {done.encoded:,} of {done.texts:,} texts encoded in {done.seconds:,.0f} s."
    logger.info("Shard %d: %s", shard.number, said)
    return done

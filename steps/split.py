"""Step: which documents train, calibrate and test."""

from __future__ import annotations

import logging
from typing import Annotated

from zenml import step

from materializers.matrices import SplitMaterializer
from steps.caching import cache_by
from tagstack.config import SplitSettings
from tagstack.split import PARTS, Split, split_documents
from tagstack.table import Table

logger = logging.getLogger(__name__)


@step(cache_policy=cache_by("tagstack.split"), output_materializers=SplitMaterializer)
def split(documents: Table, settings: SplitSettings) -> Annotated[Split, "split"]:
    """Split by time or at random; near-duplicates stay together."""
    rows = documents.frame(["post_id", "created_at", "group"])
    ids, groups = rows["post_id"].to_numpy(), rows["group"].to_numpy()
    parts = split_documents(ids, rows["created_at"], groups, settings=settings)
    logger.info("Split: %s.", ", ".join(f"{len(parts.members(part)):,} {part}" for part in PARTS))
    return parts

"""Step: what the source holds right now."""

from __future__ import annotations

import logging
from typing import Annotated

from zenml import log_metadata, step

from materializers.reports import ReportMaterializer
from tagstack.config import SourceSettings
from tagstack.questions.reader import open_source, read_watermark
from tagstack.questions.sample import source_name, source_url
from tagstack.questions.watermark import DatasetIdentity

logger = logging.getLogger(__name__)


@step(enable_cache=False, output_materializers=ReportMaterializer)
def watermark(source: SourceSettings) -> Annotated[DatasetIdentity, "dataset"]:
    """Read the watermark of the window; while it stays the same, `collect` is not run again."""
    with open_source(source_url(source)) as opened:
        dataset = read_watermark(opened, source, name=source_name(source))
    logger.info("Source: %s questions of %s.", f"{dataset.questions:,}", dataset.source)
    log_metadata({"questions": dataset.questions, "greatest_id": dataset.greatest_id})
    return dataset

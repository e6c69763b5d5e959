"""Step: the window of the newest questions."""

from __future__ import annotations

import logging
from typing import Annotated

from zenml import step

from materializers.reports import ReportMaterializer
from tagstack.config import DeploymentSettings, SourceSettings
from tagstack.questions.recent import newest_window
from tagstack.questions.sample import source_url

logger = logging.getLogger(__name__)


@step(enable_cache=False, output_materializers=ReportMaterializer)
def recent(source: SourceSettings, settings: DeploymentSettings) -> Annotated[SourceSettings, "window"]:
    """Take the last days that the source holds, or the window that was asked for."""
    window = newest_window(source_url(source), source, days=settings.window_days)
    logger.info("Newest labelled questions: from %s on.", window.since)
    return window

"""Step: which questions are compared with those of training."""

from __future__ import annotations

import datetime as dt
import logging
from typing import Annotated

from zenml import step

from materializers.reports import ReportMaterializer
from tagstack.config import SourceSettings
from tagstack.drift.champion import Champion
from tagstack.drift.settings import DriftSettings
from tagstack.drift.window import choose_window
from tagstack.questions.sample import source_url

logger = logging.getLogger(__name__)


@step(enable_cache=False, output_materializers=ReportMaterializer)
def later(
    source: SourceSettings, champion: Champion, settings: DriftSettings, as_of: str | None
) -> Annotated[SourceSettings, "window"]:
    """Take the last days before `as_of`, or of the source, or the window that was asked for."""
    day = dt.date.fromisoformat(as_of) if as_of else None
    window = choose_window(source_url(source), source, champion, days=settings.window_days, as_of=day)
    logger.info("Compared: questions from %s to %s.", window.since, window.until)
    return window

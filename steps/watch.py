"""Step: which version is watched."""

from __future__ import annotations

import logging
from typing import Annotated

from zenml import step

from materializers.reports import ReportMaterializer
from stacks.observation import find_champion
from tagstack.drift.champion import Champion

logger = logging.getLogger(__name__)


@step(enable_cache=False, output_materializers=ReportMaterializer)
def watch(model_name: str) -> Annotated[Champion, "champion"]:
    """Take the version in production."""
    champion = find_champion(model_name)
    logger.info("Watched: %s.", champion)
    return champion

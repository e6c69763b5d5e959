"""Step: which version is to go into production."""

from __future__ import annotations

import logging
from typing import Annotated

from zenml import step

from materializers.reports import ReportMaterializer
from stacks import judgement
from tagstack.nomination import Nomination

logger = logging.getLogger(__name__)


@step(enable_cache=False, output_materializers=ReportMaterializer)
def nominate(model_name: str, candidate: str | None) -> Annotated[Nomination, "nomination"]:
    """Take the named version, else the one in staging, else the one in production, to look after its service."""
    nomination = judgement.nominate(model_name, candidate)
    logger.info("Nominated: %s.", nomination)
    return nomination

"""Step: questions from SQL."""

from __future__ import annotations

from typing import Annotated

from zenml import get_step_context, step

from materializers.tables import TableMaterializer
from stacks.shared_folder import shared_folder
from steps.caching import cache_by
from steps.progress import progress_bar
from tagstack.config import SourceSettings
from tagstack.questions.reader import BlockCache, open_source, read_questions
from tagstack.questions.sample import source_url
from tagstack.questions.watermark import DatasetIdentity
from tagstack.table import RAW_QUESTIONS, Table, write_table


@step(cache_policy=cache_by("tagstack.questions.reader"), output_materializers=TableMaterializer)
def collect(source: SourceSettings, dataset: DatasetIdentity) -> Annotated[Table, "raw_questions"]:
    """Stream the window's questions; blocks that did not change come from the artifact store."""
    fresh = get_step_context().pipeline_run.config.enable_cache is False
    blocks = BlockCache(*shared_folder("questions"), refresh=fresh)
    with open_source(source_url(source)) as opened, progress_bar("collect", dataset.questions) as advance:
        return write_table(read_questions(opened, source, blocks=blocks, progress=advance), RAW_QUESTIONS)

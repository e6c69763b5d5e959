"""Step: the pages that need more than one artifact."""

from __future__ import annotations

from typing import Annotated

from zenml import step
from zenml.types import HTMLString

from steps.caching import cache_by
from tagstack.embeddings import EmbeddingMatrix
from tagstack.labels import LabelMatrix
from tagstack.report.embedding_page import render_embeddings
from tagstack.report.split_page import render_split
from tagstack.split import Split, SplitReport
from tagstack.table import Table

Outputs = tuple[Annotated[HTMLString, "embedding_map"], Annotated[HTMLString, "split_timeline"]]


@step(cache_policy=cache_by("tagstack.report.embedding_page", "tagstack.report.split_page"))
def show(
    embeddings: EmbeddingMatrix, labels: LabelMatrix, split: Split, split_report: SplitReport, documents: Table
) -> Outputs:
    """Draw the map of the documents by tag, and the parts over time."""
    created_at = documents.frame(["created_at"])["created_at"]
    timeline = render_split(split_report, split=split, created_at=created_at)
    return HTMLString(render_embeddings(embeddings, labels=labels)), HTMLString(timeline)

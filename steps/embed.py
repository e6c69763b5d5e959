"""Step: documents to vectors."""

from __future__ import annotations

import logging
from typing import Annotated

from zenml import step

from materializers.matrices import EmbeddingMatrixMaterializer
from stacks.shared_folder import shared_folder
from steps.caching import cache_by
from steps.progress import progress_bar
from tagstack.config import EncoderSettings
from tagstack.embeddings import EmbeddingMatrix, EncoderFingerprint
from tagstack.encoder.corpus import embed_documents
from tagstack.table import Table

logger = logging.getLogger(__name__)


@step(cache_policy=cache_by("tagstack.encoder.corpus"), output_materializers=EmbeddingMatrixMaterializer)
def embed(
    documents: Table, encoder: EncoderFingerprint, settings: EncoderSettings
) -> Annotated[EmbeddingMatrix, "embeddings"]:
    """Encode what no earlier run has encoded; the rest comes from the vector cache in the artifact store."""
    folder = shared_folder("vectors") if settings.cache else None
    with progress_bar("embed", documents.rows) as advance:
        embeddings = embed_documents(documents, settings, expected=encoder, cache=folder, progress=advance)
    logger.info("Embedded: %s documents, %d numbers each.", f"{len(embeddings.ids):,}", embeddings.encoder.dimension)
    return embeddings

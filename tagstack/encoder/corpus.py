"""A whole table of documents to one embedding matrix."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from tagstack.config import EncoderSettings
from tagstack.embeddings import EmbeddingMatrix, EncoderFingerprint
from tagstack.encoder.cache import VectorCache
from tagstack.encoder.documents import encode_documents
from tagstack.encoder.encoder import Progress, load_encoder
from tagstack.encoder.segment import Vectors
from tagstack.errors import StorageError
from tagstack.storage import FileSystem
from tagstack.table import Table, scratch

WINDOW = 32_768
"""Documents whose texts are in memory at a time."""


def embed_documents(
    documents: Table,
    settings: EncoderSettings,
    *,
    expected: EncoderFingerprint | None = None,
    cache: tuple[FileSystem, str] | None = None,
    progress: Progress | None = None,
) -> EmbeddingMatrix:
    """Encode every document of a table.

    The vectors are written to a mapped file as they come, so memory does not grow with the table.

    Args:
        documents: A table of `tagstack.table.DOCUMENTS`.
        settings: Which encoder, and how.
        expected: What the encoder must be.
        cache: File operations and folder of the vector cache.
        progress: Called with numbers of finished documents.

    Raises:
        EncoderError: The encoder cannot be loaded.
        StorageError: The cache cannot be written; what it held stays usable.
    """
    # Late, as TensorFlow is not needed where the cache holds everything.
    encoder = load_encoder(settings, late=True, expected=expected)
    vectors = VectorCache(*cache, encoder.fingerprint) if cache else None
    shape = (documents.rows, encoder.fingerprint.dimension)
    matrix = _mapped(scratch() / "vectors.npy", shape)
    ids = np.empty(shape[0], np.int64)
    at = 0
    for batch in documents.batches(columns=["post_id", "title", "text"], rows=WINDOW):
        rows = slice(at, at := at + batch.num_rows)
        ids[rows] = batch.column("post_id").to_numpy()
        titles, texts = batch.column("title").to_pylist(), batch.column("text").to_pylist()
        matrix[rows] = encode_documents(encoder, titles, texts, cache=vectors, progress=progress)
    return EmbeddingMatrix(ids, matrix, encoder.fingerprint)


def _mapped(path: Path, shape: tuple[int, int]) -> Vectors:
    """Make a mapped file whose whole space is taken now: running out of it later would kill the process."""
    matrix: Vectors = np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=shape)
    try:
        with path.open("r+b") as file:
            os.posix_fallocate(file.fileno(), 0, path.stat().st_size)
    except OSError as error:
        raise StorageError(
            f"Cannot hold {shape[0]} vectors in {path.parent.parent} ({matrix.nbytes // 2**20} MB): {error.strerror}; "
            "free space there, or set TMPDIR to another folder."
        ) from None
    return matrix

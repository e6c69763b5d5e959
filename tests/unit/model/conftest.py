from dataclasses import dataclass

import numpy as np
import pytest

from tagstack.embeddings import EmbeddingMatrix, EncoderFingerprint
from tagstack.labels import LabelMatrix, label_documents
from tagstack.split import Split

CLASSES = ("c#", "java", "python", "sql")


@dataclass(frozen=True)
class Toy:
    embeddings: EmbeddingMatrix
    labels: LabelMatrix
    split: Split
    tags: list[list[str]]


@pytest.fixture(scope="session")
def toy() -> Toy:
    """400 documents in 8 dimensions; a tag is there where its dimension is positive, which a linear model learns."""
    generator = np.random.default_rng(0)
    vectors = generator.normal(size=(400, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    tags = [[tag for tag, value in zip(CLASSES, row, strict=False) if value > 0.2] for row in vectors]
    ids = generator.permutation(400).astype(np.int64)
    encoder = EncoderFingerprint(handle="toy", module_sha256="0" * 64, mode="separate", max_characters=9, dimension=8)
    return Toy(
        EmbeddingMatrix(ids, vectors, encoder),
        label_documents(ids, tags, CLASSES),
        Split(ids, np.repeat([0, 1, 2], [240, 80, 80]).astype(np.int8)),
        tags,
    )

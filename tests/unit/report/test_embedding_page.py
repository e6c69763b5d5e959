import numpy as np
import pytest
from lxml import html

from tagstack.embeddings import EmbeddingMatrix, EncoderFingerprint
from tagstack.labels import LabelMatrix
from tagstack.report.embedding_page import main_tags, render_embeddings

LABELS = LabelMatrix(
    ids=np.arange(4),
    indptr=np.array([0, 2, 3, 3, 5]),
    indices=np.array([0, 1, 1, 0, 2], np.int32),
    classes=("c#", "sql", "vba"),
)


def matrix(vectors):
    vectors = np.asarray(vectors, np.float32)
    encoder = EncoderFingerprint(
        handle="<i>offline</i>", module_sha256="ab", mode="separate", max_characters=1500, dimension=vectors.shape[1]
    )
    return EmbeddingMatrix(ids=np.arange(len(vectors)), vectors=vectors, encoder=encoder)


def page(*args, **kwargs):
    return html.document_fromstring(render_embeddings(*args, **kwargs))


VECTORS = np.random.default_rng(0).normal(size=(4, 8))


def test_shape_encoder_map_and_lengths_are_shown():
    shown = page(matrix(VECTORS))
    assert "<i>offline</i>" in shown.text_content()
    assert len(shown.xpath("//figure//svg")) == 2


def test_with_labels_the_map_is_coloured_by_tag():
    assert "sql" in page(matrix(VECTORS), labels=LABELS).xpath("string(//*[name()='desc'])")
    assert "colour of the most frequent" not in page(matrix(VECTORS)).text_content()


def test_a_document_is_coloured_by_its_most_frequent_tag():
    assert main_tags(LABELS, np.array([3, 2, 1, 0])) == ["c#", None, "sql", "c#"]


@pytest.mark.parametrize(
    ("vectors", "warning"),
    [
        ([[np.nan, 1.0], [0.5, 1.0]], "1 vector with numbers that are not finite"),
        ([[0.0, 0.0], [0.0, 0.0], [1.0, 0.0]], "2 vectors of zeros"),
        (np.empty((0, 8)), "Too few different vectors"),
    ],
)
def test_unusable_vectors_are_reported(vectors, warning):
    assert warning in page(matrix(vectors)).text_content()

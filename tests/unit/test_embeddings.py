"""The embedding matrix."""

import numpy as np
import pytest

from tagstack.embeddings import EmbeddingMatrix, EncoderFingerprint, positions, require_same
from tagstack.errors import FingerprintError

PRINT = EncoderFingerprint(handle="offline", module_sha256="0" * 64, mode="separate", max_characters=10, dimension=4)


def test_rows_come_in_the_order_asked_for():
    vectors = np.arange(12, dtype=np.float32).reshape(3, 4)
    matrix = EmbeddingMatrix(np.array([7, 3, 5]), vectors, PRINT)
    assert matrix.rows(np.array([5, 7])).tolist() == [[8, 9, 10, 11], [0, 1, 2, 3]]


@pytest.mark.parametrize("wanted", [[4], [8], [7, 99]])
def test_an_id_that_is_not_there_is_an_error(wanted):
    with pytest.raises(KeyError, match="1 ids are not in the matrix"):
        positions(np.array([7, 3, 5]), np.array(wanted))


def test_nothing_is_in_an_empty_matrix():
    assert positions(np.empty(0, np.int64), np.empty(0, np.int64)).size == 0
    with pytest.raises(KeyError):
        positions(np.empty(0, np.int64), np.array([1]))


@pytest.mark.parametrize(("shape", "kind"), [((3, 5), np.float32), ((2, 4), np.float32), ((3, 4), np.float64)])
def test_a_wrong_shape_or_type_is_refused(shape, kind):
    with pytest.raises(ValueError, match="expected int64"):
        EmbeddingMatrix(np.arange(3), np.zeros(shape, kind), PRINT)


def test_vectors_of_two_encoders_never_mix():
    other = PRINT.model_copy(update={"max_characters": 11})
    with pytest.raises(FingerprintError, match="max_characters 10 / 11"):
        require_same(PRINT, other)
    assert PRINT.key != other.key

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from tagstack.config import EncoderSettings
from tagstack.encoder import corpus
from tagstack.encoder.corpus import embed_documents
from tagstack.errors import StorageError
from tagstack.storage import LocalFileSystem
from tagstack.table import DOCUMENTS, write_table


def documents(count):
    day = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    rows = [
        {
            "post_id": 100 - at,
            "created_at": day,
            "title": f"title {at}",
            "text": "git",
            "code": "",
            "tags": [],
            "group": at,
        }
        for at in range(count)
    ]
    return write_table([pa.RecordBatch.from_pylist(rows, DOCUMENTS)], DOCUMENTS)


def test_rows_keep_their_order_across_windows(offline, monkeypatch):
    monkeypatch.setattr(corpus, "WINDOW", 2)
    matrix = embed_documents(documents(5), EncoderSettings())
    assert matrix.ids.tolist() == [100, 99, 98, 97, 96]
    titles = offline.encode([f"title {at}" for at in range(5)])
    np.testing.assert_allclose(matrix.vectors[:, :512], titles, atol=2e-6)
    assert matrix.encoder == offline.fingerprint


def test_a_run_whose_texts_are_all_cached_loads_no_encoder(offline, tmp_path, monkeypatch):
    place = (LocalFileSystem(), str(tmp_path))
    first = embed_documents(documents(3), EncoderSettings(), cache=place)

    def load(handle):
        raise AssertionError(handle)

    monkeypatch.setattr("tagstack.encoder.encoder.load_module", load)
    second = embed_documents(documents(3), EncoderSettings(), cache=place)
    np.testing.assert_array_equal(first.vectors, second.vectors)


def test_an_empty_table_gives_an_empty_matrix(offline):
    assert embed_documents(documents(0), EncoderSettings()).vectors.shape == (0, 1024)


def test_a_disk_too_small_for_the_matrix_is_one_line(tiny_disk, monkeypatch):
    (tiny_disk / "run").mkdir()
    with pytest.raises(StorageError, match=r"^Cannot hold 20000 vectors in .* \(78 MB\): No space left .* TMPDIR"):
        corpus._mapped(tiny_disk / "run" / "vectors.npy", (20_000, 1024))

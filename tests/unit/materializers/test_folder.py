"""Artifacts come back as they were, from a local store and through a store's API alone."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from zenml.artifact_stores import LocalArtifactStore

from materializers.matrices import EmbeddingMatrixMaterializer, LabelMatrixMaterializer, SplitMaterializer
from materializers.tables import TableMaterializer
from tagstack.embeddings import EmbeddingMatrix, EncoderFingerprint
from tagstack.errors import StorageError
from tagstack.labels import LabelMatrix
from tagstack.split import Split
from tagstack.storage import LocalFileSystem
from tagstack.table import QUARANTINE, write_table

PRINT = EncoderFingerprint(handle="h", module_sha256="0" * 64, mode="separate", max_characters=9, dimension=3)


def _embeddings():
    vectors = np.random.default_rng(0).normal(size=(20, 3)).astype(np.float32)
    return EmbeddingMatrix(np.arange(20), vectors, PRINT)


@pytest.fixture
def local_store():
    store = object.__new__(LocalArtifactStore)
    store.open = LocalFileSystem().open
    return store


@pytest.fixture
def remote_store():
    """Any store that is not the local one: files are copied through its API."""
    files = LocalFileSystem()
    return SimpleNamespace(open=files.open, listdir=files.listdir)


@pytest.mark.parametrize("store", ["local_store", "remote_store"])
def test_matrices_come_back_equal(store, tmp_path, request):
    store = request.getfixturevalue(store)
    labels = LabelMatrix(np.arange(2), np.array([0, 1, 3]), np.array([1, 0, 1], np.int32), ("a", "b"))
    split = Split(np.arange(3), np.array([0, 1, 2], np.int8))
    for number, (kind, data) in enumerate(
        [(EmbeddingMatrixMaterializer, _embeddings()), (LabelMatrixMaterializer, labels), (SplitMaterializer, split)]
    ):
        uri = tmp_path / str(number)
        uri.mkdir()
        written, read = kind(str(uri), store), kind(str(uri), store)
        written.save(data)
        read.expected_content_hash = written.compute_content_hash(data)
        back = read.load(type(data))
        for name in data.__dataclass_fields__:
            left, right = getattr(data, name), getattr(back, name)
            assert np.array_equal(left, right) if isinstance(left, np.ndarray) else left == right
        assert written.facts(data)


def test_vectors_in_a_local_store_are_mapped_and_not_read(local_store, tmp_path):
    kind = EmbeddingMatrixMaterializer(str(tmp_path), local_store)
    kind.save(_embeddings())
    vectors = kind.load(EmbeddingMatrix).vectors
    assert isinstance(vectors, np.memmap)
    assert not vectors.flags.writeable


def test_a_changed_file_is_refused(remote_store, tmp_path):
    table = write_table([], QUARANTINE)
    kind = TableMaterializer(str(tmp_path), remote_store)
    kind.save(table)
    kind.expected_content_hash = kind.compute_content_hash(table)
    assert kind.load(type(table)).rows == 0
    with (tmp_path / "table.parquet").open("ab") as file:
        file.write(b"x")
    with pytest.raises(StorageError, match="is not what was stored there"):
        kind.load(type(table))


@pytest.mark.parametrize("store", ["local_store", "remote_store"])
def test_a_full_store_is_one_line(store, tmp_path, request, disk_with_room_for):
    kind = EmbeddingMatrixMaterializer(str(tmp_path), request.getfixturevalue(store))
    with (
        disk_with_room_for(200),
        pytest.raises(StorageError, match=r"Cannot store the artifact .*; free space") as caught,
    ):
        kind.save(_embeddings())
    assert "\n" not in str(caught.value)
    kind.save(_embeddings())
    with disk_with_room_for(200), pytest.raises(StorageError, match="File too large; free space there"):
        kind.save_visualizations(_embeddings())


def test_equal_content_has_one_hash_and_other_content_another(local_store, tmp_path):
    hashes = []
    for name, shift in (("a", 0), ("b", 0), ("c", 1)):
        (tmp_path / name).mkdir()
        data = _embeddings()
        data = EmbeddingMatrix(data.ids + shift, data.vectors, PRINT)
        kind = EmbeddingMatrixMaterializer(str(tmp_path / name), local_store)
        kind.save(data)
        hashes.append(kind.compute_content_hash(data))
    assert hashes[0] == hashes[1] != hashes[2]


def test_a_matrix_is_the_file_that_numpy_writes(local_store, tmp_path):
    data = _embeddings()
    EmbeddingMatrixMaterializer(str(tmp_path), local_store).save(data)
    np.save(tmp_path / "numpy.npy", data.vectors, allow_pickle=False)
    assert (tmp_path / "vectors.npy").read_bytes() == (tmp_path / "numpy.npy").read_bytes()


def test_no_file_of_a_matrix_is_a_pickle(local_store, tmp_path):
    EmbeddingMatrixMaterializer(str(tmp_path), local_store).save(_embeddings())
    for file in Path(tmp_path).glob("*.npy"):
        np.load(file, allow_pickle=False)
    assert {file.suffix for file in tmp_path.iterdir()} == {".npy", ".json"}

import logging
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagstack.encoder.cache import VectorCache, text_keys
from tagstack.encoder.index import KeyIndex
from tagstack.encoder.segment import Segment
from tagstack.errors import StorageError
from tagstack.storage import LocalFileSystem

FILES = LocalFileSystem()


def vectors_of(texts):
    return np.array([[len(text), hash(text) % 1000, 0, 1] for text in texts], np.float32).reshape(len(texts), 4)


def names(start, stop):
    return [f"text {number}" for number in range(start, stop)]


@pytest.fixture
def fingerprint(make_encoder):
    return make_encoder().fingerprint


@pytest.fixture
def cache(tmp_path, fingerprint):
    return VectorCache(FILES, str(tmp_path), fingerprint)


def segments(cache):
    return sorted(Path(cache.folder).glob("*"))


def store(cache, texts):
    cache.store(text_keys(texts), vectors_of(texts))


def test_what_was_stored_is_found_in_the_order_of_the_keys(cache):
    store(cache, names(0, 10))
    wanted = ["text 7", "unknown", "text 2", "text 7"]
    found, vectors = cache.lookup(text_keys(wanted))
    assert found.tolist() == [True, False, True, True]
    np.testing.assert_array_equal(vectors, vectors_of(["text 7", "text 2", "text 7"]))


def test_an_empty_cache_finds_nothing(cache):
    found, vectors = cache.lookup(text_keys(["a"]))
    assert not found.any()
    assert vectors.shape == (0, 4)
    assert cache.lookup(text_keys([]))[0].shape == (0,)


def test_other_writers_vectors_are_seen_at_once(cache, tmp_path, fingerprint):
    cache.lookup(text_keys(["text 1"]))
    store(VectorCache(FILES, str(tmp_path), fingerprint), names(0, 3))
    assert cache.lookup(text_keys(["text 1"]))[0].all()


def test_both_modes_share_vectors_and_other_cuts_do_not(cache, tmp_path, make_encoder):
    store(cache, names(0, 3))
    same = VectorCache(FILES, str(tmp_path), make_encoder("concatenated").fingerprint)
    other = VectorCache(FILES, str(tmp_path), make_encoder("separate", 99).fingerprint)
    assert same.lookup(text_keys(names(0, 3)))[0].all()
    assert not other.lookup(text_keys(names(0, 3)))[0].any()


@pytest.mark.parametrize("damage", [lambda data: data[:50], lambda data: b"", lambda data: b"x" + data[1:]])
def test_a_damaged_segment_is_ignored_with_one_log_line(cache, tmp_path, fingerprint, caplog, damage):
    store(cache, names(0, 5))
    [broken] = segments(cache)
    store(cache, names(5, 10))
    broken.write_bytes(damage(broken.read_bytes()))
    fresh = VectorCache(FILES, str(tmp_path), fingerprint)
    for _ in range(2):
        assert fresh.lookup(text_keys(names(0, 10)))[0].tolist() == [False] * 5 + [True] * 5
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert broken.name in caplog.text


def test_a_damaged_vector_is_missing_and_its_neighbours_are_not(cache, caplog):
    store(cache, names(0, 5))
    [path] = segments(cache)
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    found, vectors = cache.lookup(text_keys(names(0, 5)))
    assert found.tolist() == [True] * 4 + [False]
    np.testing.assert_array_equal(vectors, vectors_of(names(0, 4)))
    assert "Encoding again 1 texts" in caplog.text


def test_a_file_that_a_killed_writer_left_is_no_segment(cache):
    store(cache, names(0, 2))
    segments(cache)[0].with_suffix(".vectors.part").write_bytes(b"half")
    assert cache.lookup(text_keys(names(0, 2)))[0].all()


def test_a_full_disk_is_one_line_and_what_was_stored_stays(tmp_path, fingerprint, full_disk):
    cache = VectorCache(full_disk(500), str(tmp_path), fingerprint)
    store(cache, names(0, 5))
    with pytest.raises(
        StorageError, match=r"^Cannot write the vector cache .*: No space left on device; .* free space"
    ):
        store(cache, names(5, 50))
    assert cache.lookup(text_keys(names(0, 10)))[0].tolist() == [True] * 5 + [False] * 5
    assert len(segments(cache)) == 1


@given(st.lists(st.lists(st.integers(0, 30), max_size=8), max_size=5), st.lists(st.integers(0, 40), max_size=12))
@settings(max_examples=50, deadline=None)
def test_the_index_finds_every_key_and_no_other(stored, wanted):
    held = [Segment(str(at), np.array([[key % 7, key] for key in keys], np.uint64).reshape(-1, 2), np.empty(0), 4)
            for at, keys in enumerate(stored)]  # fmt: skip
    keys = np.array([[key % 7, key] for key in wanted], np.uint64).reshape(-1, 2)
    located = {}
    for path, positions, rows in KeyIndex(held).locate(keys):
        assert rows.tolist() == sorted(rows.tolist())
        for position, row in zip(positions, rows, strict=True):
            assert (held[int(path)].keys[row] == keys[position]).all()
            located[int(position)] = True
    visible = {}
    for segment in held:
        for high, low in segment.keys.tolist():
            visible.setdefault(high, low)
    assert set(located) == {at for at, (high, low) in enumerate(keys.tolist()) if visible.get(high) == low}

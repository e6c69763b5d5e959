import contextlib
import threading
from pathlib import Path

import numpy as np
import pytest

from tagstack.encoder import cache as caching
from tagstack.encoder import compaction
from tagstack.encoder.cache import VectorCache, text_keys
from tagstack.encoder.compaction import MANY_SEGMENTS, compact, merge
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
    return cache.store(text_keys(texts), vectors_of(texts))


def test_many_small_segments_are_merged_without_repeats(cache, tmp_path, fingerprint):
    late = VectorCache(FILES, str(tmp_path), fingerprint)
    for number in range(MANY_SEGMENTS):
        store(cache, names(number, number + 3))
    late.lookup(text_keys(["text 1"]))
    compact(cache)
    assert len(segments(cache)) == 1
    texts = names(0, MANY_SEGMENTS + 2)
    for reader in (cache, late):
        found, vectors = reader.lookup(text_keys(texts))
        assert found.all()
        np.testing.assert_array_equal(vectors, vectors_of(texts))
    assert segments(cache)[0].stat().st_size == 40 + len(texts) * (20 + 16)


def test_a_segment_merged_by_another_between_listing_and_reading_is_found_in_the_merged_one(
    cache, tmp_path, fingerprint, monkeypatch
):
    other = VectorCache(FILES, str(tmp_path), fingerprint)
    for number in range(MANY_SEGMENTS):
        store(other, names(number, number + 1))
    read = caching.read_vectors

    def merge_first(*arguments):
        monkeypatch.setattr(caching, "read_vectors", read)
        compact(other)
        return read(*arguments)

    monkeypatch.setattr(caching, "read_vectors", merge_first)
    assert cache.lookup(text_keys(names(0, MANY_SEGMENTS)))[0].all()


def test_large_segments_are_left_alone(cache, monkeypatch):
    monkeypatch.setattr(compaction, "FULL_ROWS", 10)
    for number in range(0, MANY_SEGMENTS * 6, 6):
        store(cache, names(number, number + 6))
    before = segments(cache)
    compact(cache)
    assert segments(cache) == before


def test_a_full_disk_while_merging_is_no_failure(tmp_path, fingerprint, full_disk, caplog):
    cache = VectorCache(full_disk(MANY_SEGMENTS * 80), str(tmp_path), fingerprint)
    for number in range(MANY_SEGMENTS):
        store(cache, names(number, number + 1))
    compact(cache)
    assert cache.lookup(text_keys(names(0, MANY_SEGMENTS)))[0].all()
    assert "Leaving the vector cache in small segments" in caplog.text


def test_few_small_segments_stay_unless_fewer_are_asked_for(cache):
    for number in range(3):
        store(cache, names(number, number + 1))
    compact(cache)
    assert len(segments(cache)) == 3
    compact(cache, least=2)
    assert len(segments(cache)) == 1
    assert cache.lookup(text_keys(names(0, 3)))[0].all()


def test_a_damaged_segment_is_not_merged_and_the_others_are(cache):
    for number in range(4):
        store(cache, names(number, number + 1))
    damaged = segments(cache)[0]
    damaged.write_bytes(b"nothing")
    compact(cache, least=2)
    assert len(segments(cache)) == 2
    assert damaged in segments(cache)


def test_two_that_merge_the_same_segments_at_once_lose_nothing(cache, tmp_path, fingerprint):
    paths = [store(cache, names(number, number + 2)) for number in range(6)]
    others = [VectorCache(FILES, str(tmp_path), fingerprint) for _ in range(2)]
    start = threading.Barrier(2)

    def work(own):
        start.wait()
        with contextlib.suppress(FileNotFoundError):  # the other was faster
            merge(own, paths)

    threads = [threading.Thread(target=work, args=(own,)) for own in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert cache.lookup(text_keys(names(0, 7)))[0].all()

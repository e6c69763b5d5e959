"""Filling the cache: each text once, nothing lost, and full segments where there is much."""

from pathlib import Path

import numpy as np
import pytest

from tagstack.encoder import compaction, filling
from tagstack.encoder.cache import VectorCache, text_keys
from tagstack.encoder.compaction import compact
from tagstack.encoder.filling import CacheFiller
from tagstack.errors import StorageError
from tagstack.storage import LocalFileSystem

FILES = LocalFileSystem()


@pytest.fixture
def open_cache(tmp_path, make_encoder):
    return lambda files=FILES: VectorCache(files, str(tmp_path), make_encoder().fingerprint)


def names(start, stop):
    return [f"text {number}" for number in range(start, stop)]


def segments(cache):
    return sorted(Path(cache.folder).glob("*.vectors"))


def fill(encoder, cache, *calls):
    with CacheFiller(encoder, cache) as filler:
        for texts in calls:
            filler.add(texts)
    return filler.count


def test_each_text_is_encoded_once_and_found_by_whoever_looks_it_up(make_encoder, open_cache, letters):
    count = fill(make_encoder(), open_cache(), [*names(0, 5), "text 1"], names(3, 9), ["", "text 0"])
    assert sorted(letters.texts) == sorted(names(0, 9))
    assert (count.texts, count.found, count.encoded) == (13, 3, 10)  # a blank text has a vector, too
    assert open_cache().lookup(text_keys([*names(0, 9), ""]))[0].all()


def test_what_the_cache_holds_is_not_encoded(make_encoder, open_cache, letters):
    fill(make_encoder(), open_cache(), names(0, 5))
    letters.calls.clear()
    count = fill(make_encoder(), open_cache(), names(0, 7))
    assert letters.texts == names(5, 7)
    assert (count.found, count.encoded, count.tokens) == (5, 2, 0)


def test_many_fillers_leave_full_segments_and_few_small_ones(make_encoder, open_cache, monkeypatch):
    monkeypatch.setattr(filling, "SEGMENT_TEXTS", 4)
    monkeypatch.setattr(filling, "FULL_ROWS", 20)
    monkeypatch.setattr(compaction, "FULL_ROWS", 20)
    for shard in range(3):
        start = shard * 100
        fill(make_encoder(), open_cache(), *[names(at, at + 4) for at in range(start, start + 48, 4)])
    cache = open_cache()
    rows = sorted(len(keys) for keys in list(cache.keys()))
    assert rows == [4] * 6 + [20] * 6  # each filler: 2 full ones, 2 small ones
    compact(cache, least=2)
    assert sorted(len(keys) for keys in list(cache.keys())) == [4, 20, 20, 20, 20, 20, 20, 20]
    wanted = [text for shard in range(3) for text in names(shard * 100, shard * 100 + 48)]
    assert cache.lookup(text_keys(wanted))[0].all()


def test_a_segment_that_another_run_has_merged_already_is_no_failure(make_encoder, open_cache, monkeypatch):
    monkeypatch.setattr(filling, "SEGMENT_TEXTS", 4)
    monkeypatch.setattr(filling, "FULL_ROWS", 8)
    cache = open_cache()
    with CacheFiller(make_encoder(), cache) as filler:
        filler.add(names(0, 4))
        cache.store(text_keys(names(0, 4)), np.zeros((4, 4), np.float32))
        segments(cache)[0].unlink()
        filler.add(names(4, 8))
    assert cache.lookup(text_keys(names(4, 8)))[0].all()


def test_a_full_disk_is_one_line_and_what_was_kept_stays(make_encoder, open_cache, full_disk, monkeypatch):
    monkeypatch.setattr(filling, "SEGMENT_TEXTS", 4)
    cache = open_cache(full_disk(400))
    with pytest.raises(StorageError, match=r"^Cannot write the vector cache .*: No space left on device"):
        fill(make_encoder(), cache, names(0, 4), names(4, 8), names(8, 30))
    assert open_cache().lookup(text_keys(names(0, 4)))[0].all()


def test_a_damaged_segment_is_encoded_again(make_encoder, open_cache, letters, caplog):
    fill(make_encoder(), open_cache(), names(0, 5))
    [segment] = segments(open_cache())
    segment.write_bytes(segment.read_bytes()[:60])
    letters.calls.clear()
    assert fill(make_encoder(), open_cache(), names(0, 5)).encoded == 5
    assert "Ignoring the damaged cache segment" in caplog.text

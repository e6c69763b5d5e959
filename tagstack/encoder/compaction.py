"""Keeping the vector cache in few, large segments, however many writers it has.

Segments are merged into new ones before they are removed, so that readers always find every vector. Two that merge the
same segments at once leave each vector twice, which costs space and nothing else.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence

import numpy as np

from tagstack.encoder.cache import VectorCache
from tagstack.encoder.segment import DamagedSegmentError, read_segment, read_vectors, segment_rows
from tagstack.errors import StorageError

_log = logging.getLogger(__name__)
FULL_ROWS = 32_768
"""Rows of a segment that is never merged again (67 MB of 512 floats)."""
MANY_SEGMENTS = 32
"""Small segments from which they are merged."""


def compact(cache: VectorCache, *, least: int = MANY_SEGMENTS) -> None:
    """Merge small segments, whoever wrote them, where there are at least `least`.

    Of segments that stay as they are, no more is read than how long they are.
    """
    sizes = [(path, rows) for path in cache.paths() if 0 < (rows := _rows(cache, path)) < FULL_ROWS // 2]
    if len(sizes) < least:
        return
    try:
        for group in _groups(sizes):
            merge(cache, group)
    except (OSError, StorageError, DamagedSegmentError) as error:
        _log.warning("Leaving the vector cache in small segments: %s", error)


def merge(cache: VectorCache, paths: Sequence[str]) -> None:
    """Write one segment with what several hold, each vector once, and remove those.

    Raises:
        DamagedSegmentError: One is no whole segment.
        OSError: One cannot be read; another writer may have merged it.
        StorageError: The new one cannot be written.
    """
    keys, vectors = [], []
    for path in paths:
        segment = read_segment(cache.files, path)
        sound, read = read_vectors(cache.files, segment, np.arange(segment.rows))
        keys.append(segment.keys[sound])
        vectors.append(read[sound])
    merged = np.concatenate(keys)
    first = np.sort(np.unique(merged, axis=0, return_index=True)[1])
    cache.store(merged[first], np.concatenate(vectors)[first])
    cache.discard(paths)


def _rows(cache: VectorCache, path: str) -> int:
    try:
        return segment_rows(cache.files, path)
    except (OSError, DamagedSegmentError):
        return 0  # whoever looks something up there says so


def _groups(sizes: Iterable[tuple[str, int]]) -> list[list[str]]:
    """Group segments to about `FULL_ROWS` rows; those that would stay alone are left out."""
    groups: list[list[str]] = [[]]
    held = 0
    for path, rows in sizes:
        if held + rows > FULL_ROWS:
            groups.append([])
            held = 0
        groups[-1].append(path)
        held += rows
    return [group for group in groups if len(group) > 1]

"""Where each key lies: four flat arrays, so that tens of millions of keys fit in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from tagstack.encoder.segment import Keys, Segment


class KeyIndex:
    """An index over the keys of segments: 24 bytes a key, and a binary search each."""

    def __init__(self, segments: Sequence[Segment]) -> None:
        keys = np.concatenate([np.empty((0, 2), np.uint64), *(segment.keys for segment in segments)])
        sizes = [segment.rows for segment in segments]
        order = np.argsort(keys[:, 0], kind="stable")
        self._high = keys[order, 0]
        self._low = keys[order, 1]
        self._segment = np.repeat(np.arange(len(segments), dtype=np.int32), sizes)[order]
        self._row = np.concatenate([np.empty(0, np.int32), *(np.arange(size, dtype=np.int32) for size in sizes)])[order]
        self._paths = [segment.path for segment in segments]

    def locate(self, keys: Keys) -> Iterator[tuple[str, npt.NDArray[np.intp], npt.NDArray[np.intp]]]:
        """Yield for each segment that holds some of the keys: its path, positions in `keys`, and rows, ascending.

        Two keys that share their first 64 bits hide one another: the hidden one counts as missing.
        """
        if not len(self._high) or not len(keys):
            return
        at = np.minimum(np.searchsorted(self._high, keys[:, 0]), len(self._high) - 1)
        hits = np.flatnonzero((self._high[at] == keys[:, 0]) & (self._low[at] == keys[:, 1]))
        hits = hits[np.lexsort((self._row[at[hits]], self._segment[at[hits]]))]
        segment = self._segment[at[hits]]
        for group in np.split(hits, np.flatnonzero(np.diff(segment)) + 1):
            if len(group):
                yield self._paths[self._segment[at[group[0]]]], group, self._row[at[group]].astype(np.intp)

"""Recent vectors: what was encoded lately is not encoded again."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float32]


class RecentVectors:
    """The vectors of the most recently used texts of one encoder, in memory; the least recently used go first.

    Safe to share between threads.

    >>> recent = RecentVectors(size=1)
    >>> recent.store({text_key("a"): np.zeros(3, np.float32), text_key("b"): np.ones(3, np.float32)})
    >>> recent.find([text_key("a"), text_key("b")])
    [None, array([1., 1., 1.], dtype=float32)]

    Args:
        size: How many vectors are kept.
    """

    def __init__(self, *, size: int) -> None:
        self._size = size
        self._lock = threading.Lock()
        self._kept: OrderedDict[bytes, Vector] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def find(self, keys: Sequence[bytes]) -> list[Vector | None]:
        """Return the vector of each key, None where it is not kept. The arrays are shared: leave them as they are."""
        with self._lock:
            found = [self._kept.get(key) for key in keys]
            for key, vector in zip(keys, found, strict=True):
                if vector is not None:
                    self._kept.move_to_end(key)
        return found

    def store(self, vectors: dict[bytes, Vector]) -> None:
        """Keep vectors, each its own memory: a view would keep the whole array that it looks at."""
        own = {key: vector.copy() for key, vector in vectors.items()}
        with self._lock:
            self._kept.update(own)
            self._forget(own)

    def _forget(self, newest: Iterable[bytes]) -> None:
        for key in newest:
            self._kept.move_to_end(key)
        while len(self._kept) > self._size:
            self._kept.popitem(last=False)


def text_key(text: str) -> bytes:
    """Return the content address of a text that is encoded."""
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).digest()

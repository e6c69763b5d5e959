"""Filling the vector cache: texts are encoded for later, and nobody asks for their vectors now."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from tagstack.encoder.cache import VectorCache, text_keys
from tagstack.encoder.compaction import FULL_ROWS, merge
from tagstack.encoder.encoder import Encoder
from tagstack.encoder.known import KnownKeys
from tagstack.encoder.module import OFFLINE
from tagstack.encoder.segment import Keys, Vectors
from tagstack.encoder.tokens import count_tokens

SEGMENT_TEXTS = 4096
SEGMENT_SECONDS = 20.0


@dataclass
class FillCount:
    """What was done so far.

    Attributes:
        texts: Distinct texts of each call, added up.
        found: Those that the cache held, or that an earlier call encoded.
        encoded: Those that were encoded.
        tokens: Of the texts that were encoded; 0 for other encoders than the offline one.
        loading_seconds: Spent on loading the encoder, once.
        encoding_seconds: Spent on encoding.
        storing_seconds: Spent on writing vectors.
    """

    texts: int = 0
    found: int = 0
    encoded: int = 0
    tokens: int = 0
    loading_seconds: float = 0.0
    encoding_seconds: float = 0.0
    storing_seconds: float = 0.0


class CacheFiller:
    """Encodes what the cache does not hold; a context manager that keeps what it has when the work is interrupted.

    Which texts are held is read once, at the first call: what others write meanwhile, they write of other texts, and a
    text that is encoded twice does no harm. Its own segments become full ones as they come, so that any number of
    fillers leave the cache in good order. Killed, it loses at most the texts of its last 20 seconds.

    Args:
        encoder: The encoder.
        cache: Where vectors are kept.
    """

    def __init__(self, encoder: Encoder, cache: VectorCache) -> None:
        self.count = FillCount()
        self._encoder = encoder
        self._cache = cache
        self._known: KnownKeys | None = None
        self._fresh: list[tuple[Keys, Vectors]] = []
        self._since = time.monotonic()
        self._small: list[tuple[str, int]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        self._flush()

    def add(self, texts: Sequence[str]) -> None:
        """Make sure that the cache holds the vectors of texts, which the encoder has cut.

        Raises:
            EncoderError: The encoder cannot be loaded.
            StorageError: The cache cannot be written; what it held stays usable.
        """
        if self._known is None:
            self._known = KnownKeys(self._cache.keys())
        keys = text_keys(texts)
        first = np.sort(np.unique(keys, axis=0, return_index=True)[1])
        missing = first[~self._known.holds(keys[first])]
        self.count.texts += len(first)
        self.count.found += len(first) - len(missing)
        if len(missing):
            self._encode([texts[row] for row in missing], keys[missing])
            self._known.add(keys[missing])

    def _encode(self, texts: Sequence[str], keys: Keys) -> None:
        begun = time.perf_counter()
        self._encoder.load()
        started = time.perf_counter()
        self.count.loading_seconds += started - begun
        for rows, vectors in self._encoder.stream(texts):
            self.count.encoding_seconds += time.perf_counter() - started
            self.count.encoded += len(rows)
            if self._encoder.fingerprint.handle == OFFLINE:
                self.count.tokens += count_tokens([texts[row] for row in rows])
            self._keep(keys[rows], vectors)
            started = time.perf_counter()

    def _keep(self, keys: Keys, vectors: Vectors) -> None:
        self._fresh.append((keys, vectors))
        waiting = sum(len(keys) for keys, _ in self._fresh)
        if waiting >= SEGMENT_TEXTS or time.monotonic() - self._since >= SEGMENT_SECONDS:
            self._flush()

    def _flush(self) -> None:
        started = time.perf_counter()
        fresh, self._fresh, self._since = self._fresh, [], time.monotonic()
        if fresh:
            keys = np.concatenate([keys for keys, _ in fresh])
            path = self._cache.store(keys, np.concatenate([vectors for _, vectors in fresh]))
            self._small += [(path, len(keys))] if path else []
            self._merge_own()
        self.count.storing_seconds += time.perf_counter() - started

    def _merge_own(self) -> None:
        if sum(rows for _, rows in self._small) < FULL_ROWS:
            return
        own, self._small = [path for path, _ in self._small], []
        try:
            merge(self._cache, own)
        except FileNotFoundError:  # another run merged some of them already, and will merge the rest
            return

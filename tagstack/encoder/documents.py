"""Document vectors: titles and texts encoded, each distinct text once, what the cache holds not at all."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Self

import numpy as np
import numpy.typing as npt

from tagstack.encoder.cache import VectorCache, text_keys
from tagstack.encoder.compaction import compact
from tagstack.encoder.encoder import Encoder, Progress
from tagstack.encoder.segment import Keys, Vectors

_BLOCK = 16_384
_SEGMENT_TEXTS = 4096
_SEGMENT_SECONDS = 20.0


def encode_documents(
    encoder: Encoder,
    titles: Sequence[str],
    texts: Sequence[str],
    *,
    cache: VectorCache | None = None,
    progress: Progress | None = None,
) -> Vectors:
    """Encode documents in the encoder's mode.

    A run that is killed loses at most the texts of its last 20 seconds; the next one goes on from what the cache holds.

    Args:
        encoder: The encoder.
        titles: n titles.
        texts: n texts.
        cache: Where vectors of texts are found and kept.
        progress: Called with numbers of finished documents, n altogether.

    Returns:
        float32[n, d]: mode `concatenated`, the vector of title and text joined; mode `separate`, the title's vector and
        the text's side by side.

    Raises:
        StorageError: The cache cannot be written. What it held stays usable.
    """
    parts = document_parts(encoder, titles, texts)
    meter = _Meter(progress, parts=2 if encoder.fingerprint.mode == "separate" else 1)
    return _encode_parts(encoder, parts, cache, meter).reshape(len(titles), encoder.fingerprint.dimension)


def document_parts(encoder: Encoder, titles: Sequence[str], texts: Sequence[str]) -> list[str]:
    """Return what is encoded of n documents, cut: title and text in turn, or both joined, as the mode says."""
    separate = encoder.fingerprint.mode == "separate"
    pairs = zip(titles, texts, strict=True)
    return [encoder.cut(part) for pair in pairs for part in (pair if separate else ("\n".join(pair),))]


def _encode_parts(encoder: Encoder, parts: Sequence[str], cache: VectorCache | None, meter: _Meter) -> Vectors:
    vectors = np.zeros((len(parts), encoder.dimension), np.float32)
    keys = text_keys(parts)
    _, first, owner, counts = np.unique(keys, axis=0, return_index=True, return_inverse=True, return_counts=True)
    count = np.zeros(len(parts), np.intp)
    count[first] = counts
    missing = np.sort(first)
    if cache:
        found = _from_cache(cache, keys, missing, vectors)
        meter.add(int(count[missing[found]].sum()))
        missing = missing[~found]
    with _Writer(cache) as writer:
        for rows, part in encoder.stream([parts[row] for row in missing]):
            vectors[missing[rows]] = part
            writer.add(keys[missing[rows]], part)
            meter.add(int(count[missing[rows]].sum()))
    repeated = np.flatnonzero(count == 0)
    vectors[repeated] = vectors[first[owner.ravel()[repeated]]]
    return vectors


def _from_cache(cache: VectorCache, keys: Keys, rows: npt.NDArray[np.intp], vectors: Vectors) -> npt.NDArray[np.bool_]:
    """Fill in the vectors that the cache holds and say which of `rows` they are."""
    found = np.zeros(len(rows), np.bool_)
    for start in range(0, len(rows), _BLOCK):
        block = rows[start : start + _BLOCK]
        here, cached = cache.lookup(keys[block])
        found[start : start + _BLOCK] = here
        vectors[block[here]] = cached
    return found


class _Meter:
    """Turns finished parts of documents into finished documents."""

    def __init__(self, progress: Progress | None, *, parts: int) -> None:
        self._progress = progress
        self._parts = parts
        self._done = 0

    def add(self, parts: int) -> None:
        before, self._done = self._done // self._parts, self._done + parts
        if self._progress and self._done // self._parts > before:
            self._progress(self._done // self._parts - before)


class _Writer:
    """Gathers fresh vectors to segments, and keeps what it has even when the work is interrupted."""

    def __init__(self, cache: VectorCache | None) -> None:
        self._cache = cache
        self._fresh: list[tuple[Keys, Vectors]] = []
        self._since = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        self._flush()
        if self._cache and failure[0] is None:
            compact(self._cache)

    def add(self, keys: Keys, vectors: Vectors) -> None:
        self._fresh.append((keys, vectors))
        texts = sum(len(keys) for keys, _ in self._fresh)
        if texts >= _SEGMENT_TEXTS or time.monotonic() - self._since >= _SEGMENT_SECONDS:
            self._flush()

    def _flush(self) -> None:
        fresh, self._fresh, self._since = self._fresh, [], time.monotonic()
        if self._cache and fresh:
            self._cache.store(np.concatenate([keys for keys, _ in fresh]), np.concatenate([part for _, part in fresh]))

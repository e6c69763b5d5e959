"""The vector cache: content-addressed, in any store, safe to share between runs and machines.

A vector lies under the hash of its text, in a folder for what made it. Files are segments that are written once, under
a passing name first, and never changed, so that writers need no lock, a killed run leaves nothing half-written under
a segment's name, and object stores serve as well as disks.
"""

from __future__ import annotations

import hashlib
import json
import logging
import uuid
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from tagstack.embeddings import EncoderFingerprint
from tagstack.encoder.index import KeyIndex
from tagstack.encoder.segment import (
    DamagedSegmentError,
    Keys,
    Rows,
    Segment,
    Vectors,
    read_segment,
    read_vectors,
    write_segment,
)
from tagstack.errors import StorageError
from tagstack.storage import FileSystem

_log = logging.getLogger(__name__)
_SUFFIX = ".vectors"
FULL_ROWS = 32_768
"""Rows of a segment that is never merged again (67 MB of 512 floats)."""
MANY_SEGMENTS = 32
"""Small segments from which they are merged."""


class VectorCache:
    """Vectors of single texts under the hash of the text.

    Both modes of an encoder share them. In memory are 24 bytes a vector; vectors stay in the store until asked for.

    Args:
        files: The store.
        root: A folder of the store, for caches of any number of encoders.
        fingerprint: What makes the vectors.
    """

    def __init__(self, files: FileSystem, root: str, fingerprint: EncoderFingerprint) -> None:
        self.folder = f"{root.rstrip('/')}/{_identity(fingerprint)}"
        self._files = files
        self._dimension = text_dimension(fingerprint)
        self._segments: dict[str, Segment] = {}
        self._ignored: set[str] = set()
        self._index = KeyIndex([])

    def lookup(self, keys: Keys) -> tuple[npt.NDArray[np.bool_], Vectors]:
        """Find vectors, those of other writers among them.

        Args:
            keys: uint64[n, 2], from `text_keys`.

        Returns:
            Which keys are here, bool[n], and their vectors in the order of the keys, float32[found, dimension].
        """
        found = np.zeros(len(keys), np.bool_)
        vectors = np.zeros((len(keys), self._dimension), np.float32)
        for _ in range(2):
            self._refresh()
            try:
                self._fill(keys, found, vectors)
                break
            except FileNotFoundError:  # another writer merged the segment into a new one since the listing
                continue
        return found, vectors[found]

    def store(self, keys: Keys, vectors: Vectors) -> None:
        """Keep vectors, as one segment.

        Raises:
            StorageError: The segment cannot be written. What was kept before stays.
        """
        if not len(keys):
            return
        path = f"{self.folder}/{uuid.uuid4().hex}{_SUFFIX}"
        unfinished = f"{path}.part"
        try:
            self._files.makedirs(self.folder)
            write_segment(self._files, unfinished, keys, vectors)
            self._files.rename(unfinished, path)
        except OSError as error:
            self._discard([unfinished])
            raise StorageError(
                f"Cannot write the vector cache {self.folder}: {error.strerror or error}; what it held stays usable: "
                "free space there and run again, or set encoder.cache=false."
            ) from None

    def compact(self) -> None:
        """Merge small segments where there are many."""
        self._refresh()
        small = [segment for segment in self._segments.values() if segment.rows < FULL_ROWS // 2]
        if len(small) < MANY_SEGMENTS:
            return
        try:
            for group in _groups(small):
                self._merge(group)
        except (OSError, StorageError) as error:
            _log.warning("Leaving the vector cache in small segments: %s", error)
        self._refresh()

    def _merge(self, group: Sequence[Segment]) -> None:
        keys, vectors = [], []
        for segment in group:
            sound, read = read_vectors(self._files, segment, np.arange(segment.rows))
            keys.append(segment.keys[sound])
            vectors.append(read[sound])
        merged = np.concatenate(keys)
        first = np.sort(np.unique(merged, axis=0, return_index=True)[1])
        self.store(merged[first], np.concatenate(vectors)[first])
        self._discard(segment.path for segment in group)

    def _fill(self, keys: Keys, found: npt.NDArray[np.bool_], vectors: Vectors) -> None:
        missing = np.flatnonzero(~found)
        for path, wanted, rows in self._index.locate(keys[missing]):
            at = missing[wanted]
            found[at], vectors[at] = self._read(self._segments[path], rows)

    def _read(self, segment: Segment, rows: Rows) -> tuple[npt.NDArray[np.bool_], Vectors]:
        try:
            sound, vectors = read_vectors(self._files, segment, rows)
        except FileNotFoundError:
            raise
        except OSError as error:
            _log.warning("Encoding again what %s holds: %s", segment.path, error.strerror or error)
            return np.zeros(len(rows), np.bool_), np.zeros((len(rows), self._dimension), np.float32)
        if not sound.all():
            _log.warning("Encoding again %d texts: %s is damaged", np.count_nonzero(~sound), segment.path)
        return sound, vectors

    def _refresh(self) -> None:
        """Read the keys of segments that are new, and forget those that are gone."""
        names = self._files.listdir(self.folder) if self._files.exists(self.folder) else []
        paths = {f"{self.folder}/{name}" for name in map(str, names) if name.endswith(_SUFFIX)}
        if paths - self._ignored == self._segments.keys():
            return
        for path in sorted(paths - self._segments.keys() - self._ignored):
            self._open(path)
        self._segments = {path: segment for path, segment in self._segments.items() if path in paths}
        self._index = KeyIndex(list(self._segments.values()))

    def _open(self, path: str) -> None:
        try:
            segment = read_segment(self._files, path)
            if segment.dimension != self._dimension:
                raise DamagedSegmentError(f"its vectors have {segment.dimension} numbers")
        except (OSError, DamagedSegmentError) as error:
            _log.warning("Ignoring the damaged cache segment %s (%s); remove it.", path, error)
            self._ignored.add(path)
        else:
            self._segments[path] = segment

    def _discard(self, paths: Iterable[str]) -> None:
        for path in paths:
            try:
                self._files.remove(path)
            except OSError:
                _log.debug("Nothing to remove at %s", path)


def text_keys(texts: Sequence[str]) -> Keys:
    """Return the content addresses of texts: uint64[n, 2], the two halves of a 128-bit BLAKE2b hash."""
    digests = [hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).digest() for text in texts]
    return np.frombuffer(b"".join(digests), "<u8").reshape(len(texts), 2)


def _identity(fingerprint: EncoderFingerprint) -> str:
    """Return the name of what determines a single text's vector: not the mode, which only joins vectors."""
    maker = [fingerprint.handle, fingerprint.module_sha256, fingerprint.max_characters, text_dimension(fingerprint)]
    return hashlib.sha256(json.dumps(maker).encode()).hexdigest()[:16]


def text_dimension(fingerprint: EncoderFingerprint) -> int:
    """Return the length of a single text's vector."""
    return fingerprint.dimension // (2 if fingerprint.mode == "separate" else 1)


def _groups(segments: Iterable[Segment]) -> list[list[Segment]]:
    """Group segments to about `FULL_ROWS` rows."""
    groups: list[list[Segment]] = [[]]
    for segment in segments:
        if sum(member.rows for member in groups[-1]) + segment.rows > FULL_ROWS:
            groups.append([])
        groups[-1].append(segment)
    return [group for group in groups if len(group) > 1]

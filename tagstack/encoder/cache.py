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
from collections.abc import Iterable, Iterator, Sequence

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
        self.files = files
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

    def store(self, keys: Keys, vectors: Vectors) -> str | None:
        """Keep vectors, as one segment.

        Returns:
            The segment's file; None where there are no vectors.

        Raises:
            StorageError: The segment cannot be written. What was kept before stays.
        """
        if not len(keys):
            return None
        path = f"{self.folder}/{uuid.uuid4().hex}{_SUFFIX}"
        unfinished = f"{path}.part"
        try:
            self.files.makedirs(self.folder)
            write_segment(self.files, unfinished, keys, vectors)
            self.files.rename(unfinished, path)
        except OSError as error:
            self.discard([unfinished])
            raise StorageError(
                f"Cannot write the vector cache {self.folder}: {error.strerror or error}; what it held stays usable: "
                "free space there and run again, or set encoder.cache=false."
            ) from None
        return path

    def paths(self) -> list[str]:
        """List the files of its segments, those of other writers among them."""
        names = self.files.listdir(self.folder) if self.files.exists(self.folder) else []
        return sorted(f"{self.folder}/{name}" for name in map(str, names) if name.endswith(_SUFFIX))

    def keys(self) -> Iterator[Keys]:
        """Yield the keys of each segment, uint64[n, 2], without keeping them; damaged segments are left out."""
        seen: set[str] = set()
        for _ in range(2):  # a segment may be merged into a new one between listing and reading
            for path in sorted(set(self.paths()) - seen - self._ignored):
                seen.add(path)
                if segment := self._read_segment(path):
                    yield segment.keys

    def discard(self, paths: Iterable[str]) -> None:
        """Remove files; those that are gone are no error."""
        for path in paths:
            try:
                self.files.remove(path)
            except OSError:
                _log.debug("Nothing to remove at %s", path)

    def _fill(self, keys: Keys, found: npt.NDArray[np.bool_], vectors: Vectors) -> None:
        missing = np.flatnonzero(~found)
        for path, wanted, rows in self._index.locate(keys[missing]):
            at = missing[wanted]
            found[at], vectors[at] = self._read(self._segments[path], rows)

    def _read(self, segment: Segment, rows: Rows) -> tuple[npt.NDArray[np.bool_], Vectors]:
        try:
            sound, vectors = read_vectors(self.files, segment, rows)
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
        paths = set(self.paths())
        if paths - self._ignored == self._segments.keys():
            return
        for path in sorted(paths - self._segments.keys() - self._ignored):
            if segment := self._read_segment(path):
                self._segments[path] = segment
        self._segments = {path: segment for path, segment in self._segments.items() if path in paths}
        self._index = KeyIndex(list(self._segments.values()))

    def _read_segment(self, path: str) -> Segment | None:
        try:
            segment = read_segment(self.files, path)
            if segment.dimension != self._dimension:
                raise DamagedSegmentError(f"its vectors have {segment.dimension} numbers")
        except FileNotFoundError:
            return None
        except (OSError, DamagedSegmentError) as error:
            _log.warning("Ignoring the damaged cache segment %s (%s); remove it.", path, error)
            self._ignored.add(path)
            return None
        return segment


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

"""Segments: immutable files of keys and vectors, plain binary, whose every row can be read and checked alone.

Layout, little-endian: header (magic, rows, dimension, hash of all that stands before the vectors), keys 16 bytes a row,
CRC-32 of each vector, vectors float32 row by row.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tagstack.storage import FileSystem

Keys = npt.NDArray[np.uint64]
Vectors = npt.NDArray[np.float32]
Rows = npt.NDArray[np.intp]

_HEADER = struct.Struct("<8sQQ16s")
_MAGIC = b"TGSVEC01"
_KEY_BYTES = 16
_SPAN_ROWS = 4096
_NEAR_ROWS = 256


class DamagedSegmentError(Exception):
    """A file is no whole segment."""


@dataclass(frozen=True, eq=False)
class Segment:
    """What a segment holds, without its vectors.

    Attributes:
        path: its file.
        keys: uint64[rows, 2].
        checksums: uint32[rows], CRC-32 of each vector.
        dimension: length of a vector.
    """

    path: str
    keys: Keys
    checksums: npt.NDArray[np.uint32]
    dimension: int

    @property
    def rows(self) -> int:
        """Number of vectors."""
        return len(self.keys)


def write_segment(files: FileSystem, path: str, keys: Keys, vectors: Vectors) -> None:
    """Write a segment; raises OSError."""
    vectors = np.ascontiguousarray(vectors, "<f4")
    checksums = np.array([zlib.crc32(vector) for vector in vectors], "<u4")
    index = np.ascontiguousarray(keys, "<u8").tobytes() + checksums.tobytes()
    with files.open(path, "wb") as file:
        file.write(_header(len(keys), vectors.shape[1], index) + index)
        file.write(vectors.data)


def segment_rows(files: FileSystem, path: str) -> int:
    """Read how many vectors a segment holds, and no more of it.

    Raises:
        DamagedSegmentError: It does not begin as a segment does.
        OSError: The file cannot be read.
    """
    with files.open(path, "rb") as file:
        start = file.read(_HEADER.size)
    if len(start) < _HEADER.size or not start.startswith(_MAGIC):
        raise DamagedSegmentError("it does not begin as a segment does")
    return int(_HEADER.unpack(start)[1])


def read_segment(files: FileSystem, path: str) -> Segment:
    """Read what a segment holds, without its vectors.

    Raises:
        DamagedSegmentError: The file is not as long as it says, or its keys are damaged.
        OSError: The file cannot be read.
    """
    with files.open(path, "rb") as file:
        start = file.read(_HEADER.size)
        if len(start) < _HEADER.size or not start.startswith(_MAGIC):
            raise DamagedSegmentError("it does not begin as a segment does")
        _, rows, dimension, _ = _HEADER.unpack(start)
        length = file.seek(0, 2)
        if length != _vectors_at(rows) + rows * dimension * 4:
            raise DamagedSegmentError(f"it is {length} bytes long")
        file.seek(_HEADER.size)
        index = file.read(_vectors_at(rows) - _HEADER.size)
    if start != _header(rows, dimension, index):
        raise DamagedSegmentError("its keys are damaged")
    keys = np.frombuffer(index, "<u8", rows * 2).reshape(rows, 2)
    return Segment(path, keys, np.frombuffer(index, "<u4", rows, offset=rows * _KEY_BYTES), dimension)


def read_vectors(files: FileSystem, segment: Segment, rows: Rows) -> tuple[npt.NDArray[np.bool_], Vectors]:
    """Read some vectors of a segment, touching little else of it.

    Args:
        files: Where the segment is.
        segment: The segment.
        rows: intp[n], ascending.

    Returns:
        Which of the rows are undamaged, bool[n], and the vectors of all, float32[n, dimension].

    Raises:
        OSError: The file cannot be read.
    """
    vectors = np.zeros((len(rows), segment.dimension), np.float32)
    sound = np.zeros(len(rows), np.bool_)
    with files.open(segment.path, "rb") as file:
        for span in _spans(rows):
            first, count = int(rows[span.start]), int(rows[span.stop - 1]) - int(rows[span.start]) + 1
            file.seek(_vectors_at(segment.rows) + first * segment.dimension * 4)
            content = file.read(count * segment.dimension * 4)
            whole = np.frombuffer(content, "<f4", len(content) // 4 // segment.dimension * segment.dimension)
            block = whole.reshape(-1, segment.dimension)
            for at in range(span.start, span.stop):
                row = rows[at] - first
                if row < len(block) and zlib.crc32(block[row]) == segment.checksums[rows[at]]:
                    vectors[at], sound[at] = block[row], True
    return sound, vectors


def _spans(rows: Rows) -> Iterator[slice]:
    """Group ascending rows that stand near each other to spans that are read at once."""
    start = 0
    for at in range(1, len(rows) + 1):
        if at == len(rows) or rows[at] - rows[at - 1] > _NEAR_ROWS or rows[at] - rows[start] >= _SPAN_ROWS:
            yield slice(start, at)
            start = at


def _vectors_at(rows: int) -> int:
    return _HEADER.size + rows * (_KEY_BYTES + 4)


def _header(rows: int, dimension: int, index: bytes) -> bytes:
    digest = hashlib.blake2b(index, digest_size=16, salt=struct.pack("<QQ", rows, dimension)).digest()
    return _HEADER.pack(_MAGIC, rows, dimension, digest)

"""The embedding matrix: document vectors together with what made them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict

from tagstack.errors import FingerprintError

Mode = Literal["concatenated", "separate"]


class EncoderFingerprint(BaseModel):
    """What determines a vector besides its text: vectors of different fingerprints never mix."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    handle: str
    module_sha256: str
    mode: Mode
    max_characters: int
    dimension: int
    """Length of one document's vector, all parts together."""

    @property
    def key(self) -> str:
        """A short content address of this fingerprint."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]


@dataclass(frozen=True, eq=False)
class EmbeddingMatrix:
    """Vectors of n documents.

    Attributes:
        ids: int64[n], the documents' post ids.
        vectors: float32[n, d], C-contiguous; may be memory-mapped and read-only.
        encoder: what made the vectors.
    """

    ids: npt.NDArray[np.int64]
    vectors: npt.NDArray[np.float32]
    encoder: EncoderFingerprint

    def __post_init__(self) -> None:
        shape = (len(self.ids), self.encoder.dimension)
        if self.vectors.shape != shape or self.vectors.dtype != np.float32 or self.ids.dtype != np.int64:
            raise ValueError(
                f"expected int64[{shape[0]}] ids and float32{list(shape)} vectors, "
                f"got {self.ids.dtype} and {self.vectors.dtype}{list(self.vectors.shape)}"
            )

    def require(self, encoder: EncoderFingerprint) -> None:
        """Raise `FingerprintError` unless these vectors were made by `encoder`."""
        require_same(self.encoder, encoder)

    def rows(self, ids: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """Return the vectors of `ids`, in that order; raises KeyError for an id that is not here."""
        return self.vectors[positions(self.ids, ids)]


def require_same(left: EncoderFingerprint, right: EncoderFingerprint) -> None:
    """Raise `FingerprintError`, naming what differs, unless both fingerprints are the same."""
    differing = [name for name in EncoderFingerprint.model_fields if getattr(left, name) != getattr(right, name)]
    if differing:
        detail = ", ".join(f"{name} {getattr(left, name)!r} / {getattr(right, name)!r}" for name in differing)
        raise FingerprintError(f"Vectors of two encoders cannot be mixed ({detail}); encode again with one of them.")


def positions(ids: npt.NDArray[np.int64], wanted: npt.NDArray[np.int64]) -> npt.NDArray[np.intp]:
    """Return where each of `wanted` stands in `ids`.

    Raises:
        KeyError: One of `wanted` is not in `ids`.

    >>> positions(np.array([7, 3, 5]), np.array([5, 7]))
    array([2, 0])
    """
    order = np.argsort(ids, kind="stable")
    found = np.searchsorted(ids, wanted, sorter=order)
    at = order[np.minimum(found, len(ids) - 1)] if len(ids) else np.empty(0, np.intp)
    if len(at) != len(wanted) or not np.array_equal(ids[at], wanted):
        missing = np.setdiff1d(wanted, ids)
        raise KeyError(f"{len(missing)} ids are not in the matrix, {missing[:3].tolist()} among them")
    return at

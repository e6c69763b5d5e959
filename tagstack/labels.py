"""The label matrix: which of the model's tags each document carries."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from tagstack.embeddings import positions


@dataclass(frozen=True, eq=False)
class LabelMatrix:
    """Tags of n documents in compressed sparse rows.

    Attributes:
        ids: int64[n], the documents' post ids.
        indptr: int64[n + 1], where each document's tags begin in `indices`.
        indices: int32[nnz], positions in `classes`, ascending within a document.
        classes: the k tags, sorted.
    """

    ids: npt.NDArray[np.int64]
    indptr: npt.NDArray[np.int64]
    indices: npt.NDArray[np.int32]
    classes: tuple[str, ...]

    @property
    def matrix(self) -> sp.csr_array:
        """The bool[n, k] sparse matrix."""
        data = np.ones(len(self.indices), dtype=bool)
        return sp.csr_array((data, self.indices, self.indptr), shape=(len(self.ids), len(self.classes)))

    def rows(self, ids: npt.NDArray[np.int64]) -> sp.csr_array:
        """Return the bool[len(ids), k] rows of `ids`, in that order; raises KeyError for an id that is not here."""
        return self.matrix[positions(self.ids, ids)]

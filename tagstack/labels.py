"""The label matrix: which of the model's tags each document carries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from tagstack.config import LabelSettings
from tagstack.embeddings import positions
from tagstack.errors import ModelError


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


def choose_classes(tags: Iterable[Iterable[str]], *, settings: LabelSettings) -> tuple[str, ...]:
    """Choose the model's vocabulary: the most frequent tags, those of equal support by alphabet.

    Args:
        tags: The tags of each document of the training part, and of no other.
        settings: How many, and the fewest documents of one.

    Returns:
        At most `settings.size` tags, sorted.

    Raises:
        ModelError: Fewer than two tags have the support.

    >>> choose_classes([["sql", "c#"], ["sql"], ["c#", "css"]], settings=LabelSettings(size=2, min_support=1))
    ('c#', 'sql')
    """
    documents = [set(own) for own in tags]
    supports = Counter(tag for own in documents for tag in own)
    usable = sorted((-support, tag) for tag, support in supports.items() if support >= settings.min_support)
    chosen = tuple(sorted(tag for _, tag in usable[: settings.size]))
    if len(chosen) < 2:
        raise ModelError(
            f"Only {len(chosen)} of {len(supports)} tags ({', '.join(chosen) or 'none'}) can be learnt from "
            f"{len(documents)} training documents with labels.min_support={settings.min_support} and "
            f"labels.size={settings.size}; a model needs two tags: widen the window or lower labels.min_support."
        )
    return chosen


def label_documents(ids: npt.NDArray[np.int64], tags: Iterable[Iterable[str]], classes: Sequence[str]) -> LabelMatrix:
    """Mark which of `classes` each document carries; other tags are left aside.

    Args:
        ids: Post ids [n].
        tags: All tags of each document [n].
        classes: The model's vocabulary [k], sorted.

    >>> label_documents(np.array([7]), [["sql", "vba"]], ["c#", "sql"]).matrix.toarray()
    array([[False,  True]])
    """
    from sklearn.preprocessing import MultiLabelBinarizer  # noqa: PLC0415

    known = frozenset(classes)
    binarizer = MultiLabelBinarizer(classes=list(classes), sparse_output=True)
    matrix = binarizer.fit_transform([known.intersection(own) for own in tags])
    matrix.sort_indices()
    indptr, indices = matrix.indptr.astype(np.int64), matrix.indices.astype(np.int32)
    return LabelMatrix(ids=np.asarray(ids, np.int64), indptr=indptr, indices=indices, classes=tuple(classes))

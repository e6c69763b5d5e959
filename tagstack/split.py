"""Which documents train, which calibrate, which test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Part = Literal["train", "calibrate", "test"]
PARTS: tuple[Part, ...] = ("train", "calibrate", "test")


@dataclass(frozen=True, eq=False)
class Split:
    """The part of each of n documents.

    Attributes:
        ids: int64[n], the documents' post ids.
        parts: int8[n], positions in `PARTS`; -1 for a document that no part uses.
    """

    ids: npt.NDArray[np.int64]
    parts: npt.NDArray[np.int8]

    def members(self, part: Part) -> npt.NDArray[np.int64]:
        """Return the post ids of one part, in document order."""
        return self.ids[self.parts == PARTS.index(part)]

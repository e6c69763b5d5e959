"""Which texts have a vector, in 8 bytes each: enough to leave them out, where their vectors are not asked for."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from tagstack.encoder.segment import Keys

Halves = npt.NDArray[np.uint64]


class KnownKeys:
    """A set of keys by their first 64 bits, to which new ones can be added.

    Of 100 million texts, two share these bits with probability 0.0003; the later one would be left out.

    Args:
        keys: Those that are known from the beginning, uint64[n, 2] each.
    """

    def __init__(self, keys: Iterable[Keys] = ()) -> None:
        halves = [part[:, 0].copy() for part in keys]  # a copy, as a view would keep both halves
        self._runs: list[Halves] = [np.unique(np.concatenate(halves))] if halves else []

    def __len__(self) -> int:
        return sum(map(len, self._runs))

    def holds(self, keys: Keys) -> npt.NDArray[np.bool_]:
        """Say which keys are known: bool[n] of uint64[n, 2]."""
        held = np.zeros(len(keys), np.bool_)
        for run in self._runs:
            if len(run):
                at = np.minimum(np.searchsorted(run, keys[:, 0]), len(run) - 1)
                held |= run[at] == keys[:, 0]
        return held

    def add(self, keys: Keys) -> None:
        """Add keys that are not known, uint64[n, 2]; sorted runs are joined so that they stay few."""
        self._runs.append(np.unique(keys[:, 0]))
        while len(self._runs) > 1 and len(self._runs[-1]) * 2 >= len(self._runs[-2]):
            last = self._runs.pop()
            self._runs[-1] = np.union1d(self._runs[-1], last)

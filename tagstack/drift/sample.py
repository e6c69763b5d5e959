"""What a drift run compares: two sets of questions, with what the model says about them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse as sp

from tagstack.metrics import Predictions


@dataclass(frozen=True, eq=False)
class Sample:
    """n questions of one time.

    Attributes:
        questions: n rows `post_id, created_at, title, body (HTML), tags`: within the contract, personal data masked.
        documents: The same n in the same order: `post_id, created_at, title, text, code, tags`.
        vectors: float32[n, d], through the model's own encoder.
        predictions: The model's probabilities and suggestions.
        truth: bool[n, k], true tags within the model's classes; None where the questions have no tags.
        classes: The k tags of the model, sorted.
        moments: When each question of the time was asked, where these n are only drawn from them; None where they are
            all.
    """

    questions: pd.DataFrame
    documents: pd.DataFrame
    vectors: npt.NDArray[np.float32]
    predictions: Predictions
    truth: sp.csr_array | None
    classes: tuple[str, ...]
    moments: pd.Series | None = None

    def __len__(self) -> int:
        """Return n."""
        return len(self.documents)

    @property
    def tags(self) -> pd.Series:
        """All original tags of each question, those outside the classes among them."""
        return self.documents["tags"]

"""Metrics of suggested tags, each as a ratio of sums over documents, so that resampling one is a matrix product.

Two vocabularies are judged. *In vocabulary*, only the model's classes count as true tags, as in scikit-learn. *Open*,
all original tags count, so a tag outside the classes is always missed; the ceiling is what a perfect model with these
classes would reach, one that suggests exactly the true tags among them.

Which questions a metric counts (`population` says it by name):

- *all questions*, none dropped: micro, samples-averaged and Jaccard metrics, hamming loss, subset accuracy, coverage
  and suggestions. A question with none of the model's tags counts too, and whatever is suggested for it is wrong.
- *questions with a tag of the model*: precision and recall at k, at least one found, all found, `jaccard_tagged`.
- *questions with an original tag*: the open metrics.

A quotient that is undefined for a question (nothing suggested, or nothing true) counts as 0, scikit-learn's default.
Jaccard alone differs: nothing suggested where nothing is true is right and counts as 1 (``zero_division=1``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from tagstack.bootstrap import Ratio, divide

HEADLINE_K = 5
"""Length of the ranked list in the headline metrics."""


@dataclass(frozen=True, eq=False)
class Predictions:
    """What a model or a baseline says about n documents.

    Attributes:
        probabilities: float32[n, k]; for ranking, and for calibration where they mean probabilities.
        suggested: bool[n, k], the tags it would show.
        thresholds: float32[k], the probabilities from which tags are shown, where there are such.
    """

    probabilities: npt.NDArray[np.float32]
    suggested: npt.NDArray[np.bool_]
    thresholds: npt.NDArray[np.float32] | None = None


@dataclass(frozen=True, eq=False)
class Counts:
    """Tags of n documents, counted: sufficient for every metric that averages over documents.

    Attributes:
        classes: how many tags the model knows.
        correct: float64[n], suggested tags that are true.
        suggested: float64[n], suggested tags.
        present: float64[n], true tags within the model's classes.
        tags: float64[n], all original tags.
        hits: for each k the true tags among the k best, float64[n].
    """

    classes: int
    correct: npt.NDArray[np.float64]
    suggested: npt.NDArray[np.float64]
    present: npt.NDArray[np.float64]
    tags: npt.NDArray[np.float64]
    hits: dict[int, npt.NDArray[np.float64]]


def count(
    predictions: Predictions, truth: sp.csr_array, tags: npt.ArrayLike, *, top_k: tuple[int, ...] = (HEADLINE_K,)
) -> Counts:
    """Count suggested, true and found tags of each document.

    Args:
        predictions: Of n documents and k classes.
        truth: bool[n, k], true tags within the classes.
        tags: How many original tags each document has [n], those outside the classes among them.
        top_k: Lengths of the ranked lists to judge.
    """
    true = truth.toarray()
    order = top(predictions.probabilities, max(top_k))
    found = np.cumsum(np.take_along_axis(true, order, axis=1), axis=1, dtype=np.float64)
    return Counts(
        classes=true.shape[1],
        correct=(true & predictions.suggested).sum(axis=1, dtype=np.float64),
        suggested=predictions.suggested.sum(axis=1, dtype=np.float64),
        present=true.sum(axis=1, dtype=np.float64),
        tags=np.asarray(tags, np.float64),
        hits={k: found[:, min(k, found.shape[1]) - 1] for k in top_k},
    )


def top(probabilities: npt.NDArray[np.float32], k: int) -> npt.NDArray[np.intp]:
    """Return the k most probable classes of each document, best first; ties go to the earlier class.

    >>> top(np.array([[0.1, 0.9, 0.9]], np.float32), 2)
    array([[1, 2]])
    """
    return np.argsort(-probabilities, axis=1, kind="stable")[:, :k]


def vocabulary_metrics(counts: Counts) -> dict[str, Ratio]:
    """Return the metrics against the model's own classes by name."""
    correct, suggested, present = counts.correct, counts.suggested, counts.present
    every, tagged = np.ones_like(correct), _indicator(present > 0)
    empty = _indicator((suggested == 0) & (present == 0))
    overlap = divide(correct, suggested + present - correct)
    metrics = {
        **_micro(correct, suggested, present),
        "samples_precision": Ratio(divide(correct, suggested), every),
        "samples_recall": Ratio(divide(correct, present), every),
        "samples_f1": Ratio(divide(2 * correct, suggested + present), every),
        "jaccard": Ratio(overlap + empty, every),
        "jaccard_tagged": Ratio(overlap, tagged),
        "hamming_loss": Ratio((suggested + present - 2 * correct) / counts.classes, every),
        "subset_accuracy": Ratio(_indicator((correct == suggested) & (correct == present)), every),
        "at_least_one_suggested": Ratio(_indicator(correct > 0), tagged),
        "all_suggested": Ratio(_indicator(correct == present) * tagged, tagged),
        "coverage": Ratio(_indicator(suggested > 0), every),
        "suggestions_per_question": Ratio(suggested, every),
    }
    for k, hits in counts.hits.items():
        metrics |= {
            f"precision_at_{k}": Ratio(hits / k, tagged),
            f"recall_at_{k}": Ratio(divide(hits, present), tagged),
            f"at_least_one_in_top_{k}": Ratio(_indicator(hits > 0), tagged),
            f"all_in_top_{k}": Ratio(_indicator(hits == present) * tagged, tagged),
        }
    return metrics


def open_metrics(counts: Counts) -> dict[str, Ratio]:
    """Return the metrics against all original tags by name."""
    return _open(counts.correct, counts.suggested, counts.tags, hits=counts.hits[HEADLINE_K])


def ceiling_metrics(counts: Counts) -> dict[str, Ratio]:
    """Return what `open_metrics` would be of the model that suggests exactly the true tags among these classes."""
    return _open(counts.present, counts.present, counts.tags, hits=np.minimum(counts.present, HEADLINE_K))


def population(metric: str) -> str:
    """Say which questions an in-vocabulary metric counts.

    >>> population("micro_f1"), population("recall_at_5")
    ('all questions', 'questions with a tag of the model')
    """
    some = ("precision_at", "recall_at", "at_least_one", "all_", "jaccard_tagged")
    return "questions with a tag of the model" if metric.startswith(some) else "all questions"


def _open(
    correct: npt.NDArray[np.float64],
    suggested: npt.NDArray[np.float64],
    tags: npt.NDArray[np.float64],
    *,
    hits: npt.NDArray[np.float64],
) -> dict[str, Ratio]:
    tagged = _indicator(tags > 0)
    return {
        **_micro(correct, suggested * tagged, tags),
        "jaccard": Ratio(divide(correct, suggested + tags - correct), tagged),
        "at_least_one_suggested": Ratio(_indicator(correct > 0), tagged),
        "all_suggested": Ratio(_indicator(correct == tags) * tagged, tagged),
        f"at_least_one_in_top_{HEADLINE_K}": Ratio(_indicator(hits > 0), tagged),
    }


def _micro(
    correct: npt.NDArray[np.float64], suggested: npt.NDArray[np.float64], true: npt.NDArray[np.float64]
) -> dict[str, Ratio]:
    return {
        "micro_precision": Ratio(correct, suggested),
        "micro_recall": Ratio(correct, true),
        "micro_f1": Ratio(2 * correct, suggested + true),
    }


def _indicator(condition: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    return condition.astype(np.float64)

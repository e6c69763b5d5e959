"""How metrics, models and slices are called in reports, and how their values are written."""

from __future__ import annotations

import re
from typing import Final

from tagstack.bootstrap import Estimate
from tagstack.report.formats import decimal, interval, percent

_NAMES: Final = {
    "hamming_loss": "Hamming loss",
    "subset_accuracy": "Exactly the true tags",
    "jaccard": "Jaccard",
    "jaccard_tagged": "Jaccard, questions with a tag of the model",
    "at_least_one_suggested": "At least one true tag suggested",
    "all_suggested": "All true tags suggested",
    "coverage": "Coverage",
    "suggestions_per_question": "Suggestions per question",
}
_MODELS: Final = {
    "dense": "Dense head",
    "logistic": "Logistic regression",
    "popularity": "Popularity",
    "tfidf": "TF-IDF + linear",
}
_SHARES: Final = ("at_least_one", "all_", "coverage")


def metric_name(metric: str) -> str:
    """Return how people call a metric.

    >>> metric_name("micro_f1"), metric_name("recall_at_5"), metric_name("at_least_one_in_top_5")
    ('Micro-F1', 'Recall at 5', 'At least one true tag in the top 5')
    """
    if metric in _NAMES:
        return _NAMES[metric]
    if found := re.fullmatch(r"(at_least_one|all)_in_top_(\d+)", metric):
        what = "At least one true tag" if found[1] == "at_least_one" else "All true tags"
        return f"{what} in the top {found[2]}"
    if found := re.fullmatch(r"(micro|macro|samples|weighted)_(f1|precision|recall)", metric):
        return f"{found[1].capitalize()}-F1" if found[2] == "f1" else f"{found[1].capitalize()} {found[2]}"
    return metric.replace("_", " ").capitalize()


def model_name(name: str) -> str:
    """Return how people call a model or baseline."""
    return _MODELS.get(name, name)


def metric_value(metric: str, value: float | None) -> str:
    """Write a metric's value: shares of questions as percentages, the rest as numbers.

    >>> metric_value("coverage", 0.971), metric_value("micro_f1", 0.58), metric_value("micro_f1", None)
    ('97.1 %', '0.580', '–')
    """
    return percent(value) if metric.startswith(_SHARES) else decimal(value)


def metric_interval(metric: str, estimate: Estimate) -> str:
    """Write a metric's interval in the unit of its value; empty where it has none.

    >>> metric_interval("coverage", Estimate(value=0.97, low=0.96, high=0.98))
    '96.0 to 98.0 %'
    """
    if not metric.startswith(_SHARES):
        return interval(estimate.low, estimate.high)
    bounds = interval(100 * estimate.low, 100 * estimate.high, digits=1)
    return f"{bounds} %" if bounds else ""

"""Which numbers of a drift report are drawn over time."""

from __future__ import annotations

import pytest

from stacks.evidently_figures import reach
from tagstack.bootstrap import Estimate
from tagstack.drift.report import DriftScore


def score(**told):
    null = Estimate(value=0.5, low=0.48, high=0.53)
    sizes = {"family": "embeddings", "statistic": "AUC", "reference": 9, "window": 9}
    return DriftScore(name="embeddings", **{"null": null, **told}, **sizes)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"value": 0.5, "threshold": 0.55}, 0),
        ({"value": 0.55, "threshold": 0.55}, 1),
        ({"value": 0.45, "threshold": 0.55}, -1),
        ({"value": 0.3, "threshold": 0.6, "null": None}, 0.5),
        ({"value": 0.5, "threshold": 0.5}, None),
        ({"value": None, "threshold": None}, None),
    ],
    ids=["as usual", "at the threshold", "below the usual", "without a null", "no way to go", "not enough data"],
)
def test_how_far_a_statistic_went_towards_its_threshold(told, expected):
    assert reach(score(**told)) == expected

import math

import pytest

from tagstack.bootstrap import Estimate
from tagstack.drift.report import DriftScore
from tagstack.report.drift_scale import FIRST, LAST, farthest_first, place, share


def score(value, threshold=0.06, usual=0.03, drifted=None, name="text length"):
    null = None if usual is None else Estimate(value=usual, low=0.8 * usual, high=1.2 * usual)
    return DriftScore(
        name=name,
        family="descriptors",
        statistic="KS",
        value=value,
        threshold=threshold,
        null=null,
        reference=9,
        window=9,
        drifted=drifted,
    )


def test_the_usual_value_is_nought_and_the_threshold_one():
    assert place(score(0.03)).value == 0
    assert place(score(0.06)).value == pytest.approx(1)


def test_a_statistic_whose_fall_is_drift_lies_on_the_same_scale():
    assert place(score(0.2, threshold=0.4, usual=0.6)).value == pytest.approx(1 + math.log10(2))


def test_larger_is_farther_on_either_side_of_the_threshold():
    places = [place(score(value)).value for value in (0.0, 0.02, 0.059, 0.061, 0.2, 0.9)]
    assert places == sorted(places)


def test_the_null_surrounds_the_usual_value():
    where = place(score(0.1, threshold=0.2, usual=0.6))
    assert where.low < 0 < where.high


@pytest.mark.parametrize(
    "unknown",
    [
        score(None, None),
        score(0.5, 0.03),
        score(math.inf),
        score(math.nan),
        score(0.5, math.inf),
        score(0.0, 0.0, None),
    ],
)
def test_what_cannot_be_placed_has_no_place(unknown):
    assert place(unknown) is None


def test_the_scale_ends_where_it_says():
    assert [share(at) for at in (-99, FIRST, LAST, 99)] == [0, 0, 1, 1]


def test_drift_comes_before_none_and_none_before_no_verdict():
    tests = [
        score(None, None, name="open"),
        score(0.01, drifted=False, name="low"),
        score(0.05, drifted=False, name="high"),
    ]
    tests += [score(0.07, drifted=True, name="near"), score(0.9, drifted=True, name="far")]
    assert [test.name for test in farthest_first(tests)] == ["far", "near", "high", "low", "open"]

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tagstack.drift.permutation import adjust, judge, relabel
from tagstack.drift.settings import DriftSettings


def test_relabelling_keeps_the_sizes_and_begins_with_the_truth():
    labels = relabel(reference=30, window=7, permutations=50, seed=1)
    assert labels.shape == (51, 37)
    assert (labels.sum(axis=1) == 7).all()
    assert labels[0].tolist() == [False] * 30 + [True] * 7
    assert len(np.unique(labels, axis=0)) == 51
    assert np.array_equal(labels, relabel(reference=30, window=7, permutations=50, seed=1))


@pytest.mark.parametrize("dependence", [0.0, 0.9])
def test_a_family_keeps_its_rate_of_false_alarms_whatever_its_tests_have_in_common(dependence):
    generator, runs, alarms = np.random.default_rng(0), 1000, 0
    for _ in range(runs):
        common, own = generator.normal(size=(100, 1)), generator.normal(size=(100, 8))
        statistics = np.abs(dependence * common + (1 - dependence) * own)
        alarms += any(one.value >= one.critical for one in judge(statistics, rate=0.1, confidence=0.95))
    assert alarms / runs == pytest.approx(0.1, abs=0.03)  # three standard errors


def test_every_row_might_as_well_have_been_observed():
    """Of equally likely rows just the stated number is significant: no row judges itself more mildly than others."""
    statistics = np.abs(np.random.default_rng(0).normal(size=(100, 6)))
    significant = 0
    for row in range(100):
        others = np.delete(statistics, row, axis=0)
        judged = judge(np.concatenate([statistics[[row]], others]), rate=0.1, confidence=0.95)
        significant += any(one.value >= one.critical for one in judged)
    assert significant == 10


def test_one_statistic_among_many_that_moved_is_found_and_no_other():
    generator = np.random.default_rng(0)
    statistics = np.abs(generator.normal(size=(201, 20)) * np.geomspace(0.01, 100, 20))
    statistics[0] = statistics[1:].mean(axis=0)
    statistics[0, 0] = 0.1
    judged = judge(statistics, rate=0.05, confidence=0.95)
    assert [one.value >= one.critical for one in judged] == [True] + [False] * 19
    assert judged[0].p_value == judged[0].adjusted_p_value == pytest.approx(1 / 201)


def test_tests_outside_the_family_make_it_stricter():
    statistics = np.abs(np.random.default_rng(0).normal(size=(1001, 1)))
    alone, shared = (judge(statistics, rate=0.05, confidence=0.95, weight=weight)[0] for weight in (1, 5))
    assert shared.critical > alone.critical
    assert shared.adjusted_p_value == pytest.approx(min(5 * alone.adjusted_p_value, 1))


def test_other_values_of_a_statistic_are_adjusted_like_the_observed_one():
    statistics = np.abs(np.random.default_rng(0).normal(size=(101, 3)))
    judged = judge(statistics, rate=0.05, confidence=0.95, weight=2)[1]
    values = [judged.critical, np.nextafter(judged.critical, 0), judged.value, 0.0]
    chances = adjust(statistics, values, at=1, weight=2)
    assert chances[0] <= 0.05 < chances[1]
    assert chances[2] == judged.adjusted_p_value
    assert chances[3] == 1


def test_what_cannot_change_is_no_finding():
    (judged,) = judge(np.full((101, 1), 0.25), rate=0.05, confidence=0.95)
    assert judged.p_value == judged.adjusted_p_value == 1
    assert judged.value < judged.critical
    assert (judged.null.low, judged.null.value, judged.null.high) == (0.25, 0.25, 0.25)


@given(
    hnp.arrays(float, st.tuples(st.integers(41, 60), st.integers(1, 3)), elements=st.integers(0, 5).map(float)),
    st.sampled_from([0.05, 0.1, 0.3]),
)
@settings(max_examples=50, deadline=None)
def test_a_value_is_critical_just_when_its_adjusted_p_value_is_within_the_rate(statistics, rate):
    for one in judge(statistics, rate=rate, confidence=0.95):
        assert (one.value >= one.critical) == (one.adjusted_p_value <= rate + 1e-12)
        assert one.p_value <= one.adjusted_p_value + 1e-12 or one.null.low == one.null.high
        assert one.null.low <= one.null.value <= one.null.high


def test_too_few_permutations_for_the_rate_are_refused_with_the_number_that_is_needed():
    with pytest.raises(ValueError, match=r"permutations 20 cannot tell a false-alarm rate of 0\.05; set at least 39"):
        DriftSettings(permutations=20)
    assert DriftSettings(permutations=39).permutations == 39

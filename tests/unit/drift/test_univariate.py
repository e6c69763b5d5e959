import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.spatial import distance

from tagstack.drift.permutation import relabel
from tagstack.drift.univariate import (
    area_under_curve,
    cliffs_delta,
    compare_rates,
    jensen_shannon,
    kolmogorov_smirnov,
)

FEW = st.lists(st.integers(-3, 3).map(float) | st.floats(-2, 2), min_size=1, max_size=12)


def _largest_step(before, after):
    steps = np.concatenate([before, after])
    return max(abs((before <= step).mean() - (after <= step).mean()) for step in steps)


def test_the_distance_is_that_of_scipy():
    generator = np.random.default_rng(0)
    values = generator.poisson(3, 90).astype(float)
    labels = relabel(reference=60, window=30, permutations=20, seed=0)
    expected = [stats.ks_2samp(values[~one], values[one]).statistic for one in labels]
    assert kolmogorov_smirnov(values, labels) == pytest.approx(expected)


@given(FEW, FEW)
@settings(max_examples=100, deadline=None)
def test_no_labelling_of_any_numbers_has_a_larger_step_than_its_distance(reference, window):
    values = np.array([*reference, *window])
    labels = relabel(reference=len(reference), window=len(window), permutations=5, seed=0)
    expected = [_largest_step(values[~one], values[one]) for one in labels]
    assert kolmogorov_smirnov(values, labels) == pytest.approx(expected)


@given(FEW, FEW)
@settings(max_examples=100, deadline=None)
def test_area_and_delta_compare_every_pair(reference, window):
    pairs = np.sign(np.subtract.outer(window, reference))
    assert cliffs_delta(reference, window) == pytest.approx(pairs.mean())
    assert area_under_curve(reference, window) == pytest.approx((1 + pairs.mean()) / 2)


def test_distances_of_mixes_are_those_of_scipy():
    generator = np.random.default_rng(0)
    counts = generator.poisson(0.3, size=(60, 5)).astype(np.float32)
    labels = relabel(reference=40, window=20, permutations=10, seed=0)
    expected = [distance.jensenshannon(counts[~one].sum(0), counts[one].sum(0), base=2) for one in labels]
    assert jensen_shannon(counts, labels) == pytest.approx(expected, abs=1e-6)


def test_mixes_with_nothing_in_common_are_at_distance_one_and_of_nothing_at_zero():
    labels = relabel(reference=3, window=2, permutations=1, seed=0)[:1]
    apart = np.array([[1, 0]] * 3 + [[0, 1]] * 2, np.float32)
    assert jensen_shannon(apart, labels) == pytest.approx([1.0])
    assert jensen_shannon(np.zeros((5, 2), np.float32), labels).tolist() == [0.0]
    assert jensen_shannon(np.array([[1, 0]] * 3 + [[0, 0]] * 2, np.float32), labels).tolist() == [0.0]


def test_equal_mixes_are_at_distance_zero_without_a_warning():
    counts = np.tile(np.random.default_rng(0).random(40).astype(np.float32), (30, 1))
    assert jensen_shannon(counts, relabel(reference=20, window=10, permutations=50, seed=0)) == pytest.approx(
        0, abs=1e-3
    )


def days(generator, count, *, mean, dispersion=1.0, start=0):
    weekdays = (np.arange(count) + start) % 7
    expected = mean * np.where(weekdays >= 5, 0.4, 1.0)
    rate = expected if dispersion == 1 else generator.gamma(expected / (dispersion - 1), dispersion - 1)
    return generator.poisson(rate), weekdays


@pytest.mark.parametrize("dispersion", [1.0, 4.0])
@pytest.mark.parametrize("mean", [3, 40])
def test_rates_that_did_not_change_are_rarely_told_apart_even_if_days_vary_much(dispersion, mean):
    generator, runs, alarms = np.random.default_rng(0), 800, 0
    for _ in range(runs):
        before = days(generator, 61, mean=mean, dispersion=dispersion)
        after = days(generator, 28, mean=mean, dispersion=dispersion, start=4)
        alarms += compare_rates(before, after).p_value <= 0.05
    assert alarms / runs < 0.05 + 3 * np.sqrt(0.05 * 0.95 / runs)


def test_a_rate_that_grew_by_half_is_found_within_its_range():
    generator = np.random.default_rng(0)
    changes = [
        compare_rates(days(generator, 60, mean=20, dispersion=2), days(generator, 28, mean=30, dispersion=2))
        for _ in range(50)
    ]
    assert np.median([change.ratio for change in changes]) == pytest.approx(1.5, rel=0.05)
    assert np.mean([change.p_value < 0.05 for change in changes]) > 0.9
    one = changes[0]
    assert one.range(one.p_value) == pytest.approx(max(one.ratio, 1 / one.ratio))


def test_more_weekends_are_no_fewer_questions():
    weekdays, weekend = np.tile(np.arange(7), 4), np.tile([5, 6, 0], 4)
    rate = np.array([20, 20, 20, 20, 20, 8, 8])
    change = compare_rates((rate[weekdays], weekdays), (rate[weekend], weekend))
    assert change.ratio == pytest.approx(1)
    assert change.p_value == pytest.approx(1)
    assert change.before > change.after


@pytest.mark.parametrize("window", [0, 3])
def test_too_few_days_give_no_comparison(window):
    before = (np.full(window + 2, 5), np.arange(window + 2) % 7)
    after = (np.full(window, 5), np.arange(window) % 7)
    assert compare_rates(before, after) is None


def test_days_without_any_question_give_no_comparison():
    weekdays = np.arange(28) % 7
    assert compare_rates((np.zeros(28, int), weekdays), (np.full(28, 5), weekdays)) is None

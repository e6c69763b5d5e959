import numpy as np
import pytest

from tagstack.drift.conditional import explain, judge_beyond, sums
from tagstack.drift.settings import DriftSettings

SETTINGS = DriftSettings(permutations=60)


@pytest.fixture
def random():
    return np.random.default_rng(3)


def shifted(random, count=1500):
    """Window questions lie higher in the first of three features."""
    in_window = random.random(count) < 0.3
    features = random.normal(size=(count, 3))
    features[in_window, 0] += 1.0
    return in_window, features, np.arange(count) % 30 + 30 * in_window


def test_what_the_features_explain_is_no_change(random):
    in_window, features, days = shifted(random)
    column = features[:, :1] + random.normal(size=(len(features), 1))
    plain = judge_beyond(explain(in_window, np.zeros_like(features), days=days), column, SETTINGS)
    assert plain.adjusted[0] < 0.01
    beyond = judge_beyond(explain(in_window, features, days=days), column, SETTINGS)
    assert beyond.adjusted[0] > 0.05


def test_a_change_beyond_the_features_is_found_among_columns_without_one(random):
    in_window, features, days = shifted(random)
    columns = random.normal(size=(len(features), 20))
    columns[in_window, 7] += 0.4
    found = judge_beyond(explain(in_window, features, days=days), columns, SETTINGS)
    assert found.adjusted[7] < 0.01
    assert np.delete(found.adjusted, 7).min() > 0.01
    assert abs(found.z[7]) >= found.critical(0.05) > found.null(0.9).value


def test_a_rare_event_is_judged_by_its_own_null(random):
    """Four events, all in the window: a normal distribution would call that z impossible, the draws do not."""
    chances = []
    for _ in range(60):
        in_window = random.random(800) < 0.3
        column = np.zeros((800, 1))
        column[random.choice(800, 4, replace=False)] = 1
        nothing = explain(in_window, np.zeros((800, 1)), days=np.zeros(800, np.int64))
        chances.append(judge_beyond(nothing, column, SETTINGS).adjusted[0])
    assert np.mean(np.array(chances) <= 0.05) <= 0.1


@pytest.mark.parametrize("together", [True, False])
def test_questions_of_one_day_that_err_together_count_less(random, together):
    """A hundred null streams whose errors are common to a day; what is not told of the days takes them for drift."""
    alarms = []
    for _ in range(100):
        day = np.repeat(np.arange(60), 10)
        in_window = day >= 40
        column = random.normal(size=60)[day][:, None] + 0.3 * random.normal(size=(600, 1))
        days = day if together else np.arange(600)
        explained = explain(in_window, np.zeros((600, 1)), days=days)
        alarms.append(judge_beyond(explained, column, DriftSettings(permutations=40)).adjusted[0] <= 0.05)
    assert (np.mean(alarms) <= 0.1) == together


def test_only_growth_counts_where_only_growth_is_asked_for(random):
    in_window = random.random(900) < 0.3
    column = random.normal(size=(900, 1)) - 0.5 * in_window[:, None]
    nothing = explain(in_window, np.zeros((900, 1)), days=np.arange(900))
    assert judge_beyond(nothing, column, SETTINGS).adjusted[0] < 0.01
    assert judge_beyond(nothing, column, SETTINGS, one_sided=True).adjusted[0] > 0.5


def test_many_small_changes_show_together(random):
    in_window = random.random(1500) < 0.3
    columns = random.normal(size=(1500, 60)) + 0.07 * in_window[:, None]
    found = judge_beyond(explain(in_window, np.zeros((1500, 1)), days=np.arange(1500)), columns, SETTINGS)
    assert found.together < 0.01
    assert found.adjusted.min() > 5 * found.together
    same = judge_beyond(explain(in_window, np.zeros((1500, 1)), days=np.arange(1500)), columns[::-1], SETTINGS)
    assert same.together > 0.05


def test_sums_go_over_clusters():
    assert sums(np.array([[1.0], [2.0], [4.0]]), np.array([5, 2, 5])).ravel().tolist() == [2.0, 5.0]

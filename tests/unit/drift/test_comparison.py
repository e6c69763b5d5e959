from dataclasses import replace

import numpy as np
import pytest

from tagstack.drift.comparison import compare, days
from tagstack.drift.settings import DriftSettings

SETTINGS = DriftSettings()


def test_both_times_stand_one_below_the_other(before, questions):
    window = questions(300, 1).tag("polars", 0.1).sample()
    both = compare(before, window, SETTINGS)
    assert both.in_window.sum() == 300
    assert not both.in_window[:3000].any()
    assert np.array_equal(both.truth[both.in_window], window.truth.toarray())
    assert both.outside_tags == ("other", "polars")
    assert both.uses[3000] == len(window.tags.iloc[0])
    assert both.inputs.mean(axis=0) == pytest.approx(np.zeros(both.inputs.shape[1]), abs=1e-6)
    assert both.count(both.truth, in_window=True) == pytest.approx(window.truth.sum(axis=0))


def test_days_of_the_two_times_are_never_the_same(before, questions):
    both = compare(before, replace(before, documents=before.documents), SETTINGS)
    assert not set(both.days[both.in_window]) & set(both.days[~both.in_window])
    assert len(np.unique(days(before))) == 90


def test_expected_shares_are_those_of_the_reference(before, questions):
    both = compare(before, questions(300, 1).sample(), SETTINGS)
    mean, true = (values[~both.in_window].mean(axis=0) for values in (both.expected, both.truth))
    assert mean == pytest.approx(true, abs=0.003)


def test_of_near_duplicates_the_first_counts(before, questions):
    window = questions(300, 1).sample()
    grouped = replace(window, documents=window.documents.assign(group=np.arange(300) // 3))
    both = compare(before, grouped, SETTINGS)
    assert np.array_equal(both.truth[both.in_window], window.truth.toarray()[::3])


def test_more_questions_than_asked_for_are_sampled(before, questions):
    both = compare(before, questions(300, 1).sample(), DriftSettings(max_questions=200))
    assert (both.in_window.sum(), len(both.in_window)) == (200, 400)


def test_a_part_keeps_everything_of_its_questions(before, questions):
    both = compare(before, questions(300, 1).sample(), SETTINGS)
    chosen = np.arange(len(both.uses)) % 2 == 0
    part = both.where(chosen)
    assert np.array_equal(part.truth, both.truth[chosen])
    assert np.array_equal(part.days, both.days[chosen])
    assert part.outside.shape == (chosen.sum(), len(both.outside_tags))


def test_samples_without_tags_cannot_be_put_together(before, questions):
    with pytest.raises(ValueError, match="both samples need tags"):
        compare(before, questions(300, 1).sample(tagged=False), SETTINGS)

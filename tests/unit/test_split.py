import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagstack.config import SplitSettings
from tagstack.errors import TagstackError
from tagstack.labels import label_documents
from tagstack.split import PARTS, UNUSED, report_split, split_documents, utc

DAY = np.timedelta64(1, "D")
START = np.datetime64("2018-01-01", "us")


def split(days, groups=None, **settings):
    ids = np.arange(len(days), dtype=np.int64) + 100
    groups = np.arange(len(days)) if groups is None else np.asarray(groups)
    return split_documents(ids, START + np.asarray(days) * DAY, groups, settings=SplitSettings(**settings))


def test_the_latest_documents_test_and_those_before_them_calibrate_whatever_their_order():
    days = np.random.default_rng(0).permutation(100)
    parts = split(days).parts
    assert [min(days[parts == at]) for at in range(3)] == [0, 70, 85]
    assert np.bincount(parts).tolist() == [70, 15, 15]


def test_documents_of_one_instant_stay_together():
    parts = split(np.repeat([0, 1, 2, 3], 10), test_share=0.3, calibration_share=0.2).parts
    assert [len(set(parts[start : start + 10])) for start in (0, 10, 20, 30)] == [1, 1, 1, 1]
    assert set(parts) == {0, 1, 2}


def test_a_group_across_a_boundary_keeps_its_earliest_part_and_its_later_members_are_unused():
    groups = np.arange(100)
    groups[[10, 75, 95]] = 10
    parts = split(np.arange(100), groups).parts
    assert parts[[10, 75, 95]].tolist() == [0, UNUSED, UNUSED]


@given(st.lists(st.integers(0, 12), min_size=30, max_size=60), st.sampled_from(["time", "random"]))
def test_no_group_lies_in_two_parts_and_time_never_runs_backwards(groups, method):
    days = np.arange(len(groups))
    try:
        parts = split(days, groups, method=method, test_share=0.3, calibration_share=0.3).parts
    except TagstackError:
        return
    for group in set(groups):
        assert len(set(parts[np.array(groups) == group]) - {UNUSED}) == 1
    if method == "time":
        assert days[parts == 0].max() < days[parts == 1].min() <= days[parts == 1].max() < days[parts == 2].min()


def test_a_random_split_depends_on_its_seed_alone_and_uses_every_document():
    first, again, other = (split(np.arange(200), method="random", seed=seed).parts for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert np.bincount(first).tolist() == [140, 30, 30]


def test_timestamps_with_a_zone_are_compared_in_utc():
    local = pd.to_datetime(["2018-01-01T01:00:00+05:00", "2018-01-01T00:00:00+00:00"], utc=True)
    assert utc(pd.Series(local)).tolist() == [dt.datetime(2017, 12, 31, 20), dt.datetime(2018, 1, 1)]


@pytest.mark.parametrize("days", [[], [1], [1, 1, 1, 1], [1, 2, 1, 2]])
def test_too_few_dates_are_refused_in_one_line(days):
    with pytest.raises(TagstackError, match=r"documents have \d different dates.*split.method=random") as error:
        split(days)
    assert "\n" not in str(error.value)


def test_too_few_groups_are_refused_in_one_line():
    with pytest.raises(TagstackError, match="30 documents of 1 groups leave train, calibrate and test with") as error:
        split(np.arange(30), np.zeros(30, int), method="random")
    assert "\n" not in str(error.value)


def test_the_report_counts_parts_dates_and_tags():
    groups = np.arange(100)
    groups[90] = 0
    result = split(np.arange(100), groups)
    tags = [["sql"] if day % 2 else ["c#", "sql"] for day in range(100)]
    report = report_split(result, START + np.arange(100) * DAY, label_documents(result.ids, tags, ["c#", "sql"]))
    assert [(part.part, part.documents) for part in report.parts] == list(zip(PARTS, (70, 15, 14), strict=True))
    assert report.parts[2].first == dt.datetime(2018, 3, 27, tzinfo=dt.UTC)
    assert report.left_out == 1
    assert [(tag.tag, tag.train, tag.calibrate, tag.test) for tag in report.supports] == [
        ("sql", 70, 15, 14),
        ("c#", 35, 8, 6),
    ]

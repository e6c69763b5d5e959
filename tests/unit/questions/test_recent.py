import datetime as dt

import pytest

from tagstack.config import SourceSettings
from tagstack.errors import SourceError
from tagstack.questions.recent import newest_window


def test_the_window_counts_back_from_the_newest_question_and_not_from_today(make_database):
    dates = ("2018-03-01T10:00:00", "2018-06-30T23:59:59", "2018-01-01T00:00:00")
    url = make_database({"Id": number, "CreationDate": date} for number, date in enumerate(dates, start=1))
    window = newest_window(url, SourceSettings(), days=30)
    assert (window.since, window.until) == (dt.date(2018, 5, 31), dt.date(2018, 7, 1))


def test_a_question_of_the_future_does_not_move_the_window(make_database):
    url = make_database([
        {"Id": 1, "CreationDate": "2018-06-30T00:00:00"},
        {"Id": 2, "CreationDate": "2999-01-01T00:00:00"},
    ])  # fmt: skip
    assert newest_window(url, SourceSettings(), days=1).since == dt.date(2018, 6, 29)


def test_the_end_that_was_asked_for_bounds_the_window(make_database):
    url = make_database([
        {"Id": 1, "CreationDate": "2018-06-30T00:00:00"},
        {"Id": 2, "CreationDate": "2018-09-01T00:00:00"},
    ])  # fmt: skip
    window = newest_window(url, SourceSettings(until=dt.date(2018, 7, 1)), days=10)
    assert (window.since, window.until) == (dt.date(2018, 6, 20), dt.date(2018, 7, 1))


def test_a_window_that_was_asked_for_stays_as_it_is():
    asked = SourceSettings(database_url="sqlite:///not-there.db", since=dt.date(2018, 1, 1))
    assert newest_window("sqlite:///not-there.db", asked, days=10) == asked


def test_dates_that_are_none_are_passed_over(make_database):
    url = make_database([
        {"Id": 1, "CreationDate": "2018-06-30T00:00:00"},
        {"Id": 2, "CreationDate": "2018-13-45T00:00:00"},
        {"Id": 3, "CreationDate": "yesterday"},
    ])  # fmt: skip
    assert newest_window(url, SourceSettings(), days=1).since == dt.date(2018, 6, 29)


def test_a_source_without_a_readable_date_is_refused(make_database):
    url = make_database([{"Id": 1, "CreationDate": "0000"}])
    with pytest.raises(SourceError, match="has a readable date; give --since and --until"):
        newest_window(url, SourceSettings(), days=30)

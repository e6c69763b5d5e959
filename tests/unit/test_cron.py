import datetime as dt
import re
import shutil
import subprocess

import pytest
from croniter import croniter
from hypothesis import given, settings
from hypothesis import strategies as st

from tagstack.cron import parse_cron
from tagstack.errors import UsageError

START = dt.datetime(2024, 2, 27, 22, 30)
RANGES = ((0, 59), (0, 23), (1, 28), (1, 12), (0, 6))


def moments(cron, count):
    """Walk the days and take the times of those that the values name."""
    found, day = [], START.date()
    minutes, hours, days, months, weekdays = cron.values
    while len(found) < count:
        in_month, in_week = day.day in days, day.isoweekday() % 7 in weekdays
        if day.month in months and (in_month or in_week if cron.either_day else in_month and in_week):
            times = (dt.datetime.combine(day, dt.time(hour, minute)) for hour in hours for minute in minutes)
            found += [moment for moment in times if moment > START]
        day += dt.timedelta(days=1)
    return found[:count]


@st.composite
def fields(draw, least, greatest):
    def item():
        first, last = sorted((draw(st.integers(least, greatest)), draw(st.integers(least, greatest))))
        step = draw(st.integers(1, 7))
        # croniter takes a range of one value for all of them.
        ranges = [f"{first}-{last}", f"{first}-{last}/{step}"] if first < last else []
        return draw(st.sampled_from([str(first), *ranges]))

    if draw(st.booleans()):
        return draw(st.sampled_from(["*", "*/2", "*/5"]))
    return ",".join(item() for _ in range(draw(st.integers(1, 3))))


@settings(max_examples=60, deadline=None)
@given(st.tuples(*(fields(*bounds) for bounds in RANGES)))
def test_each_field_means_what_another_library_says(texts):
    theirs = croniter.expand(" ".join(texts))[0]
    for own, other, (least, greatest) in zip(parse_cron(" ".join(texts)).values, theirs, RANGES, strict=True):
        assert list(own) == ([*range(least, max(own) + 1)] if other == ["*"] else other)
        assert max(own) >= greatest or other != ["*"]


@pytest.mark.parametrize(
    "expression", ["0 6 * * *", "*/20 8-18 1,15 * mon-fri", "5 0 * feb sun", "0 12 29 2 *", "0 0 * * 5-7", "@weekly"]
)
@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze")
def test_systemd_would_start_at_the_same_moments(expression):
    cron = parse_cron(expression)
    asked = ["systemd-analyze", "calendar", "--iterations=3", f"--base-time={START} UTC"]
    found = []
    for calendar in cron.on_calendar():
        answer = subprocess.run([*asked, f"{calendar} UTC"], capture_output=True, text=True, check=True).stdout
        found += re.findall(r"(?:elapse|Iter\. #\d+): \w+ (\S+ \S+) UTC", answer)
    assert sorted(set(found))[:3] == [str(moment) for moment in moments(cron, 3)]


def test_the_crontab_gets_numbers_for_names_and_nicknames():
    assert str(parse_cron(" 0 6 * JAN mon-fri ")) == "0 6 * 1 1,2,3,4,5"
    assert str(parse_cron("@daily")) == "0 0 * * *"
    assert str(parse_cron("0 6 * * 7")) == "0 6 * * 0"


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("0 6 * *", "it has 4 fields, not 5"),
        ("0 0 6 * * *", "it has 6 fields, not 5"),
        ("", "it has 0 fields, not 5"),
        ("@reboot", "it has 1 fields, not 5"),
        ("60 6 * * *", "in the field of the minute '60' is not within 0 to 59"),
        ("0 6 0 * *", "in the field of the day of month '0' is not within 1 to 31"),
        ("0 6 * foo *", "in the field of the month 'foo' is not within 1 to 12"),
        ("0 22-2 * * *", "in the field of the hour the range 22-2 ends before it begins"),
        ("*/0 * * * *", "in the field of the minute a step of 0 never moves"),
        ("0 6 L * *", "in the field of the day of month 'l' is not within 1 to 31"),
        ("0 6 * * mon#1", "in the field of the day of week 'mon#1' is no value, list, range or step"),
        ("5/15 * * * *", "in the field of the minute '5/15' is no value, list, range or step"),
        ("0 0 30 2 *", "no month that it names has such a day"),
        ("0 6 * * \u0665", "in the field of the day of week '\u0665' is no value, list, range or step"),
    ],
)
def test_what_is_no_cron_expression_is_refused_by_field(expression, reason):
    with pytest.raises(UsageError) as error:
        parse_cron(expression)
    assert str(error.value) == (
        f"{expression!r} is no cron expression: {reason}; write minute, hour, day of month, month and day of week, as "
        "'0 6 * * *' for every day at six."
    )

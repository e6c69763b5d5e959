import datetime as dt
from decimal import Decimal

import pytest

from tagstack.questions.values import read_instant, read_text, read_whole

INSTANT = dt.datetime(2024, 3, 1, 12, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    "value",
    [
        "2024-03-01T12:30:00",
        "2024-03-01 12:30:00.000000",
        "2024-03-01T12:30:00.0Z",
        "2024-03-01T13:30:00+01:00",
        " 2024-03-01 12:30 ",
        dt.datetime(2024, 3, 1, 12, 30),
        dt.datetime(2024, 3, 1, 13, 30, tzinfo=dt.timezone(dt.timedelta(hours=1))),
    ],
)
def test_every_written_form_of_an_instant_is_read_as_utc(value):
    assert read_instant(value) == (INSTANT, True)


def test_a_plain_date_is_its_midnight():
    assert read_instant(dt.date(2024, 3, 1)) == (dt.datetime(2024, 3, 1, tzinfo=dt.UTC), True)


@pytest.mark.parametrize("value", ["yesterday", "", 1709296200, b"2024-03-01", "infinity", "0001-01-01T00:00:00+14:00"])
def test_what_is_no_instant_is_null_and_unreadable(value):
    assert read_instant(value) == (None, False)


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("h\udcffi", ("h\ufffdi", False)),
        (b"caf\xc3\xa9", ("café", True)),
        (b"\xff\x00x", ("\ufffdx", False)),
        ("😀 ok", ("😀 ok", True)),
        (5, (None, False)),
        (None, (None, True)),
    ],
)
def test_text_is_repaired_and_the_repair_told(value, read):
    assert read_text(value) == read


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (-3, (-3, True)),
        (Decimal(4), (4, True)),
        (2.0, (2, True)),
        (2**31, (None, False)),
        (float("nan"), (None, False)),
        (float("inf"), (None, False)),
        ("12", (None, False)),
        (b"\x01", (None, False)),
        (None, (None, True)),
    ],
)
def test_only_whole_numbers_that_fit_are_read(value, read):
    assert read_whole(value, bits=32) == read

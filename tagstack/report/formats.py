"""How numbers, dates and names are written in reports."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable

ABSENT = "–"


def decimal(value: float | None, digits: int = 3) -> str:
    """Write a number with a fixed count of digits; what is no number is a dash.

    >>> decimal(0.5797), decimal(-0.00001), decimal(float("nan"))
    ('0.580', '0.000', '–')
    """
    if value is None or not math.isfinite(value):
        return ABSENT
    return f"{value:z,.{digits}f}".replace("-", "−")


def whole(value: float | None) -> str:
    """Write a count with separators.

    >>> whole(22040)
    '22,040'
    """
    return decimal(value, digits=0)


def short(value: float) -> str:
    """Write a number to four significant digits.

    >>> short(2), short(26.33751), short(123456)
    ('2', '26.34', '123,456')
    """
    return whole(value) if abs(value) >= 1000 else f"{value:z.4g}".replace("-", "−")


def percent(share: float | None, digits: int = 1) -> str:
    """Write a share between 0 and 1 as a percentage.

    >>> percent(0.8973)
    '89.7 %'
    """
    written = decimal(None if share is None else 100 * share, digits)
    return written if written == ABSENT else f"{written} %"


def interval(low: float | None, high: float | None, digits: int = 3) -> str:
    """Write an interval, or nothing where a bound is missing.

    >>> interval(0.5512, 0.5904)
    '0.551 to 0.590'
    """
    bounds = (decimal(low, digits), decimal(high, digits))
    return "" if ABSENT in bounds else " to ".join(bounds)


def plural(count: int, noun: str, nouns: str | None = None) -> str:
    """Write a count with its noun.

    >>> plural(1, "question"), plural(2000, "question"), plural(0, "query", "queries")
    ('1 question', '2,000 questions', '0 queries')
    """
    return f"{whole(count)} {noun if count == 1 else nouns or noun + 's'}"


def listing(names: Iterable[str]) -> str:
    """Write names one after another with commas.

    >>> listing(["c#", "python"])
    'c#, python'
    """
    return ", ".join(names) or ABSENT


def moment(when: dt.datetime | dt.date | None) -> str:
    """Write a date, or a date and a time to the minute.

    >>> moment(dt.datetime(2018, 5, 13, 21, 7)), moment(dt.date(2018, 5, 13)), moment(None)
    ('2018-05-13 21:07', '2018-05-13', '–')
    """
    if when is None:
        return ABSENT
    return when.isoformat(" ", "minutes")[:16] if isinstance(when, dt.datetime) else when.isoformat()

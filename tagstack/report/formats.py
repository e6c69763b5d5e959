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


def chance(p_value: float | None) -> str:
    """Write a p-value, very small ones as less than a thousandth.

    >>> chance(0.0312), chance(0.00001), chance(None)
    ('0.031', '< 0.001', '–')
    """
    return "< 0.001" if p_value is not None and p_value < 0.001 else decimal(p_value)


def points(change: float | None) -> str:
    """Write the change of a share in percentage points, with its sign.

    >>> points(0.0123), points(-0.2), points(None)
    ('+1.23', '−20.00', '–')
    """
    written = decimal(None if change is None else 100 * change, 2)
    return f"+{written}" if change is not None and change > 0 and written != ABSENT else written


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


def bound(when: dt.datetime) -> str:
    """Write where a time begins or ends: midnight as its date alone.

    >>> bound(dt.datetime(2018, 5, 13)), bound(dt.datetime(2018, 5, 13, 21, 7))
    ('2018-05-13', '2018-05-13 21:07')
    """
    return moment(when) if when.time() > dt.time.min else moment(when.date())

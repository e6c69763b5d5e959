"""Single values as a database hands them over, read as the type that they should have.

Each function returns the value and whether it was readable: SQLite stores any value in any column. NULL is readable.
"""

from __future__ import annotations

import datetime as dt


def read_text(value: object) -> tuple[str | None, bool]:
    r"""Read text; what is no UTF-8 becomes U+FFFD and NUL bytes vanish, and either makes it unreadable.

    >>> read_text("naïve"), read_text("a\0b"), read_text(3)
    (('naïve', True), ('ab', False), (None, False))
    """
    if isinstance(value, bytes | bytearray | memoryview):
        value = bytes(value).decode("utf-8", "surrogateescape")
    if value is None:
        return None, True
    if not isinstance(value, str):
        return None, False
    clean = value.replace("\0", "") if "\0" in value else value
    if not clean.isascii():
        clean = _without_surrogates(clean)
    return clean, clean == value


def read_instant(value: object) -> tuple[dt.datetime | None, bool]:
    """Read a datetime or ISO 8601 text, with or without T, fractions and zone; without a zone it is UTC.

    >>> read_instant("2014-01-21 20:26:05.383+02")[0].isoformat()
    '2014-01-21T18:26:05.383000+00:00'
    """
    if value is None:
        return None, True
    try:
        moment = value if isinstance(value, dt.date) else dt.datetime.fromisoformat(str(value).strip())
        if not isinstance(moment, dt.datetime):
            moment = dt.datetime.combine(moment, dt.time.min)
        return (moment.astimezone(dt.UTC) if moment.tzinfo else moment.replace(tzinfo=dt.UTC)), True
    except (ValueError, OverflowError):
        return None, False


def read_whole(value: object, *, bits: int) -> tuple[int | None, bool]:
    """Read a whole number that fits into a signed integer of `bits` bits.

    >>> read_whole(7, bits=32), read_whole(7.5, bits=32), read_whole("many", bits=32)
    ((7, True), (None, False), (None, False))
    """
    if value is None:
        return None, True
    if isinstance(value, str | bytes):
        return None, False
    try:
        number = int(value)  # type: ignore[call-overload]
    except (TypeError, ValueError, OverflowError):
        return None, False
    fits = number == value and -(2 ** (bits - 1)) <= number < 2 ** (bits - 1)
    return (number, True) if fits else (None, False)


def _without_surrogates(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text

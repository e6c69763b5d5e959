"""Cron expressions of the five standard fields, and the same moments for systemd.

Extensions that only some programs know (seconds, `L`, `#`, `H`, ranges over midnight) are refused, as one expression is
to mean the same in a crontab, in a timer of systemd and on GitHub.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass

from tagstack.errors import UsageError

NICKNAMES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_MONTHS = tuple(name.lower() for name in calendar.month_abbr)
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LONGEST = (0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_ITEM = re.compile(r"(?P<all>\*)(?:/(?P<every>\d+))?|(?P<first>\w+)(?:-(?P<last>\w+)(?:/(?P<step>\d+))?)?", re.ASCII)


@dataclass(frozen=True)
class _Field:
    name: str
    least: int
    greatest: int
    names: tuple[str, ...] = ()

    def values(self, text: str) -> tuple[int, ...]:
        """Return the values that a field stands for, ascending; raises ValueError with the reason."""
        found = {value for item in text.split(",") for value in self._item(item)}
        if self.names == _DAYS:
            found = {value % 7 for value in found}
        return tuple(sorted(found))

    def _item(self, text: str) -> range:
        parts = _ITEM.fullmatch(text)
        if not parts:
            raise ValueError(f"{text!r} is no value, list, range or step")
        if parts["all"]:
            return range(self.least, self.greatest + 1, self._step(parts["every"]))
        first = self._number(parts["first"])
        last = self._number(parts["last"]) if parts["last"] else first
        if last < first:
            raise ValueError(f"the range {text} ends before it begins")
        return range(first, last + 1, self._step(parts["step"]))

    def _number(self, text: str) -> int:
        number = int(text) if text.isdigit() else next((n for n, name in enumerate(self.names) if name == text), -1)
        if not self.least <= number <= self.greatest:
            raise ValueError(f"{text!r} is not within {self.least} to {self.greatest}")
        return number

    @staticmethod
    def _step(text: str | None) -> int:
        if text is not None and int(text) == 0:
            raise ValueError("a step of 0 never moves")
        return int(text or 1)


_FIELDS = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of month", 1, 31),
    _Field("month", 1, 12, _MONTHS),
    _Field("day of week", 0, 7, _DAYS),
)


@dataclass(frozen=True)
class Cron:
    """A checked cron expression.

    Attributes:
        texts: The five fields as they are written, names as numbers.
        values: The values that each stands for; Sunday is 0.
    """

    texts: tuple[str, ...]
    values: tuple[tuple[int, ...], ...]

    def __str__(self) -> str:
        return " ".join(self.texts)

    @property
    def either_day(self) -> bool:
        """Whether a day of the month and a day of the week are named; cron then runs on both."""
        return not (self.texts[2].startswith("*") or self.texts[4].startswith("*"))

    def on_calendar(self) -> tuple[str, ...]:
        """Return the same moments as values of systemd's `OnCalendar=`.

        >>> parse_cron("0 6 * * mon-fri").on_calendar()
        ('Mon,Tue,Wed,Thu,Fri *-*-* 06:00:00',)
        >>> parse_cron("30 6 1 * 0").on_calendar()
        ('*-*-01 06:30:00', 'Sun *-*-* 06:30:00')
        """
        minute, hour, day, month = (self._listed(at) for at in range(4))
        weekdays = ",".join(_DAYS[value].title() for value in self.values[4])
        week = "" if len(self.values[4]) == 7 else f"{weekdays} "
        time = f"{hour}:{minute}:00"
        if self.either_day:
            return f"*-{month}-{day} {time}", f"{week}*-{month}-* {time}"
        return (f"{week}*-{month}-{day} {time}",)

    def _listed(self, at: int) -> str:
        field, values = _FIELDS[at], self.values[at]
        whole = len(values) == field.greatest - field.least + 1
        return "*" if whole else ",".join(f"{value:02}" for value in values)


def parse_cron(expression: str) -> Cron:
    """Read and check a cron expression.

    Args:
        expression: Minute, hour, day of month, month and day of week, or a nickname as `@daily`.

    Raises:
        UsageError: It is none, or never comes true.

    >>> str(parse_cron("*/30 6 * jan mon"))
    '*/30 6 * 1 1'
    """
    texts = NICKNAMES.get(expression.strip().lower(), expression.strip().lower()).split()
    if len(texts) != len(_FIELDS):
        raise _no_cron(expression, f"it has {len(texts)} fields, not 5")
    values = []
    for field, text in zip(_FIELDS, texts, strict=True):
        try:
            values.append(field.values(text))
        except ValueError as error:
            raise _no_cron(expression, f"in the field of the {field.name} {error}") from None
    written = tuple(map(_in_numbers, _FIELDS, texts, values))
    cron = Cron(written, tuple(values))
    if not cron.either_day and not any(day <= _LONGEST[month] for day in values[2] for month in values[3]):
        raise _no_cron(expression, "no month that it names has such a day")
    return cron


def _in_numbers(field: _Field, text: str, values: tuple[int, ...]) -> str:
    """Write a field as every program reads it: without names, and Sunday as 0."""
    return ",".join(map(str, values)) if field.names and not text.startswith("*") else text


def _no_cron(expression: str, reason: str) -> UsageError:
    return UsageError(
        f"{expression!r} is no cron expression: {reason}; write minute, hour, day of month, month and day of week, as "
        "'0 6 * * *' for every day at six."
    )

"""Settings of alerts: who is mailed what, and how often."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from tagstack.section import Section

Level = Literal["info", "warning", "critical"]
LEVELS: tuple[Level, ...] = ("info", "warning", "critical")
"""The least first."""

_WORD, _LABEL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+", r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"(?=.{{3,254}}\Z){_WORD}(?:\.{_WORD})*@{_LABEL}(?:\.{_LABEL})*")


def check_address(address: str) -> str:
    """Return `address` where it is a bare ASCII mail address, as `ops@example.org`.

    Raises:
        ValueError: It is none; a name in front, a line break or a second address are refused too.

    >>> check_address("ops@example.org")
    'ops@example.org'
    """
    if not _ADDRESS.fullmatch(address):
        raise ValueError(f"{address!r} is no mail address like 'ops@example.org'")
    return address


Address = Annotated[str, AfterValidator(check_address)]
Days = Annotated[float, Field(ge=0.0, strict=False)]
Addresses = Annotated[tuple[Address, ...], Field(strict=False)]


class RecipientSettings(Section):
    """Who is mailed: whoever is named at a level is mailed that level and every more severe one."""

    info: Addresses = ()
    warning: Addresses = ()
    critical: Addresses = ()

    def of(self, level: Level) -> tuple[str, ...]:
        """Return the recipients of an alert of `level`, each once.

        >>> RecipientSettings(info=("a@b.org",), critical=("boss@b.org",)).of("warning")
        ('a@b.org',)
        """
        named = [getattr(self, known) for known in LEVELS[: LEVELS.index(level) + 1]]
        return tuple(dict.fromkeys(address for addresses in named for address in addresses))


class AlertSettings(Section):
    """Who is mailed what, and how often."""

    mail_from: Level = "warning"
    """The least severe level that is mailed; everything is in the reports."""
    recipients: RecipientSettings = RecipientSettings()
    """Nobody named means the recipients of the alerter of the stack."""
    cooldown_days: Days = 14.0
    """What was mailed is not mailed again for so long, and then as a reminder; worse, and other kinds, at once."""
    digest_days: Days = 7.0
    """Known kinds of drift in other tags are held back and mailed together, once in so long."""
    recovery: bool = True
    """Mail, too, when what was mailed is over; of drift that comes and goes once in the time of cooldown."""

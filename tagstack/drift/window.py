"""Which later questions a drift run looks at."""

from __future__ import annotations

import datetime as dt

from tagstack.config import SourceSettings
from tagstack.drift.champion import Champion
from tagstack.errors import UsageError
from tagstack.questions.recent import newest_window


def choose_window(
    url: str, source: SourceSettings, champion: Champion, *, days: int, as_of: dt.date | None = None
) -> SourceSettings:
    """Narrow a source to the questions that are compared with those of training.

    They end where `source.until` says, or the day before `as_of`, or with the newest question that the source holds,
    and begin `days` days before their end, or where `source.since` says, but never before the last day of training.

    Args:
        url: Of the database.
        source: What was asked for.
        champion: Whose training data the window must not reach into.
        days: Length of the window.
        as_of: The day that the run looks from, as if it were that day.

    Raises:
        UsageError: `as_of` is given with a window, or no part of the window is later than training.
        SourceError: The source cannot be read or holds no question with a readable date.
    """
    if as_of and (source.since or source.until):
        raise UsageError("Give either --as-of or --since and --until; --as-of counts the window back from that day.")
    found = _asked_for(url, source, days=days, until=as_of or source.until)
    assert found.since is not None
    assert found.until is not None
    begin = champion.known_until.date()
    if found.until <= begin:
        raise UsageError(
            f"The window {found.since} to {found.until} is not later than the training data of version "
            f"{champion.version}, which end on {begin}; choose a later one with --since and --until or --as-of."
        )
    return found.model_copy(update={"since": max(found.since, begin)})


def _asked_for(url: str, source: SourceSettings, *, days: int, until: dt.date | None) -> SourceSettings:
    if until:
        since = source.since or until - dt.timedelta(days=days)
        return source.model_copy(update={"since": since, "until": until})
    newest = newest_window(url, source.model_copy(update={"since": None}), days=days)
    return newest.model_copy(update={"since": source.since}) if source.since else newest

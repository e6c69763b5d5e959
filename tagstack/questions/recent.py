"""The newest questions that a source holds."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from tagstack.config import SourceSettings
from tagstack.errors import SourceError
from tagstack.questions.database import sql_errors
from tagstack.questions.source import Source, open_source
from tagstack.questions.values import read_instant

_LOOKED_AT = 1000
"""The newest dates among which one must be readable."""


def newest_window(url: str, settings: SourceSettings, *, days: int) -> SourceSettings:
    """Narrow a source to its last `days` days; a window that was asked for stays as it is.

    The days count back from the newest question that is not dated in the future, not from today: a source may be a
    copy of some time ago. That question's day is the last of the window.

    Raises:
        SourceError: The source holds no question with a readable date, or cannot be read.
    """
    if settings.since:
        return settings
    tomorrow = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=1)
    past = settings.model_copy(update={"until": min(settings.until or tomorrow, tomorrow)})
    with open_source(url) as source:
        moments = (read_instant(value)[0] for value in _newest_dates(source, past))
        newest = next((moment for moment in moments if moment), None)
        if newest is None:
            raise SourceError(f"No question of {source.url} has a readable date; give --since and --until.")
    day = dt.timedelta(days=1)
    return settings.model_copy(update={"since": newest.date() - days * day, "until": newest.date() + day})


def _newest_dates(source: Source, settings: SourceSettings) -> list[object]:
    date = source.date()
    chosen = source.questions(settings) & date.is_not(None)
    newest = sa.select(source.as_text(date)).select_from(source.table()).where(chosen).order_by(date.desc())
    with sql_errors(f"Cannot read the dates of {source.url}", "try again"):
        return list(source.connection.execute(newest.limit(_LOOKED_AT)).scalars())

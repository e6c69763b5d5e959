"""The newest questions that a source holds."""

from __future__ import annotations

import datetime as dt

from tagstack.config import SourceSettings
from tagstack.errors import SourceError
from tagstack.questions.reader import open_source, read_watermark
from tagstack.questions.values import read_instant


def newest_window(url: str, settings: SourceSettings, *, days: int) -> SourceSettings:
    """Narrow a source to its last `days` days; a window that was asked for stays as it is.

    The days count back from the newest question that is not dated in the future, not from today: a source may be a
    copy of some time ago.

    Raises:
        SourceError: The source holds no question with a readable date, or cannot be read.
    """
    if settings.since:
        return settings
    today = dt.datetime.now(dt.UTC).date()
    until = min(settings.until or today, today) + dt.timedelta(days=1)
    with open_source(url) as source:
        found = read_watermark(source, settings.model_copy(update={"until": settings.until or until}))
    newest, _ = read_instant(found.greatest_date)
    if newest is None:
        raise SourceError(f"The newest question of {found.source} has no readable date; give --since and --until.")
    return settings.model_copy(update={"since": newest.date() - dt.timedelta(days=days)})

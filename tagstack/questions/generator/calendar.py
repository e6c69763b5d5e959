"""When questions are asked, and about what: one fixed year, with a drift after month nine."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence

from tagstack.questions.generator.topics import Topic, load_phrases, load_topics

BEGIN = dt.datetime(2024, 1, 1)
END = dt.datetime(2025, 1, 1)
_HOURS = (2, 2, 2, 2, 3, 4, 6, 8, 10, 11, 11, 10, 9, 10, 11, 11, 10, 8, 7, 6, 6, 5, 4, 3)
_WEEKEND = 0.55
_FIRST_SHARE = 0.35


def ask_times(count: int, rng: random.Random) -> list[dt.datetime]:
    """Return `count` instants of the year in order, fewer of them at night and at weekends."""
    days = [BEGIN + dt.timedelta(days=day) for day in range((END - BEGIN).days)]
    weights = [_WEEKEND if day.weekday() >= 5 else 1.0 for day in days]
    chosen = zip(rng.choices(days, weights, k=count), rng.choices(range(24), _HOURS, k=count), strict=True)
    return sorted(day + dt.timedelta(hours=hour, milliseconds=rng.randrange(3_600_000)) for day, hour in chosen)


def drifted(when: dt.datetime) -> bool:
    """Say whether the drift has started."""
    return when.date() >= load_phrases().drift_starts


def choose_topic(when: dt.datetime, rng: random.Random) -> Topic:
    """Choose what is asked about: emerging topics begin with the drift at a third of their weight and rise."""
    topics = list(load_topics().values())
    return rng.choices(topics, _weights(topics, when))[0]


def _weights(topics: Sequence[Topic], when: dt.datetime) -> list[float]:
    start = dt.datetime.combine(load_phrases().drift_starts, dt.time.min)
    passed = (when - start) / (END - start)
    rise = 0.0 if passed < 0 else _FIRST_SHARE + (1 - _FIRST_SHARE) * passed
    return [topic.weight * (rise if topic.emerges else 1.0) for topic in topics]

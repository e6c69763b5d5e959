import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tagstack.alerts.rules import SentAlert
from tagstack.store.alert_memory import keep_alerts, read_alerts
from tagstack.store.tables import ALERTS

DAY = dt.timedelta(days=1)
SEEN = dt.datetime(2024, 10, 15, 6, tzinfo=dt.UTC)
ALERT = SentAlert(
    model_name="tagstack",
    version=3,
    fingerprint="f" * 64,
    kinds=("concept", "vocabulary"),
    level="warning",
    seen_at=SEEN,
    sent_at=SEEN,
    subject="concept drift of version 3",
)


@pytest.fixture
def read():
    """Read the findings of the model as they stood so many days later."""

    def alerts(store, days=0.0, **options):
        return list(read_alerts(store, "tagstack", until=SEEN + days * DAY, **options).alerts)

    return alerts


def test_findings_are_read_back_the_oldest_first(store, read):
    held = replace(ALERT, seen_at=SEEN - DAY, sent_at=None, level="info")
    keep_alerts(store, [ALERT, held, replace(ALERT, model_name="another")])
    assert read(store) == [held, ALERT]
    assert read(store, limit=1) == [ALERT]


def test_a_finding_that_is_kept_again_takes_the_place_of_the_first(store, read, count):
    keep_alerts(store, [replace(ALERT, sent_at=None)])
    keep_alerts(store, [replace(ALERT, level="critical")])
    assert read(store) == [replace(ALERT, level="critical")]
    assert count(store, ALERTS) == 1


def test_a_replay_sees_the_findings_as_they_stood(store, read):
    keep_alerts(store, [replace(ALERT, sent_at=SEEN + 8 * DAY, resolved_at=SEEN + 20 * DAY)])
    assert read(store, days=-0.1) == []
    assert read(store, days=1) == [ALERT]
    assert read(store, days=9) == [replace(ALERT, sent_at=SEEN + 8 * DAY)]
    assert read(store, days=20) == [replace(ALERT, sent_at=SEEN + 8 * DAY, resolved_at=SEEN + 20 * DAY)]


def test_a_replay_does_not_undo_what_came_after_it(store, read):
    kept = replace(ALERT, sent_at=SEEN + 8 * DAY, resolved_at=SEEN + 20 * DAY)
    keep_alerts(store, [kept])
    keep_alerts(store, read(store, days=1))
    assert read(store, days=30) == [kept]


def test_findings_that_are_kept_at_once_do_not_disturb_each_other(store, read, count):
    sent = [SEEN + n * DAY for n in range(6)]
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda moment: keep_alerts(store, [replace(ALERT, sent_at=moment)]), sent))
    assert read(store, days=9) == [replace(ALERT, sent_at=sent[-1])]
    assert count(store, ALERTS) == 1

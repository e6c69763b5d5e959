"""Deleting what is too old."""

import asyncio
import datetime as dt
import logging

from tagstack.serving.retention import purge_daily
from tagstack.store import purging
from tagstack.store.database import open_store
from tagstack.store.feedback import read_feedback
from tagstack.store.recording import add_suggestions
from tagstack.store.records import SuggestionRecord


def record(name, *, days):
    created = dt.datetime.now(dt.UTC) - dt.timedelta(days=days)
    return SuggestionRecord(
        id=name,
        created_at=created,
        model_version=1,
        model_sha256="a",
        question_sha256="b",
        suggested=(),
        top=(),
        scores=(),
    )


def run(store, *, keep_days, seconds=0.3):
    async def for_a_moment():
        try:
            async with asyncio.timeout(seconds):
                await purge_daily(store, keep_days=keep_days, every=0.05)
        except TimeoutError:
            pass

    asyncio.run(for_a_moment())


def test_what_is_too_old_goes_and_the_rest_stays(store_url, caplog):
    caplog.set_level(logging.INFO, "tagstack")
    with open_store(store_url) as store:
        add_suggestions(store, [record("old", days=31), record("new", days=29)])
        run(store, keep_days=30)
        assert list(read_feedback(store)["suggestion_id"]) == ["new"]
    assert caplog.messages == ["1 suggestions older than 30 days deleted."]


def test_a_store_that_is_away_is_asked_again(store_url, caplog):
    with open_store(store_url) as store:
        with store.writing() as connection:
            connection.exec_driver_sql("ALTER TABLE tagstack_suggestions RENAME TO away")
        run(store, keep_days=30)
    assert len(caplog.messages) >= 2
    assert caplog.messages[0].startswith("Nothing was deleted: The store sqlite:///")


def test_a_service_that_ends_does_not_wait_for_the_rest(store_url, monkeypatch):
    monkeypatch.setattr(purging, "BATCH", 1)
    monkeypatch.setattr(purging, "PAUSE_SECONDS", 0.2)
    with open_store(store_url) as store:
        add_suggestions(store, [record(f"old {number}", days=31) for number in range(50)])
        run(store, keep_days=30, seconds=0.3)
        left = len(read_feedback(store))
        assert 40 < left < 50

"""What is handed to the recorder, and when."""

import asyncio
import datetime as dt

import pytest

from tagstack.serving.outbox import Outbox
from tagstack.store.database import open_store
from tagstack.store.feedback import read_feedback
from tagstack.store.recorder import Recorder
from tagstack.store.records import DecisionRecord, SuggestionRecord

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


@pytest.fixture
def recorder(store_url):
    with open_store(store_url) as store, Recorder(store) as running:
        yield running


def suggestion(name):
    return SuggestionRecord(
        id=name,
        created_at=NOW,
        model_version=1,
        model_sha256="a" * 64,
        question_sha256="b" * 64,
        post_id=None,
        suggested=("sql",),
        top=("sql",),
        scores=(0.5,),
    )


def decision(name):
    return DecisionRecord(key=name, suggestion_id=name, created_at=NOW, kept=("sql",))


def test_a_decision_follows_suggestions_that_nobody_handed_on_yet(recorder):
    async def run():
        outbox = Outbox(recorder)
        outbox.suggested([suggestion("a"), suggestion("b")])
        assert (outbox.waiting, recorder.waiting) == (2, 0)
        outcomes = [await asyncio.wrap_future(outbox.decided(decision(name))) for name in ("a", "b")]
        assert outbox.waiting == 0
        return outcomes

    assert asyncio.run(run()) == ["recorded", "recorded"]


def test_suggestions_are_handed_on_by_themselves(recorder, monkeypatch):
    monkeypatch.setattr("tagstack.serving.outbox.PAUSE_SECONDS", 0.01)

    async def run():
        outbox = Outbox(recorder)
        for name in "abc":
            outbox.suggested([suggestion(name)])
            while outbox.waiting:
                await asyncio.sleep(0.005)
        return [await asyncio.wrap_future(recorder.decided(decision(name))) for name in "abc"]

    assert asyncio.run(run()) == ["recorded"] * 3


def test_a_service_that_ends_at_once_has_stored_its_suggestions(serving, store_url):
    with serving() as client:
        name = client.post("/suggest", json={"title": "sql"}).json()["suggestions"][0]["suggestion_id"]
        assert client.service.outbox.waiting == 1
    with open_store(store_url) as store:
        assert list(read_feedback(store)["suggestion_id"]) == [name]

import asyncio
import logging
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from tagstack.errors import StoreError
from tagstack.store import recorder as module
from tagstack.store.database import open_store
from tagstack.store.recorder import Recorder
from tagstack.store.recording import add_suggestions
from tagstack.store.records import KeyConflictError, UnknownSuggestionError
from tagstack.store.tables import DECISIONS, SUGGESTIONS

WAIT = 30


@pytest.fixture
def recorder(store):
    """A recorder on either database."""
    with Recorder(store) as running:
        yield running


@pytest.fixture
def impatient(lite):
    """A SQLite store that says at once that it is locked."""
    sa.event.listen(lite.engine, "checkout", lambda connection, *_: connection.execute("PRAGMA busy_timeout=1"))
    return lite


class Lock:
    """Another process's transaction, which keeps all others from writing."""

    def __init__(self, store):
        self.connection = sqlite3.connect(store.url.removeprefix("sqlite:///"), isolation_level=None)

    def __enter__(self):
        self.connection.execute("BEGIN IMMEDIATE")

    def __exit__(self, *_):
        self.connection.rollback()
        self.connection.close()


def test_a_decision_follows_its_suggestion(recorder, suggestion, decision, store, count):
    futures = []
    for n in range(100):
        recorder.suggested([suggestion(f"s{n}")])
        futures.append(recorder.decided(decision(f"s{n}")))
    assert {future.result(WAIT) for future in futures} == {"recorded"}
    assert (count(store, SUGGESTIONS), count(store, DECISIONS), recorder.dropped) == (100, 100, 0)


def test_what_waits_is_written_in_one_transaction(impatient, suggestion, decision):
    commits = []
    sa.event.listen(impatient.engine, "commit", commits.append)
    with Recorder(impatient) as recorder:
        with Lock(impatient):
            recorder.suggested(suggestion(f"s{n}") for n in range(50))
            futures = [recorder.decided(decision(f"s{n}")) for n in range(50)]
        assert {future.result(WAIT) for future in futures} == {"recorded"}
    assert len(commits) == 1


def test_an_answer_means_that_another_process_can_read_it(recorder, suggestion, decision, url):
    recorder.suggested([suggestion()])
    seen = []
    future = recorder.decided(decision())
    with open_store(url) as other:

        def look(_):
            with other.reading() as connection:
                seen.extend(connection.scalars(sa.select(DECISIONS.c.key)))

        future.add_done_callback(look)
        future.result(WAIT)
        recorder.close()
    assert seen == ["s1"]


def test_a_repeated_key_and_a_conflict_in_one_group(recorder, suggestion, decision):
    recorder.suggested([suggestion()])
    futures = [recorder.decided(one) for one in (decision(), decision(), decision(kept=()))]
    assert [future.result(WAIT) for future in futures[:2]] == ["recorded", "repeated"]
    with pytest.raises(KeyConflictError):
        futures[2].result(WAIT)


def test_a_suggestion_of_another_replica_is_waited_for(recorder, suggestion, decision, store):
    late = recorder.decided(decision("late"))
    recorder.suggested([suggestion("here")])
    assert recorder.decided(decision("here")).result(WAIT) == "recorded"
    assert not late.done()
    add_suggestions(store, [suggestion("late")])
    assert late.result(WAIT) == "recorded"


def test_an_unknown_suggestion_is_told_after_a_while(recorder, decision, monkeypatch):
    monkeypatch.setattr(module, "UNKNOWN_SECONDS", 0.05)
    with pytest.raises(UnknownSuggestionError, match="Suggestion 'never' is not in the store"):
        recorder.decided(decision("never")).result(WAIT)


def test_one_bad_record_does_not_harm_those_beside_it(impatient, suggestion, decision, count):
    with Recorder(impatient) as recorder:
        with Lock(impatient):
            recorder.suggested([suggestion("s1"), suggestion("bad", model_version=None), suggestion("s2")])
            recorder.suggested([suggestion("worse", post_id=2**70)])
            good = [recorder.decided(decision(name)) for name in ("s1", "s2")]
            bad = recorder.decided(decision("naive", "s1", created_at=decision().created_at.replace(tzinfo=None)))
        assert [future.result(WAIT) for future in good] == ["recorded", "recorded"]
        with pytest.raises(StoreError, match=r"The store sqlite:.*failed: .* has no time zone"):
            bad.result(WAIT)
    assert recorder.dropped == 2
    assert (count(impatient, SUGGESTIONS), count(impatient, DECISIONS)) == (2, 2)


def test_a_store_that_is_away_for_a_moment_loses_nothing(impatient, suggestion, decision, caplog):
    with Recorder(impatient) as recorder:
        with Lock(impatient):
            recorder.suggested([suggestion()])
            future = recorder.decided(decision())
            while not caplog.records:
                threading.Event().wait(0.005)
        assert future.result(WAIT) == "recorded"
    assert [(record.levelno, record.name) for record in caplog.records] == [(logging.WARNING, module.__name__)]
    assert "database is locked" in caplog.text
    assert recorder.dropped == 0


def test_a_store_that_stays_away_is_told_and_suggestions_wait(impatient, suggestion, decision, monkeypatch, count):
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.05)
    with Recorder(impatient) as recorder:
        with Lock(impatient):
            recorder.suggested([suggestion()])
            with pytest.raises(StoreError) as error:
                recorder.decided(decision()).result(WAIT)
            assert count(impatient, SUGGESTIONS) == 0
        assert str(error.value) == (
            f"The store {impatient.url} failed: database is locked; check that it runs, its address, rights and free "
            "disk."
        )
        assert recorder.decided(decision()).result(WAIT) == "recorded"
    assert (count(impatient, SUGGESTIONS), recorder.dropped) == (1, 0)


@pytest.mark.slow
def test_a_server_that_ends_its_connections_loses_nothing(postgresql, suggestion, decision, count):
    others = sa.text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
    with open_store(postgresql) as store, open_store(postgresql) as operator, Recorder(store) as recorder:
        with store.writing() as connection:
            connection.execute(sa.delete(DECISIONS))
            connection.execute(sa.delete(SUGGESTIONS))
        futures = []
        for n in range(300):
            if n % 100 == 50:
                with operator.writing() as connection:
                    connection.execute(others)
            recorder.suggested([suggestion(f"s{n}")])
            futures.append(recorder.decided(decision(f"s{n}")))
        assert {future.result(WAIT) for future in futures} <= {"recorded", "repeated"}
        assert (count(store, SUGGESTIONS), count(store, DECISIONS), recorder.dropped) == (300, 300, 0)


def test_suggestions_beyond_the_bound_are_dropped_and_decisions_are_not(impatient, suggestion, decision):
    with Recorder(impatient, size=10) as recorder:
        with Lock(impatient):
            recorder.suggested(suggestion(f"s{n}") for n in range(15))
            assert (recorder.dropped, recorder.waiting) == (5, 10)
            futures = [recorder.decided(decision(f"s{n}")) for n in range(10)]
            with pytest.raises(StoreError) as error:
                recorder.decided(decision("one too many")).result(0)
        assert str(error.value) == "The decision was not recorded, as 20 records wait for the store; send it again."
        assert {future.result(WAIT) for future in futures} == {"recorded"}
    assert recorder.dropped == 5


def test_closing_writes_what_waits(store, suggestion, decision, count):
    recorder = Recorder(store)
    recorder.suggested(suggestion(f"s{n}") for n in range(1200))
    future = recorder.decided(decision("s1199"))
    recorder.close()
    assert future.result(0) == "recorded"
    assert (count(store, SUGGESTIONS), recorder.waiting, recorder.dropped) == (1200, 0, 0)


def test_after_closing_nothing_is_taken(lite, suggestion, decision):
    recorder = Recorder(lite)
    recorder.close()
    recorder.close()
    recorder.suggested([suggestion()])
    assert recorder.dropped == 1
    with pytest.raises(StoreError, match="was not recorded, as the service is stopping; send it again"):
        recorder.decided(decision()).result(0)


def test_closing_gives_up_in_time(impatient, suggestion, decision, caplog):
    with Lock(impatient):
        recorder = Recorder(impatient)
        recorder.suggested([suggestion()])
        future = recorder.decided(decision())
        recorder.close(timeout=0.1)
        assert recorder.dropped == 1
        with pytest.raises(StoreError):
            future.result(0)
        recorder._thread.join(WAIT)
    assert not recorder._thread.is_alive()


def test_a_request_that_is_given_up_does_not_stop_the_writer(lite, suggestion, decision, count):
    async def ask(recorder):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.wrap_future(recorder.decided(decision("early"))), 0.001)

    with Recorder(lite) as recorder:
        asyncio.run(ask(recorder))
        recorder.suggested([suggestion("early")])
        assert recorder.decided(decision("k", "early")).result(WAIT) == "recorded"
    assert count(lite, DECISIONS) == 2


def test_many_threads_record_at_once(store, suggestion, decision, count):
    def one(n):
        recorder.suggested([suggestion(f"s{n}")])
        return recorder.decided(decision(f"s{n}")).result(WAIT)

    with Recorder(store) as recorder, ThreadPoolExecutor(8) as pool:
        assert set(pool.map(one, range(200))) == {"recorded"}
    assert count(store, DECISIONS) == 200

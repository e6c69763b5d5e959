import datetime as dt
from concurrent.futures import ThreadPoolExecutor

from tagstack.store import purging
from tagstack.store.feedback import read_feedback
from tagstack.store.purging import purge
from tagstack.store.recorder import Recorder
from tagstack.store.recording import add_decision, add_suggestions
from tagstack.store.tables import DECISIONS, SUGGESTIONS

DAY = dt.timedelta(days=1)
MOMENT = dt.datetime(2024, 1, 5, 10, tzinfo=dt.UTC)


def test_what_is_older_is_deleted_with_its_decisions(store, suggestion, decision, count):
    add_suggestions(store, [suggestion(f"s{n}", created_at=MOMENT + n * DAY) for n in range(4)])
    for n in range(4):
        add_decision(store, decision(f"s{n}", created_at=MOMENT + n * DAY))
    assert purge(store, MOMENT + 2 * DAY) == 2
    assert list(read_feedback(store)["suggestion_id"]) == ["s2", "s3"]
    assert count(store, DECISIONS) == 2
    assert purge(store, MOMENT + 2 * DAY) == 0


def test_an_old_suggestion_stays_while_a_newer_decision_refers_to_it(store, suggestion, decision, count):
    add_suggestions(store, [suggestion("s1")])
    add_decision(store, decision("old", "s1", created_at=MOMENT))
    add_decision(store, decision("new", "s1", created_at=MOMENT + 5 * DAY))
    assert purge(store, MOMENT + DAY) == 0
    assert (count(store, SUGGESTIONS), count(store, DECISIONS)) == (1, 1)
    assert purge(store, MOMENT + 6 * DAY) == 1
    assert (count(store, SUGGESTIONS), count(store, DECISIONS)) == (0, 0)


def test_deletion_and_recording_go_on_at_the_same_time(store, suggestion, decision, count, monkeypatch):
    monkeypatch.setattr(purging, "BATCH", 20)
    add_suggestions(store, [suggestion(f"old{n}") for n in range(400)])
    with ThreadPoolExecutor(1) as pool, Recorder(store) as recorder:
        deleted = pool.submit(purge, store, MOMENT + DAY)
        futures = []
        for n in range(200):
            recorder.suggested([suggestion(f"new{n}", created_at=MOMENT + 2 * DAY)])
            futures.append(recorder.decided(decision(f"new{n}", created_at=MOMENT + 2 * DAY)))
        assert {future.result(timeout=30) for future in futures} == {"recorded"}
        assert deleted.result(timeout=30) == 400
    assert (count(store, SUGGESTIONS), count(store, DECISIONS)) == (200, 200)

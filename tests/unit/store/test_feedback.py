import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import pytest
import sqlalchemy as sa

from tagstack.errors import StoreError
from tagstack.store import feedback
from tagstack.store.feedback import (
    KeyConflictError,
    UnknownSuggestionError,
    add_decision,
    add_suggestions,
    purge,
    read_feedback,
)
from tagstack.store.recorder import Recorder
from tagstack.store.tables import DECISIONS, SUGGESTIONS

DAY = dt.timedelta(days=1)
MOMENT = dt.datetime(2024, 1, 5, 10, tzinfo=dt.UTC)


def test_a_suggestion_and_its_decision_are_read_back(store, suggestion, decision):
    add_suggestions(store, [suggestion()])
    assert add_decision(store, decision()) == "recorded"
    row = read_feedback(store).iloc[0].to_dict()
    assert pd.isna(row.pop("title"))
    assert pd.isna(row.pop("body"))
    assert row == {
        "suggestion_id": "s1",
        "created_at": MOMENT,
        "model_version": 3,
        "model_sha256": "a" * 64,
        "question_sha256": "b" * 64,
        "post_id": 7,
        "suggested": ["python"],
        "top": ["python", "sql"],
        "scores": [0.75, 0.25],
        "decided_at": MOMENT + dt.timedelta(minutes=1),
        "kept": ["python"],
        "added": ["pandas"],
    }


def test_a_text_is_kept_where_the_record_carries_it(store, suggestion):
    add_suggestions(store, [suggestion(title="A\0 title", body="Half a \ud800 character " + "x" * 100_000)])
    row = read_feedback(store).iloc[0]
    assert row["title"] == "A title"
    assert row["body"] == "Half a \ufffd character " + "x" * 100_000


def test_suggestions_can_be_recorded_again(store, suggestion, count):
    add_suggestions(store, [suggestion("s1"), suggestion("s2"), suggestion("s2")])
    add_suggestions(store, [suggestion("s2", model_version=9), suggestion("s3")])
    assert list(read_feedback(store)["model_version"]) == [3, 3, 3]


def test_more_suggestions_than_one_statement_takes(lite, suggestion, count):
    add_suggestions(lite, [suggestion(f"s{n}") for n in range(feedback.BATCH + 1)])
    assert count(lite, SUGGESTIONS) == feedback.BATCH + 1


def test_the_same_key_with_the_same_decision_is_repeated(store, suggestion, decision, count):
    add_suggestions(store, [suggestion()])
    assert add_decision(store, decision(kept=("a", "b"))) == "recorded"
    assert add_decision(store, decision(kept=("b", "a"), created_at=MOMENT + DAY)) == "repeated"
    assert count(store, DECISIONS) == 1


@pytest.mark.parametrize("change", [{"kept": ()}, {"added": ("numpy",)}, {"suggestion_id": "s2"}])
def test_the_same_key_with_another_decision_is_a_conflict(store, suggestion, decision, change):
    add_suggestions(store, [suggestion("s1"), suggestion("s2")])
    add_decision(store, decision("k", "s1"))
    with pytest.raises(KeyConflictError) as error:
        add_decision(store, decision("k", **({"suggestion_id": "s1"} | change)))
    assert str(error.value) == "Key 'k' was used for another decision; take a new one."
    assert list(read_feedback(store)["added"][0]) == ["pandas"]


def test_keys_differ_by_case(store, suggestion, decision, count):
    add_suggestions(store, [suggestion()])
    assert [add_decision(store, decision(key, "s1")) for key in ("k", "K")] == ["recorded", "recorded"]


@pytest.mark.parametrize("name", ["never", "", "x" * 65, "a\0b", "\ud800", "naïve", "' OR 1=1 --"])
def test_a_decision_on_an_unknown_suggestion_is_told(store, decision, name):
    with pytest.raises(UnknownSuggestionError) as error:
        add_decision(store, decision("k", name or "\n"))
    assert str(error.value) == f"Suggestion {name or chr(10)!r} is not in the store; it may be too old."


@pytest.mark.parametrize("key", ["", "x" * 129, "a\0b", "\ud800", "a b"])
def test_a_key_that_cannot_be_kept_is_told(store, suggestion, decision, key):
    add_suggestions(store, [suggestion()])
    with pytest.raises(StoreError, match="is not of 1 to 128 printable ASCII characters without blanks; take another"):
        add_decision(store, decision(key, "s1"))


def test_one_key_at_the_same_time_is_recorded_once(store, suggestion, decision, count):
    add_suggestions(store, [suggestion()])
    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(lambda _: add_decision(store, decision("k", "s1")), range(12)))
    assert sorted(outcomes) == ["recorded"] + ["repeated"] * 11
    assert count(store, DECISIONS) == 1


def test_the_newest_decision_counts(store, suggestion, decision):
    add_suggestions(store, [suggestion("s1"), suggestion("s2", created_at=MOMENT + DAY)])
    add_decision(store, decision("later", "s1", created_at=MOMENT + DAY, kept=("late",)))
    add_decision(store, decision("first", "s1", kept=("early",)))
    frame = read_feedback(store)
    assert list(frame["suggestion_id"]) == ["s1", "s2"]
    assert frame["kept"][0] == ["late"]
    assert frame["kept"][1] is None
    assert pd.isna(frame["decided_at"][1])


def test_a_window_holds_its_start_and_not_its_end(store, suggestion):
    add_suggestions(store, [suggestion(f"s{n}", created_at=MOMENT + n * DAY) for n in range(4)])
    assert list(read_feedback(store, MOMENT + DAY, MOMENT + 3 * DAY)["suggestion_id"]) == ["s1", "s2"]


def test_an_empty_store_has_the_same_columns(store, suggestion):
    empty = read_feedback(store)
    add_suggestions(store, [suggestion(post_id=None)])
    full = read_feedback(store)
    assert len(empty) == 0
    assert empty.dtypes.equals(full.dtypes)
    assert full["post_id"][0] is pd.NA


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


def test_no_decision_without_its_suggestion(store, suggestion, decision):
    add_suggestions(store, [suggestion()])
    add_decision(store, decision())
    with pytest.raises(StoreError, match=r"(?i)foreign key"), store.writing() as connection:
        connection.execute(sa.delete(SUGGESTIONS))


def test_deletion_and_recording_go_on_at_the_same_time(store, suggestion, decision, count, monkeypatch):
    monkeypatch.setattr(feedback, "BATCH", 20)
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

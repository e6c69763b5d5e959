import datetime as dt

import pandas as pd

from tagstack.store.feedback import read_feedback
from tagstack.store.recording import add_decision, add_suggestions

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

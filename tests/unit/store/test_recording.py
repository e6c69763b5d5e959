import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from tagstack.errors import StoreError
from tagstack.store.feedback import read_feedback
from tagstack.store.recording import BATCH, add_decision, add_suggestions
from tagstack.store.records import KeyConflictError, UnknownSuggestionError
from tagstack.store.tables import DECISIONS, SUGGESTIONS

DAY = dt.timedelta(days=1)
MOMENT = dt.datetime(2024, 1, 5, 10, tzinfo=dt.UTC)


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
    add_suggestions(lite, [suggestion(f"s{n}") for n in range(BATCH + 1)])
    assert count(lite, SUGGESTIONS) == BATCH + 1


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


def test_no_decision_without_its_suggestion(store, suggestion, decision):
    add_suggestions(store, [suggestion()])
    add_decision(store, decision())
    with pytest.raises(StoreError, match=r"(?i)foreign key"), store.writing() as connection:
        connection.execute(sa.delete(SUGGESTIONS))

"""Production use, read from a real store of feedback."""

from __future__ import annotations

import datetime as dt
import shutil

import pytest

from tagstack.drift.settings import DriftSettings
from tagstack.drift.use import read_use
from tagstack.store.database import open_store
from tagstack.store.feedback import DecisionRecord, SuggestionRecord, add_decision, add_suggestions, read_feedback

FRIDAY = dt.datetime(2024, 10, 4, 23, tzinfo=dt.UTC)
CLASSES = {1: frozenset({"python", "sql", "c#"}), 2: frozenset({"python", "sql", "polars"})}


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    """A SQLite file with an empty store, to be copied."""
    file = tmp_path_factory.mktemp("empty") / "store.db"
    open_store(f"sqlite:///{file}").close()
    return file


@pytest.fixture
def use(tmp_path, empty):
    """Read the use of suggestions: `use((version, created, kept, added), ...)`; without kept and added, undecided."""

    def read(*rows, classes=CLASSES, settings=None):
        with open_store(f"sqlite:///{shutil.copy(empty, tmp_path / 'store.db')}") as store:
            for number, (version, created, *decided) in enumerate(rows):
                _record(store, f"s{number}", version, created, decided)
            return read_use(read_feedback(store), classes, settings or DriftSettings())

    return read


def _record(store, name, version, created, decided):
    shown = {"suggested": ("python", "sql"), "top": ("python", "sql", "c#"), "scores": (0.9, 0.6, 0.1)}
    record = SuggestionRecord(
        id=name, created_at=created, model_version=version, model_sha256="a" * 64, question_sha256="b" * 64, **shown
    )
    add_suggestions(store, [record])
    if decided:
        kept, added = decided
        add_decision(
            store,
            DecisionRecord(key=name, suggestion_id=name, created_at=created, kept=tuple(kept), added=tuple(added)),
        )


def test_shares_are_of_what_was_decided(use):
    found = use(
        (1, FRIDAY, ["python", "sql"], []),
        (1, FRIDAY, ["python"], ["polars", "java"]),
        (1, FRIDAY, [], ["java"]),
        (1, FRIDAY, ["sql"], []),
        (1, FRIDAY),
    )
    assert (found.total.suggestions, found.total.decided) == (5, 4)
    assert found.total.accepted.value == 3 / 4
    assert found.total.kept.value == 4 / 8
    assert found.total.added.value == 2 / 4
    assert found.total.unpredictable.value == 1


def test_whether_a_tag_can_be_predicted_depends_on_the_version_that_suggested(use):
    found = use((1, FRIDAY, [], ["polars"]), (2, FRIDAY, [], ["polars"]))
    assert {one.name: one.unpredictable.value for one in found.versions} == {"1": 1, "2": 0}
    assert found.total.unpredictable.value == 0.5


def test_a_ranked_tag_that_a_person_typed_is_no_addition(use):
    found = use((1, FRIDAY, ["python"], ["c#"]))
    assert found.total.added.value == 0
    assert found.total.unpredictable is None


def test_weeks_begin_on_monday_and_are_in_order(use):
    monday = FRIDAY + dt.timedelta(days=3)
    found = use((1, monday, ["python"], []), (1, FRIDAY, [], []), (2, FRIDAY, [], []))
    assert [(one.name, one.suggestions) for one in found.weeks] == [("2024-09-30", 2), ("2024-10-07", 1)]
    assert found.weeks[1].accepted.value == 1


def test_unknown_versions_are_counted_apart(use):
    found = use((1, FRIDAY, ["python"], []), (9, FRIDAY, [], ["java"]), (9, FRIDAY))
    assert found.unknown == 2
    assert found.total.suggestions == 1
    assert [one.name for one in found.versions] == ["1"]


@pytest.mark.parametrize("rows", [(), ((9, FRIDAY, [], ["java"]),)], ids=["no feedback", "of unknown versions only"])
def test_nothing_to_tell_is_no_error(use, rows):
    found = use(*rows)
    assert found.total.model_dump() == {
        "name": "all",
        "suggestions": 0,
        "decided": 0,
        "accepted": None,
        "kept": None,
        "added": None,
        "unpredictable": None,
    }
    assert (found.versions, found.weeks, found.unknown) == ((), (), len(rows))


def test_undecided_suggestions_have_no_shares(use):
    found = use((1, FRIDAY))
    assert (found.total.suggestions, found.total.decided, found.total.accepted) == (1, 0, None)


def test_few_decisions_have_a_wide_interval_even_where_all_agree(use):
    few = use(*[(1, FRIDAY, ["python"], [])] * 3).total.accepted
    assert (few.value, few.high) == (1, 1)
    assert few.low == pytest.approx(0.4385, abs=1e-4)  # Wilson's, of 3 of 3


def test_a_higher_confidence_widens_the_interval(use):
    rows = [(1, FRIDAY, ["python"], []), (1, FRIDAY, [], [])] * 5
    usual = use(*rows).total.accepted
    sure = use(*rows, settings=DriftSettings(confidence=0.99)).total.accepted
    assert sure.low < usual.low < usual.high < sure.high


def test_tags_of_one_suggestion_count_as_less_than_independent_ones(use):
    """Suggestions are kept whole or not at all: their two tags tell no more than one would."""
    rows = [(1, FRIDAY, ["python", "sql"], []), (1, FRIDAY, [], [])] * 5
    total = use(*rows).total
    assert (total.kept.low, total.kept.high) == pytest.approx((total.accepted.low, total.accepted.high))

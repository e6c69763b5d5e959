import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic import command

from tagstack.bootstrap import Estimate
from tagstack.drift.history import DriftRun, PastScore
from tagstack.drift.report import MetricDrift
from tagstack.errors import StoreError
from tagstack.store import schema
from tagstack.store.database import open_store, transaction
from tagstack.store.feedback import add_suggestions, read_feedback
from tagstack.store.monitoring import add, find, history, note_training
from tagstack.store.tables import DRIFT_RUNS

DAY = dt.timedelta(days=1)
MOMENT = dt.datetime(2024, 10, 15, tzinfo=dt.UTC)
METRIC = MetricDrift(
    name="micro_f1",
    kind="classic",
    trained=Estimate(value=0.5, low=0.45, high=0.55),
    realised=Estimate(value=0.4, low=0.35, high=0.45),
    drifted=True,
)
SCORE = PastScore(name="embeddings", family="embeddings", value=0.61, threshold=0.55, drifted=True)


@pytest.fixture
def run():
    """Make a drift run: `run("r1", as_of=...)`."""

    def make(run_id="r1", as_of=MOMENT, **values):
        usual = {"model_name": "tagstack", "version": 3, "since": as_of - 30 * DAY, "until": as_of}
        usual |= {"questions": 480, "labelled": 470, "kinds": ("concept", "vocabulary"), "severity": "critical"}
        usual |= {"metrics": (METRIC,), "scores": (SCORE,), "decision": "retrain", "reason": "Train: concept drift."}
        return DriftRun(run_id=run_id, as_of=as_of, **(usual | values))

    return make


def test_a_run_is_read_back_as_it_was_recorded(store, run):
    kept = add(store, run())
    assert kept.created_at is not None
    assert kept == run().model_copy(update={"created_at": kept.created_at}) == find(store, "tagstack", "r1")
    assert kept.as_of.tzinfo is not None
    assert kept.lost == ("micro_f1",)


def test_a_run_that_is_recorded_again_stays_as_it_is(store, run, count):
    first = add(store, run())
    assert add(store, run(severity="info")) == first
    assert count(store, DRIFT_RUNS) == 1
    add(store, run(model_name="another"))
    assert count(store, DRIFT_RUNS) == 2


def test_of_those_that_record_one_run_at_once_all_read_the_same(store, run, count):
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda n: add(store, run(questions=n)), range(8)))
    assert len({kept.questions for kept in found}) == count(store, DRIFT_RUNS) == 1


def test_the_history_begins_with_the_newest_and_ends_before_the_present(store, run):
    for at, run_id in ((2, "c"), (0, "a"), (1, "b"), (3, "d")):
        add(store, run(run_id, as_of=MOMENT + at * DAY))
    add(store, run("e", model_name="another"))
    assert [one.run_id for one in history(store, "tagstack", before=MOMENT + 3 * DAY)] == ["c", "b", "a"]
    assert [one.run_id for one in history(store, "tagstack", before=MOMENT + 9 * DAY, limit=2)] == ["d", "c"]
    assert history(store, "tagstack", before=MOMENT) == []


def test_the_history_knows_trainings_that_are_further_back_than_its_runs(store, run):
    for at in range(6):
        add(store, run(f"r{at}", as_of=MOMENT + at * DAY, training_run="t" if at in {1, 4} else None))
    assert [one.run_id for one in history(store, "tagstack", before=MOMENT + 9 * DAY, limit=3)] == [
        "r5",
        "r4",
        "r3",
        "r1",
    ]


def test_a_training_is_noted_when_it_begins_and_when_it_has_made_a_version(store, run):
    add(store, run())
    assert note_training(store, "tagstack", "r1", training_run="t1").training_run == "t1"
    ended = note_training(store, "tagstack", "r1", training_run="t1", trained_version=4)
    assert (ended.trained_version, ended.decision, ended.scores) == (4, "retrain", (SCORE,))


def test_a_training_of_an_unknown_run_is_an_error(lite):
    with pytest.raises(StoreError) as error:
        note_training(lite, "tagstack", "r9", training_run="t1")
    assert str(error.value) == f"No drift run r9 of tagstack is recorded in {lite.url}; run the drift pipeline."


def test_an_older_store_gets_the_tables_and_keeps_its_rows(store, url, suggestion, run):
    add_suggestions(store, [suggestion()])
    with transaction(store.engine) as connection:
        command.downgrade(schema.settings(connection), "0001")
    with open_store(url) as again:
        assert len(read_feedback(again)) == 1
        assert add(again, run()).run_id == "r1"


def test_a_moment_without_a_zone_is_refused(lite, run):
    with pytest.raises(StoreError, match="has no time zone"):
        history(lite, "tagstack", before=MOMENT.replace(tzinfo=None))

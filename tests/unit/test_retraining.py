import datetime as dt

import pytest
from pydantic import ValidationError

from tagstack.bootstrap import Estimate
from tagstack.drift.history import DriftRun, remember
from tagstack.drift.report import Diagnosis, DriftReport, DriftScore, MetricDrift, Period
from tagstack.errors import ConfigError
from tagstack.retraining import decide_retraining
from tagstack.retraining_settings import RetrainingSettings
from tagstack.settings_file import load_settings

DAY = dt.timedelta(days=1)
NOW = dt.datetime(2024, 11, 1, tzinfo=dt.UTC)
SCORE = DriftScore(name="embeddings", family="embeddings", statistic="AUC", reference=500, window=500, drifted=True)


def metric(name, *, drifted):
    value = Estimate(value=0.5, low=0.4, high=0.6)
    return MetricDrift(name=name, kind="classic", trained=value, realised=value, drifted=drifted)


@pytest.fixture
def report():
    """Make a report: `report("concept", severity="warning", lost="micro_f1")`."""

    def make(*kinds, severity="warning", lost=None, verdict=True, version=3):
        period = Period(since=NOW - 30 * DAY, until=NOW, questions=500, labelled=490)
        found = Diagnosis(kinds=kinds, severity=severity, reasons=(), tags=(), descriptors=(), recommendation="")
        return DriftReport(
            model_name="tagstack",
            version=version,
            model_sha256="a" * 64,
            trained_until=NOW - 60 * DAY,
            as_of=NOW,
            reference=period,
            window=period,
            scores=(SCORE.model_copy(update={"drifted": True if verdict else None}),),
            metrics=(metric("jaccard", drifted=False), *([metric(lost, drifted=True)] if lost else [])),
            diagnosis=found,
        )

    return make


@pytest.fixture
def past(report):
    """Make an earlier run: `past(7, "concept")` is of a week ago."""

    def make(days, *kinds, trained=False, **more):
        run = remember(report(*kinds, **more), run_id=f"r{days}")
        moment = {"as_of": NOW - days * DAY}
        return run.model_copy(update=moment | ({"training_run": f"t{days}"} if trained else {}))

    return make


@pytest.fixture
def decide():
    """Apply the rule: `decide(report, runs, drifted_runs=1)`."""

    def make(report, history=(), *, new_labels=490, **settings):
        rule = RetrainingSettings(**settings)
        return decide_retraining(report, history, new_labels=new_labels, settings=rule, now=NOW)

    return make


def test_one_alarm_does_not_train(report, past, decide):
    decision = decide(report("concept"), [past(7, severity="none"), past(14, severity="none")])
    assert (decision.retrain, decision.outcome, decision.drifted_runs, decision.runs) == (False, "none", 1, 3)
    assert decision.reason == (
        "No training: concept drift, warning; 1 of the last 3 runs of version 3 found drift that training helps, of 2 "
        "that are needed."
    )


def test_two_alarms_of_three_train(report, past, decide):
    decision = decide(report("vocabulary"), [past(7, severity="none"), past(14, "concept")])
    assert (decision.retrain, decision.outcome) == (True, "retrain")
    assert decision.reason == (
        "Train: vocabulary drift, warning; 2 of the last 3 runs of version 3 found drift that training helps."
    )


def test_an_alarm_that_is_too_long_ago_does_not_count(report, past, decide):
    quiet = [past(7, severity="none"), past(14, severity="none")]
    assert not decide(report("concept"), [*quiet, past(21, "concept")]).retrain


def test_a_quiet_run_after_two_alarms_does_not_train(report, past, decide):
    decision = decide(report(severity="none"), [past(7, "concept"), past(14, "concept")])
    assert not decision.wanted
    assert decision.reasons[0] == "no drift"


def test_one_critical_run_is_enough_unless_the_settings_say_no(report, decide):
    assert decide(report("concept", severity="critical")).retrain
    assert not decide(report("concept", severity="critical"), critical_at_once=False).retrain


def test_what_is_less_severe_than_asked_for_does_not_count(report, past, decide):
    found = report("concept", severity="info")
    runs = [past(days, "concept", severity="info") for days in (7, 14)]
    assert decide(found, runs).reasons[0] == "concept drift, only info"
    assert decide(found, runs, severity="info").retrain


def test_questions_that_only_look_different_do_not_train_until_a_metric_falls(report, past, decide):
    runs = [past(days, "covariate") for days in (7, 14)]
    assert decide(report("covariate"), runs).reasons[0] == (
        "covariate drift without a loss, which training does not help"
    )
    fallen = [past(days, "covariate", lost="micro_f1") for days in (7, 14)]
    decision = decide(report("covariate", lost="micro_f1"), fallen)
    assert (decision.retrain, decision.reasons[0]) == (True, "covariate drift with a loss of micro_f1, warning")
    assert decide(report("covariate"), runs, kinds=("covariate",)).retrain


def test_a_loss_without_a_known_kind_trains(report, past, decide):
    decision = decide(report(lost="micro_f1"), [past(7, lost="micro_f1")])
    assert (decision.retrain, decision.reasons[0]) == (True, "drift of no known kind with a loss of micro_f1, warning")


def test_a_metric_beside_the_headline_is_no_loss(report, past, decide):
    assert not decide(report("covariate", lost="macro_f1"), [past(7, "covariate", lost="macro_f1")]).wanted


def test_a_window_without_enough_data_neither_trains_nor_counts(report, past, decide):
    decision = decide(report("concept", verdict=False), [past(7, "concept"), past(14, "concept")])
    assert decision.reason == "No training: not enough data in the 500 questions of the window."
    gap = [past(7, "concept", verdict=False), past(14, severity="none"), past(21, "concept")]
    assert decide(report("concept"), gap).retrain


def test_drift_of_another_version_does_not_count(report, past, decide):
    assert not decide(report("concept"), [past(7, "concept", version=2), past(14, "concept", version=2)]).wanted


def test_what_looks_from_the_present_or_later_is_not_seen(report, past, decide):
    decision = decide(report("concept"), [past(0, "concept"), past(-7, "concept", trained=True)])
    assert (decision.runs, decision.last_training) == (1, None)


def test_runs_of_one_moment_count_once(report, past, decide):
    repeated = [past(7, severity="none"), past(7, severity="none"), past(14, "concept")]
    assert decide(report("concept"), repeated).retrain


@pytest.mark.parametrize(
    ("labels", "history", "settings", "obstacle"),
    [
        (199, (), {}, "199 new labelled questions, fewer than retraining.min_new_labels=200"),
        (490, (13,), {}, "the last training began 2024-10-19, retraining.cooldown_days end 2024-11-02"),
        (490, (15, 20), {"budget": 2}, "2 trainings in 30 days use up retraining.budget=2"),
    ],
)
def test_what_stands_against_a_training_is_named(report, past, decide, labels, history, settings, obstacle):
    runs = [past(days, "concept", trained=True, version=2) for days in history]
    decision = decide(report("concept", severity="critical"), runs, new_labels=labels, **settings)
    assert (decision.retrain, decision.wanted, decision.outcome) == (False, True, "blocked")
    assert decision.blocked_by == (obstacle,)
    assert decision.reason == f"Train, but not now: concept drift, critical; {obstacle}."


def test_cooldown_and_budget_end(report, past, decide):
    runs = [past(days, "concept", trained=True, version=2) for days in (14, 30)]
    decision = decide(report("concept", severity="critical"), runs, budget=2)
    assert (decision.retrain, decision.recent_trainings, decision.last_training) == (True, 1, NOW - 14 * DAY)


def test_a_training_counts_whatever_came_of_it(report, past, decide):
    failed = past(7, "concept", trained=True)
    assert failed.trained_version is None
    assert decide(report("concept", severity="critical"), [failed]).blocked_by


def test_the_decision_and_the_run_outlive_json(report, decide):
    found = report("concept", lost="micro_f1")
    decision = decide(found)
    assert type(decision).model_validate_json(decision.model_dump_json()) == decision
    run = remember(found, run_id="r1", decision=decision.outcome, reason=decision.reason)
    assert DriftRun.model_validate_json(run.model_dump_json()) == run
    assert (run.questions, run.labelled, run.lost) == (500, 490, ("micro_f1",))


def test_a_rule_that_can_never_be_fulfilled_is_refused():
    with pytest.raises(ConfigError, match=r"drifted_runs 4 can never be reached within runs 3"):
        load_settings(assignments=["retraining.drifted_runs=4"])
    with pytest.raises(ValidationError):
        RetrainingSettings(kinds=())

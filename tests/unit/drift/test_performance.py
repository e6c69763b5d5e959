import pytest

from tagstack.bootstrap import Estimate
from tagstack.drift.performance import find_metric_drift, match_past, realise_metrics
from tagstack.drift.settings import DriftSettings
from tagstack.scorecard import HEADLINE, CalibrationScore, Scorecard

SETTINGS = DriftSettings()


@pytest.fixture(scope="module")
def trained(before):
    """The scorecard of the reference."""
    found = realise_metrics(before, top_k=(1, 5), settings=SETTINGS)
    business = {name: found.pop(name) for name in ("at_least_one_in_top_5", "coverage", "suggestions_per_question")}
    return Scorecard(
        name="model",
        questions=len(before),
        questions_with_tags=len(before),
        questions_without_suggestion=0,
        classic=found,
        business=business,
        open={},
        tags=(),
        calibration=CalibrationScore(bins=(), expected_error=0, brier=0),
        curve=(),
        slices=(),
    )


def named(metrics):
    return {metric.name: metric for metric in metrics}


def test_metrics_stand_beside_those_of_training_in_their_order(before, questions, trained):
    metrics = find_metric_drift(before, questions(500, 1).sample(), trained, SETTINGS)
    assert [metric.name for metric in metrics] == [*trained.classic, *trained.business]
    assert {metric.kind for metric in metrics} == {"classic", "business"}
    assert all(metric.realised and metric.estimated for metric in metrics)
    assert "macro_f1" in named(metrics)


def test_without_a_change_no_headline_metric_fell(before, questions, trained):
    for seed in range(1, 6):
        metrics = named(find_metric_drift(before, questions(500, seed).sample(), trained, SETTINGS))
        assert not any(metrics[name].drifted for name in HEADLINE)


def test_a_model_whose_tags_changed_places_fell(before, questions, trained):
    window = questions(500, 1).exchange("sql", "java").exchange("r", "c").sample()
    metrics = named(find_metric_drift(before, window, trained, SETTINGS))
    assert metrics["micro_f1"].drifted
    assert metrics["jaccard"].drifted
    assert metrics["hamming_loss"].realised.value > metrics["hamming_loss"].trained.value
    assert not metrics["coverage"].drifted
    assert metrics["suggestions_per_question"].drifted is None


def test_without_tags_the_verdict_rests_on_the_estimate(before, questions, trained):
    metrics = named(find_metric_drift(before, questions(500, 1).sample(tagged=False), trained, SETTINGS))
    assert metrics["micro_f1"].realised is None
    assert metrics["micro_f1"].estimated.low < metrics["micro_f1"].trained.value
    assert metrics["micro_f1"].drifted is False


def test_a_small_window_has_values_but_no_verdict(before, questions, trained):
    metrics = find_metric_drift(before, questions(60, 1).sample(), trained, SETTINGS)
    assert all(metric.realised for metric in metrics)
    assert {metric.drifted for metric in metrics} == {None}


def test_an_empty_window_has_neither(before, questions, trained):
    metrics = find_metric_drift(before, questions(5, 1).only(0).sample(), trained, SETTINGS)
    assert {(metric.realised, metric.estimated, metric.drifted) for metric in metrics} == {(None, None, None)}


def test_days_on_which_all_ask_the_same_make_intervals_wider(questions):
    window = questions(400, 1).sample()
    alone = realise_metrics(window, top_k=(5,), settings=SETTINGS)["micro_f1"]
    again = [at for at in range(100) for _ in range(4)]
    rows = window.documents.iloc[again].reset_index(drop=True).assign(group=again)
    predictions = type(window.predictions)(window.predictions.probabilities[again], window.predictions.suggested[again])
    copied = type(window)(rows, rows, window.vectors[again], predictions, window.truth[again], window.classes)
    together = realise_metrics(copied, top_k=(5,), settings=SETTINGS)["micro_f1"]
    assert together.high - together.low > 1.5 * (alone.high - alone.low)


def test_past_estimates_are_matched_with_what_came_true():
    def around(value):
        return Estimate(value=value, low=value - 0.05, high=value + 0.05)

    past = match_past("jaccard", [(around(0.5), around(0.52)), (around(0.6), around(0.4))])
    assert (past.runs, past.covered) == (2, 0.5)
    assert (past.mean_error, past.mean_absolute_error) == pytest.approx((0.09, 0.11))
    assert match_past("jaccard", []).runs == 0

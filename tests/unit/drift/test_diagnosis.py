import pytest

from tagstack.bootstrap import Estimate
from tagstack.drift.concept import ALL, INPUTS, MEANING, ODDS
from tagstack.drift.diagnosis import diagnose
from tagstack.drift.report import DriftScore, MetricDrift, Moved, NewTag
from tagstack.drift.settings import DriftSettings
from tagstack.drift.vocabulary import SHARE

SETTINGS = DriftSettings()
FAMILIES = {MEANING: "concept", ODDS: "true_tags", INPUTS: "embeddings", SHARE: "vocabulary"}


def score(name, p_value, *, family=None, moved=()):
    return DriftScore(
        name=name,
        family=family or FAMILIES[name],
        statistic="z",
        value=4.0,
        threshold=3.0,
        effect=0.5,
        p_value=p_value,
        adjusted_p_value=p_value,
        reference=3000,
        window=1000,
        drifted=p_value <= 0.05,
        moved=tuple(Moved(name=tag, before=0.1, after=0.05, p_value=p_value) for tag in moved),
    )


def lost(name, value):
    def near(middle):
        return Estimate(value=middle, low=middle - 0.01, high=middle + 0.01)

    return MetricDrift(name=name, kind="classic", trained=near(0.6), realised=near(value), drifted=value < 0.55)


LENGTH = score("text length", 0.001, family="descriptors")
VECTORS = score("embeddings", 0.001, family="embeddings")
RATE = score("questions a day", 0.001, family="descriptors")
NEW = NewTag(tag="polars", before=0.0, after=0.03, questions=30, growth=90, p_value=0.002)


@pytest.mark.parametrize(
    ("scores", "new_tags", "kinds"),
    [
        ([], (), "none"),
        ([LENGTH], (), "covariate"),
        ([VECTORS, score(INPUTS, 0.001)], (), "covariate"),
        ([RATE], (), "none"),
        ([VECTORS, score(ODDS, 0.001, moved=["sql"])], (), "prior"),
        ([VECTORS, score(ODDS, 0.001, moved=["sql"]), score(INPUTS, 0.001)], (), "covariate, prior"),
        ([score(MEANING, 0.001, moved=["sql"])], (), "concept"),
        ([score(MEANING, 0.001, moved=["sql"]), score(ODDS, 0.001, moved=["sql", ALL])], (), "concept"),
        ([score(MEANING, 0.001, moved=["sql"]), score(ODDS, 0.001, moved=["sql", "r"])], (), "prior, concept"),
        ([score(SHARE, 0.001)], (), "vocabulary"),
        ([score(SHARE, 0.9)], (NEW,), "vocabulary"),
        ([VECTORS, score(SHARE, 0.9)], (NEW,), "vocabulary"),
        ([score(INPUTS, 0.001)], (), "none"),
    ],
)
def test_kinds_follow_from_what_explains_what(scores, new_tags, kinds):
    assert diagnose(scores, (), new_tags, SETTINGS).name == kinds


def test_one_test_of_six_that_is_barely_significant_is_no_diagnosis():
    assert diagnose([score(MEANING, 0.04, moved=["sql"])], (), (), SETTINGS).name == "none"
    assert diagnose([score(MEANING, 0.008, moved=["sql"])], (), (), SETTINGS).name == "concept"


def test_each_finding_is_a_line_with_its_numbers():
    scores = [score(MEANING, 0.001, moved=["sql"]), LENGTH, score(INPUTS, 0.001)]
    found = diagnose(scores, (lost("micro_f1", 0.5),), (NEW,), SETTINGS)
    assert found.reasons == (
        "covariate: text length, z 4 (drift from 3 on)",
        "concept: meaning of tags, z 4 (drift from 3 on); sql 10.00% to 5.00%",
        "vocabulary: polars grew from 0.00% to 3.00% of the questions (30)",
        "performance: micro_f1 realised 0.500, 0.600 in training",
    )
    assert found.tags == ("polars", "sql")
    assert found.descriptors == ("text length",)
    assert found.severity == "critical"


@pytest.mark.parametrize(
    ("scores", "metrics", "severity", "advice"),
    [
        ([score(MEANING, 0.9)], (), "none", "Nothing to do."),
        ([LENGTH], (), "info", "watch the metrics"),
        ([score(MEANING, 0.001)], (), "warning", "Train again"),
        ([score(MEANING, 0.9)], (lost("jaccard", 0.4),), "warning", "for a reason that no test names"),
        ([score(MEANING, 0.9)], (lost("samples_f1", 0.4),), "none", "Nothing to do."),
        ([LENGTH], (lost("jaccard", 0.4),), "critical", "the model is worse on them: train again"),
    ],
)
def test_severity_and_advice_follow_from_kinds_and_losses(scores, metrics, severity, advice):
    found = diagnose(scores, metrics, (), SETTINGS)
    assert found.severity == severity
    assert advice in found.recommendation


def test_other_questions_are_not_called_harmless_beside_a_changed_meaning():
    found = diagnose([LENGTH, score(INPUTS, 0.001), score(MEANING, 0.001)], (), (), SETTINGS)
    assert found.kinds == ("covariate", "concept")
    assert found.recommendation == "Train again on questions from after the change: old ones teach the old meaning."


def test_the_sum_of_all_tags_is_not_told_as_one_that_moved():
    found = diagnose([score(MEANING, 0.001, moved=(ALL, "sql"))], (), (), SETTINGS)
    [reason] = found.reasons
    assert reason.endswith("; sql 10.00% to 5.00%")


def test_without_a_verdict_there_is_no_drift_and_a_reason_that_says_so():
    note = "not enough data: 12 questions in the window, 100 are needed (drift.min_questions)"
    silent = DriftScore(name=MEANING, family="concept", statistic="z", reference=900, window=12, note=note)
    found = diagnose([silent], (), (), SETTINGS)
    assert (found.name, found.severity, found.reasons) == ("none", "none", (note,))
    assert found.recommendation == "Wait for more questions, or widen the window (drift.window_days)."

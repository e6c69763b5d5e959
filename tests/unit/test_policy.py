import datetime as dt

import numpy as np
import pytest
import scipy.sparse as sp

from tagstack.config import EvaluationSettings, FloorSettings, PolicySettings
from tagstack.errors import ModelError
from tagstack.metrics import Counts, Predictions
from tagstack.policy import PairedScores, PromotionDecision, decide
from tagstack.scorecard import Evaluation
from tagstack.scoring import GroundTruth, score

SETTINGS = PolicySettings(
    floors=FloorSettings(micro_f1=0.5, jaccard=0.4, at_least_one_in_top_5=0.6, coverage=0.5), bootstrap_samples=200
)
DAY = dt.datetime(2018, 5, 1, tzinfo=dt.UTC)


def scorecard(name, *, noise, seed=0):
    """Eight tags; the noisier, the worse."""
    generator = np.random.default_rng(seed)
    true = generator.random((300, 8)) < 0.25
    probabilities = np.clip(true + generator.normal(scale=noise, size=true.shape), 0, 1).astype(np.float32)
    truth = GroundTruth(tuple("abcdefgh"), sp.csr_array(true), true.sum(axis=1))
    settings = EvaluationSettings(bootstrap_samples=10)
    return score(name, Predictions(probabilities, probabilities > 0.5), truth, settings=settings)


def evaluation(*, noise=0.3, baseline_noise=3.0):
    baselines = () if baseline_noise is None else (scorecard("popularity", noise=baseline_noise),)
    model = scorecard("dense", noise=noise)
    return Evaluation(model_sha256="ab" * 32, first=DAY, last=DAY, model=model, baselines=baselines)


def pair(*, gain, questions=2000):
    """Challenger and champion find 60% of three tags a question; the challenger `gain` more."""
    generator = np.random.default_rng(0)
    draws = generator.random((questions, 3))
    champion, challenger = ((draws < share).sum(axis=1).astype(float) for share in (0.6, 0.6 + gain))
    three = np.full(questions, 3.0)
    counts = [Counts(9, correct, three, three, three, {5: correct}) for correct in (challenger, champion)]
    return PairedScores("7", *counts)


def test_a_good_model_without_a_champion_is_accepted():
    decision = decide(evaluation(), settings=SETTINGS)
    assert decision.accepted
    assert decision.reason == "Accepted: all 5 rules passed."
    assert (decision.champion, decision.questions, decision.model_sha256) == (None, 300, "ab" * 32)
    assert PromotionDecision.model_validate_json(decision.model_dump_json()) == decision


def test_a_floor_that_is_missed_is_named_with_value_and_threshold():
    settings = SETTINGS.model_copy(update={"floors": SETTINGS.floors.model_copy(update={"jaccard": 0.99})})
    decision = decide(evaluation(), settings=settings)
    assert decision.verdict == "refused"
    assert [rule.name for rule in decision.rules if not rule.passed] == ["floor jaccard"]
    assert decision.reason.startswith("Refused: jaccard 0.")
    assert decision.reason.endswith(" is below 0.990.")
    assert "\n" not in decision.reason


def test_a_model_no_better_than_popularity_is_refused():
    decision = decide(evaluation(baseline_noise=0.3), settings=SETTINGS)
    assert [rule.name for rule in decision.rules if not rule.passed] == ["beats popularity"]
    assert "is not above the popularity baseline's" in decision.reason


def test_a_model_never_compared_with_popularity_is_refused():
    assert "add popularity to evaluation.baselines" in decide(evaluation(baseline_noise=None), settings=SETTINGS).reason


@pytest.mark.parametrize(("gain", "verdict"), [(0.05, "accepted"), (0.0, "accepted"), (-0.05, "refused")])
@pytest.mark.parametrize("metric", ["micro_f1", "jaccard", "at_least_one_in_top_5"])
def test_a_challenger_is_refused_where_it_is_worse_than_the_champion(gain, verdict, metric):
    settings = SETTINGS.model_copy(update={"compare_by": metric})
    decision = decide(evaluation(), settings=settings, champion=pair(gain=gain))
    assert decision.verdict == verdict
    assert decision.champion == "7"


def test_the_margin_lets_a_small_loss_pass():
    strict, lenient = (SETTINGS.model_copy(update={"max_loss": loss}) for loss in (0.01, 0.1))
    assert not decide(evaluation(), settings=strict, champion=pair(gain=-0.05)).accepted
    assert decide(evaluation(), settings=lenient, champion=pair(gain=-0.05)).accepted


def test_few_questions_cannot_show_that_a_challenger_is_no_worse():
    settings = SETTINGS.model_copy(update={"max_loss": 0.03, "min_new_questions": 10})
    assert decide(evaluation(), settings=settings, champion=pair(gain=-0.02)).accepted
    few = decide(evaluation(), settings=settings, champion=pair(gain=-0.02, questions=60))
    assert not few.accepted
    assert "of champion 7; micro_f1 difference -0." in few.reason


def test_questions_that_the_champion_knows_cannot_decide():
    decision = decide(evaluation(), settings=SETTINGS, champion=pair(gain=0.1, questions=60))
    assert not decision.accepted
    assert "only 60 test questions are new to champion 7, fewer than the 100" in decision.reason


def test_models_scored_on_different_questions_are_not_compared():
    first, second = pair(gain=0.0), pair(gain=0.0, questions=10)
    with pytest.raises(ModelError, match="were scored on different questions"):
        PairedScores("7", first.challenger_counts, second.champion_counts)


@pytest.mark.parametrize(("gain", "verdict"), [(0.0, "accepted"), (-0.05, "refused")])
def test_a_challenger_must_not_lose_on_the_newest_questions_either(gain, verdict):
    decision = decide(evaluation(), settings=SETTINGS, champion=pair(gain=0.05), newest=pair(gain=gain))
    assert decision.verdict == verdict
    rule = decision.rules[-1]
    assert rule.name == "no loss on the newest questions"
    assert rule.reason.startswith("on the 2000 newest questions micro_f1 on all tags")


def test_too_few_newest_questions_leave_the_decision_to_the_test_questions():
    few = pair(gain=-0.5, questions=SETTINGS.min_new_questions - 1)
    decision = decide(evaluation(), settings=SETTINGS, champion=pair(gain=0.05), newest=few)
    assert decision.accepted
    assert decision.rules[-1].reason == (
        "only 99 newest questions are new to both models, so the test questions decide alone"
    )

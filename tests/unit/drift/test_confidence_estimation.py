import numpy as np
import pytest
import scipy.sparse as sp

from tagstack.drift.confidence_estimation import estimate_metrics, log_odds, recalibrate
from tagstack.drift.performance import realise_metrics
from tagstack.drift.settings import DriftSettings

SETTINGS = DriftSettings()
NAMES = ("micro_precision", "micro_recall", "micro_f1", "jaccard", "at_least_one_in_top_5", "at_least_one_suggested")
OPTIONS = {"confidence": 0.95, "seed": 0}


def realised(sample):
    return realise_metrics(sample, top_k=(5,), settings=SETTINGS)


def test_estimates_hold_what_comes_true(before, questions):
    inside = []
    for seed in range(1, 11):
        window = questions(600, seed).sample()
        estimated, true = estimate_metrics(before, window, **OPTIONS), realised(window)
        inside += [estimated[name].low <= true[name].value <= estimated[name].high for name in NAMES]
        assert estimated["jaccard"].value == pytest.approx(true["jaccard"].value, abs=0.06)
    assert np.mean(inside) >= 0.85


def test_estimates_follow_questions_that_are_harder(before, questions):
    window = questions(4000, 1).other_topics().sample()
    estimated, true = estimate_metrics(before, window, **OPTIONS), realised(window)
    trained = realised(before)
    for name in NAMES:
        assert abs(estimated[name].value - true[name].value) < max(abs(trained[name].value - true[name].value), 0.02)


def test_bad_calibration_is_mended_on_the_reference(questions):
    reference = questions(3000, 0, calibration=2.5).sample()
    window = questions(1500, 1, calibration=2.5).sample()
    estimated, true = estimate_metrics(reference, window, **OPTIONS), realised(window)
    assert estimated["micro_f1"].value == pytest.approx(true["micro_f1"].value, abs=0.03)
    blind = estimate_metrics(questions(3000, 0, calibration=2.5).sample(tagged=False), window, **OPTIONS)
    assert abs(blind["micro_f1"].value - true["micro_f1"].value) > 0.06


def test_what_needs_no_tags_is_known_exactly(before, questions):
    window = questions(300, 1).sample(tagged=False)
    estimated = estimate_metrics(before, window, **OPTIONS)
    coverage = window.predictions.suggested.any(axis=1).mean()
    assert (estimated["coverage"].low, estimated["coverage"].high) == pytest.approx((coverage, coverage))
    many = window.predictions.suggested.sum(axis=1).mean()
    assert estimated["suggestions_per_question"].value == pytest.approx(many)


def test_recalibration_leaves_a_tag_without_evidence_as_it_is():
    said = np.full((50, 2), 0.01, np.float32)
    fitted = recalibrate(said, sp.csr_array(np.zeros((50, 2), bool)))
    assert fitted.apply(said) == pytest.approx(said, abs=0.006)


def test_recalibration_finds_a_line_in_log_odds(questions):
    sample = questions(4000, 0, calibration=2.0).sample()
    fitted = recalibrate(sample.predictions.probabilities, sample.truth)
    assert fitted.slope == pytest.approx(np.full(6, 0.5), abs=0.08)


def test_certain_probabilities_have_finite_odds():
    assert np.isfinite(log_odds([0.0, 1.0])).all()

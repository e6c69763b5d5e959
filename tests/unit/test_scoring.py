import numpy as np
import pytest
import scipy.sparse as sp
from sklearn import metrics as reference

from tagstack.config import EvaluationSettings
from tagstack.metrics import Predictions
from tagstack.scorecard import HEADLINE, Scorecard
from tagstack.scoring import GroundTruth, precision_recall_curve, score, score_calibration

SETTINGS = EvaluationSettings(bootstrap_samples=50, top_k=(1, 2))


@pytest.fixture(scope="module")
def case():
    generator = np.random.default_rng(0)
    probabilities = generator.beta(0.5, 2, size=(400, 6)).astype(np.float32)
    true = generator.random((400, 6)) < probabilities
    predictions = Predictions(probabilities, probabilities >= 0.4, np.full(6, 0.4, np.float32))
    tags = true.sum(axis=1) + generator.integers(0, 3, 400)
    halves = {"first": np.arange(400) < 200, "nobody": np.zeros(400, bool)}
    truth = GroundTruth(tuple("abcdef"), sp.csr_array(true), tags, halves)
    return predictions, truth, score("model", predictions, truth, settings=SETTINGS)


def test_a_scorecard_survives_json(case):
    assert Scorecard.model_validate_json(case[2].model_dump_json()) == case[2]


def test_every_value_lies_in_its_interval_and_the_headline_is_complete(case):
    card = case[2]
    for estimate in (*card.classic.values(), *card.business.values(), *card.open.values()):
        assert estimate.low <= estimate.value <= estimate.high
    assert tuple(card.headline()) == HEADLINE
    assert {"recall_at_1", "recall_at_2", "recall_at_5", "macro_f1", "weighted_f1"} <= card.classic.keys()
    assert {"at_least_one_in_top_2", "all_suggested", "coverage"} <= card.business.keys()


def test_questions_are_counted_by_what_they_have(case):
    predictions, truth, card = case
    assert card.questions == 400
    assert card.questions_with_tags == int((truth.matrix.sum(axis=1) > 0).sum()) < 400
    assert card.questions_without_suggestion == int((~predictions.suggested.any(axis=1)).sum()) > 0


def test_tags_show_support_and_threshold(case):
    predictions, truth, card = case
    f1 = reference.f1_score(truth.matrix.toarray(), predictions.suggested, average=None)
    assert [tag.f1 for tag in card.tags] == pytest.approx(f1.tolist())
    assert [tag.tag for tag in card.tags] == list("abcdef")
    assert card.tags[0].threshold == pytest.approx(0.4)


def test_a_slice_scores_its_questions_alone_and_an_empty_one_is_left_out(case):
    predictions, truth, card = case
    (part,) = card.slices
    expected = reference.f1_score(truth.matrix.toarray()[:200], predictions.suggested[:200], average="micro")
    assert (part.name, part.questions) == ("first", 200)
    assert part.metrics["micro_f1"].value == pytest.approx(expected)


def test_brier_and_curve_equal_scikit_learn(case):
    predictions, truth, card = case
    true, probabilities = truth.matrix.toarray().ravel(), predictions.probabilities.ravel()
    assert card.calibration.brier == pytest.approx(reference.brier_score_loss(true, probabilities), abs=1e-6)
    for point in card.curve[::10]:
        above = probabilities >= np.float32(point.threshold)
        expected = reference.precision_score(true, above), reference.recall_score(true, above)
        assert (point.precision, point.recall) == pytest.approx(expected)


def test_true_probabilities_have_a_small_calibration_error_and_false_ones_a_large_one(case):
    predictions, truth, card = case
    assert card.calibration.expected_error < 0.03
    overconfident = np.where(predictions.probabilities > 0.3, np.float32(1), np.float32(0))
    assert score_calibration(overconfident, truth.matrix).expected_error > 0.15
    assert sum(part.pairs for part in card.calibration.bins) == 2400


def test_the_curve_ends_where_nothing_is_suggested():
    curve = precision_recall_curve(np.full((2, 2), 0.305, np.float32), sp.csr_array(np.eye(2, dtype=bool)))
    assert [curve[0].threshold, curve[-1].threshold] == [0.0, 0.3]
    assert (curve[-1].precision, curve[-1].recall) == (0.5, 1.0)

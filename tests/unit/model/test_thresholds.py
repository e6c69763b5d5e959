import numpy as np
import pytest
from sklearn.metrics import f1_score

from tagstack.model.thresholds import TOLERANCE, fit_thresholds


def draw(documents, tags, seed=0):
    generator = np.random.default_rng(seed)
    probabilities = generator.beta(0.4, 2.0, size=(documents, tags)).astype(np.float32)
    return probabilities, (generator.random(probabilities.shape) < probabilities).astype(np.float32)


def micro_f1(tags, suggested):
    return f1_score(tags, suggested, average="micro")


def test_micro_f1_comes_close_to_the_best_global_threshold():
    probabilities, tags = draw(2000, 5)
    best = max(micro_f1(tags, probabilities >= cut) for cut in np.linspace(0.1, 0.6, 51))
    assert micro_f1(tags, probabilities >= fit_thresholds(probabilities, tags)) > best - 2 * TOLERANCE


def test_on_calibrated_probabilities_thresholds_lie_near_half_of_the_best_f1():
    probabilities, tags = draw(20_000, 3)
    thresholds = fit_thresholds(probabilities, tags)
    half = micro_f1(tags, probabilities >= thresholds) / 2
    assert thresholds == pytest.approx(half, abs=0.06)


def test_a_frequent_tag_whose_probabilities_are_too_high_gets_a_higher_threshold_of_its_own():
    probabilities, tags = draw(5000, 4)
    probabilities[:, 0] = np.minimum(1, probabilities[:, 0] * 2)
    thresholds = fit_thresholds(probabilities, tags)
    assert thresholds[0] > thresholds[1:].max() + 0.05


def test_a_tag_without_examples_gets_the_global_threshold():
    probabilities, tags = draw(1000, 4)
    tags[:, 3] = 0
    alone = fit_thresholds(probabilities, tags)
    pair = fit_thresholds(np.delete(probabilities, 3, axis=1), np.delete(tags, 3, axis=1))
    assert pair.min() - 0.1 < alone[3] < pair.max() + 0.1


def test_no_document_is_on_the_edge():
    probabilities = np.array([[0.9], [0.8], [0.2], [0.1]], np.float32)
    threshold = fit_thresholds(probabilities, np.array([[1], [1], [0], [0]], np.float32))
    assert threshold[0] == pytest.approx(0.5)

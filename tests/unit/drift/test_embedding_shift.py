import numpy as np
import pytest
from sklearn.linear_model import Ridge
from sklearn.metrics import roc_auc_score

from tagstack.drift import embedding_shift
from tagstack.drift.embedding_shift import SHRINKAGE, domain_auc, leave_one_out, score_embeddings
from tagstack.drift.permutation import relabel
from tagstack.drift.settings import DriftSettings

SETTINGS = DriftSettings(permutations=60, min_auc=0.5)


def vectors(generator, reference, window, *, shift=0.0, dimension=8):
    drawn = generator.normal(size=(reference + window, dimension)).astype(np.float32) * np.geomspace(
        1, 0.1, dimension, dtype=np.float32
    )
    drawn[reference:, 1] += shift
    return drawn


def test_scores_are_those_of_regressions_that_did_not_see_the_question(monkeypatch):
    monkeypatch.setattr(embedding_shift, "_BLOCK", 16)
    generator = np.random.default_rng(0)
    x = vectors(generator, 30, 10)
    y = relabel(reference=30, window=10, permutations=3, seed=0).astype(np.float32)
    centred = x - x.mean(axis=0)
    scatter = (centred**2).sum() / x.shape[1]
    found = leave_one_out(x, y)
    for row, target in zip(found, y, strict=True):
        for left in range(len(x)):
            others = np.arange(len(x)) != left
            # The mean and the penalty are those of all vectors; the intercept is not penalised.
            model = Ridge(alpha=SHRINKAGE * scatter).fit(x[others], target[others])
            expected = model.predict(x[[left]])[0] - target[others].mean()
            assert row[left] == pytest.approx(expected, abs=2e-5)


def test_the_area_is_that_of_the_leave_one_out_scores():
    generator = np.random.default_rng(0)
    x = vectors(generator, 50, 20, shift=0.5)
    labels = relabel(reference=50, window=20, permutations=4, seed=0)
    expected = [
        roc_auc_score(one, row) for one, row in zip(labels, leave_one_out(x, labels.astype(np.float32)), strict=True)
    ]
    assert domain_auc(x, labels) == pytest.approx(expected)


@pytest.mark.parametrize(("reference", "window"), [(300, 25), (25, 100)])
def test_vectors_that_did_not_shift_are_rarely_told_apart_whatever_the_sizes(reference, window):
    generator, runs, alarms = np.random.default_rng(1), 200, 0
    for run in range(runs):
        labels = relabel(reference=reference, window=window, permutations=60, seed=run)
        alarms += score_embeddings(vectors(generator, reference, window), labels, SETTINGS).drifted
    assert alarms / runs < 0.05 + 3 * np.sqrt(0.05 * 0.95 / runs)


def test_a_shift_is_found_in_a_small_window():
    generator = np.random.default_rng(2)
    labels = relabel(reference=300, window=100, permutations=60, seed=0)
    found = [score_embeddings(vectors(generator, 300, 100, shift=0.5), labels, SETTINGS) for _ in range(20)]
    assert sum(one.drifted for one in found) >= 19
    assert all(one.null.low < 0.5 < one.null.high for one in found)


def test_what_matters_little_is_no_drift_however_sure():
    generator = np.random.default_rng(2)
    labels = relabel(reference=3000, window=3000, permutations=60, seed=0)
    x = vectors(generator, 3000, 3000, shift=0.1)
    sure = score_embeddings(x, labels, SETTINGS)
    assert sure.drifted
    assert sure.note == ""
    small = score_embeddings(x, labels, DriftSettings(permutations=60, min_auc=0.6))
    assert small.drifted is False
    assert small.threshold == 0.6
    assert small.adjusted_p_value == sure.adjusted_p_value
    assert small.note == "significant, but no larger than ordinary months differ"


def test_equal_vectors_do_not_shift():
    labels = relabel(reference=20, window=20, permutations=60, seed=0)
    assert score_embeddings(np.ones((40, 5), np.float32), labels, SETTINGS).drifted is False


def test_more_dimensions_than_questions_are_no_obstacle():
    generator = np.random.default_rng(3)
    labels = relabel(reference=60, window=40, permutations=60, seed=0)
    still = score_embeddings(vectors(generator, 60, 40, dimension=300), labels, SETTINGS)
    moved = vectors(generator, 60, 40, dimension=300)
    moved[60:] += 0.3
    assert not still.drifted
    assert score_embeddings(moved, labels, SETTINGS).drifted

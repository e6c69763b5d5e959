import numpy as np
import pytest

from tagstack.bootstrap import Ratio, estimate, resample_ratios, resamples


def test_resamples_draw_as_many_documents_as_there_are_in_blocks_too(monkeypatch):
    whole = np.concatenate(list(resamples(50, samples=7, seed=1)))
    assert whole.shape == (7, 50)
    assert (whole.sum(axis=1) == 50).all()
    monkeypatch.setattr("tagstack.bootstrap._WEIGHTS_IN_MEMORY", 120)
    assert np.array_equal(np.concatenate(list(resamples(50, samples=7, seed=1))), whole)


def test_intervals_of_a_mean_cover_the_truth_about_as_often_as_they_say():
    generator, covered = np.random.default_rng(0), 0
    for seed in range(200):
        sample = (generator.random(300) < 0.3).astype(float)
        found = estimate({"mean": Ratio(sample, np.ones(300))}, samples=200, seed=seed, confidence=0.9)["mean"]
        covered += found.low <= 0.3 <= found.high
    assert 0.83 <= covered / 200 <= 0.96


def test_resampled_ratios_spread_as_theory_says():
    sample = np.random.default_rng(0).random(1000)
    drawn = resample_ratios([Ratio(sample, np.ones(1000))], samples=1000, seed=0)
    assert drawn.std() == pytest.approx(sample.std() / np.sqrt(1000), rel=0.1)


def test_all_metrics_are_resampled_over_the_same_documents():
    sample = np.random.default_rng(0).random(100)
    drawn = resample_ratios([Ratio(sample, np.ones(100)), Ratio(2 * sample, np.ones(100))], samples=20, seed=0)
    assert np.allclose(2 * drawn[:, 0], drawn[:, 1])


def test_an_empty_part_has_the_value_zero():
    ratio = Ratio(np.ones(3), np.ones(3)).where(np.zeros(3, bool))
    assert estimate({"none": ratio}, samples=5, seed=0, confidence=0.9)["none"].model_dump() == {
        "value": 0.0,
        "low": 0.0,
        "high": 0.0,
    }

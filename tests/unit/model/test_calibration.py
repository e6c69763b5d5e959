import numpy as np
import pytest
from scipy.special import expit

from tagstack.errors import ModelError
from tagstack.model.calibration import MIN_SUPPORT, fit_calibration


@pytest.fixture(scope="module")
def case():
    """Scores of three tags whose true log-odds are twice the score less one; the third tag is rare."""
    generator = np.random.default_rng(0)
    logits = generator.normal(size=(4000, 3)).astype(np.float32)
    tags = (generator.random(logits.shape) < expit(2 * logits - 1)).astype(np.float32)
    tags[np.cumsum(tags[:, 2]) > MIN_SUPPORT - 1, 2] = 0
    return logits, tags


@pytest.mark.parametrize("method", ["sigmoid", "isotonic"])
def test_probabilities_come_out_as_they_were_made(case, method):
    logits, tags = case
    found = fit_calibration(logits, tags, method=method).apply(logits)
    assert found.dtype == np.float32
    assert np.abs(found[:, :2] - expit(2 * logits[:, :2] - 1)).mean() < 0.03


def test_without_calibration_scores_are_log_odds(case):
    logits, tags = case
    assert np.allclose(fit_calibration(logits, tags, method="none").apply(logits), expit(logits))


def test_a_rare_tag_shares_the_map_of_all_tags(case):
    logits, tags = case
    slope = fit_calibration(logits, tags, method="sigmoid").arrays["slope"]
    whole = fit_calibration(logits.reshape(-1, 1), tags.reshape(-1, 1), method="sigmoid").arrays["slope"]
    assert slope[2] == pytest.approx(whole[0])
    assert slope[0] != pytest.approx(whole[0])


@pytest.mark.parametrize("method", ["sigmoid", "isotonic"])
def test_higher_scores_never_get_lower_probabilities(case, method):
    logits, tags = case
    grid = np.linspace(-9, 9, 500, dtype=np.float32)[:, None].repeat(3, axis=1)
    assert (np.diff(fit_calibration(logits, tags, method=method).apply(grid), axis=0) >= -1e-7).all()


@pytest.mark.parametrize(("value", "word"), [(0, "None"), (1, "Every one")])
def test_tags_that_never_differ_are_refused(value, word):
    with pytest.raises(ModelError, match=f"{word} of the 5 calibration documents has"):
        fit_calibration(np.zeros((5, 2), np.float32), np.full((5, 2), value, np.float32), method="sigmoid")

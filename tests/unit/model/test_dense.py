import numpy as np
import pytest
from sklearn.metrics import f1_score

from tagstack.config import DenseSettings, ModelSettings
from tagstack.model.heads import Examples, fit_head, head_from_weights

SETTINGS = ModelSettings(dense=DenseSettings(units=16, learning_rate=0.05, dropout=0.1, max_epochs=12, batch_size=48))


@pytest.fixture(scope="module")
def parts(toy):
    members = [toy.split.members(part) for part in ("train", "calibrate", "test")]
    return [Examples(toy.embeddings.rows(ids), toy.labels.rows(ids).toarray().astype(np.float32)) for ids in members]


@pytest.fixture(scope="module")
def head(parts):
    return fit_head(parts[0], parts[1], settings=SETTINGS)


def test_tags_that_a_line_separates_are_learnt(parts, head):
    assert f1_score(parts[2].tags, head.logits(parts[2].vectors) > 0, average="micro") > 0.85


def test_the_same_seed_gives_the_same_weights(parts, head):
    again = fit_head(parts[0], parts[1], settings=SETTINGS).weights()
    assert all(np.array_equal(again[name], array) for name, array in head.weights().items())


def test_training_stops_once_the_calibration_part_gets_no_better(parts):
    # Tags that mean nothing can only be learnt by heart: the best epoch is an early one, and its weights are kept.
    noise = np.random.default_rng(0)
    random = [Examples(part.vectors, (noise.random(part.tags.shape) < 0.5).astype(np.float32)) for part in parts]
    settings = SETTINGS.model_copy(update={"dense": DenseSettings(units=64, learning_rate=0.05, patience=1)})
    assert np.abs(fit_head(random[0], random[1], settings=settings).logits(parts[2].vectors)).max() < 3


def test_weights_alone_make_the_same_head(parts, head):
    vectors = parts[2].vectors
    assert np.array_equal(head_from_weights(head.weights()).logits(vectors), head.logits(vectors))

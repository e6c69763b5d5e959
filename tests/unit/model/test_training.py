import datetime as dt

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score

from tagstack.config import LogisticSettings, ModelSettings
from tagstack.embeddings import EmbeddingMatrix
from tagstack.errors import FingerprintError, ModelError
from tagstack.labels import label_documents
from tagstack.model.heads import Examples, fit_head
from tagstack.model.tagmodel import Recipe
from tagstack.model.training import train
from tagstack.split import Split, report_split

SETTINGS = ModelSettings(head="logistic", logistic=LogisticSettings(c=100.0))


def fit(toy, settings=SETTINGS, **options):
    return train(toy.embeddings, toy.labels, toy.split, settings=settings, recipe=Recipe(), **options)


@pytest.fixture(scope="module")
def model(toy):
    return fit(toy)


@pytest.mark.parametrize("calibration", ["sigmoid", "isotonic", "none"])
def test_tags_that_a_line_separates_are_learnt(toy, calibration):
    found = fit(toy, SETTINGS.model_copy(update={"calibration": calibration})).predict(
        toy.embeddings, toy.split.members("test")
    )
    true = toy.labels.rows(toy.split.members("test")).toarray()
    assert f1_score(true, found.suggested, average="micro") > 0.9
    assert found.probabilities.min() >= 0
    assert found.probabilities.max() <= 1


def test_the_same_data_and_seed_give_the_same_model_and_other_data_another(toy, model):
    assert fit(toy).sha256 == model.sha256
    fewer = Split(toy.split.ids, np.where(np.arange(400) < 5, -1, toy.split.parts).astype(np.int8))
    assert train(toy.embeddings, toy.labels, fewer, settings=SETTINGS, recipe=Recipe()).sha256 != model.sha256


def test_the_test_part_has_no_influence(toy, model):
    vectors = np.where(toy.split.parts[:, None] == 2, np.float32(7), toy.embeddings.vectors)
    other = EmbeddingMatrix(toy.embeddings.ids, vectors, toy.embeddings.encoder)
    assert train(other, toy.labels, toy.split, settings=SETTINGS, recipe=Recipe()).sha256 == model.sha256


def test_the_order_and_company_of_documents_do_not_change_what_is_said_of_one(toy, model):
    ids = toy.split.members("test")
    whole = model.predict(toy.embeddings, ids).probabilities
    assert np.allclose(model.predict(toy.embeddings, ids[::-1]).probabilities[::-1], whole, atol=1e-6)
    assert np.allclose(model.predict(toy.embeddings, ids[:1]).probabilities, whole[:1], atol=1e-6)


def test_moving_along_a_tags_direction_makes_it_more_probable(toy, model):
    vectors = toy.embeddings.vectors[:50]
    towards = vectors + np.eye(8, dtype=np.float32)[2] * 0.3
    assert (model.fitted.logits(towards)[:, 2] > model.fitted.logits(vectors)[:, 2]).all()
    assert (model.probabilities(towards)[:, 2] >= model.probabilities(vectors)[:, 2]).all()


def test_no_documents_have_no_predictions(toy, model):
    assert model.predict(toy.embeddings, np.empty(0, np.int64)).suggested.shape == (0, 4)


def test_ranking_puts_the_most_probable_first(model):
    assert model.rank(np.array([[0.1, 0.7, 0.0, 0.9]], np.float32), 2).tolist() == [[3, 1]]


def test_the_card_tells_classes_supports_dates_and_versions(toy):
    report = report_split(toy.split, np.datetime64("2018-01-01") + np.arange(400), toy.labels)
    card = fit(toy, report=report).card
    assert card.classes == toy.labels.classes
    assert card.supports[0] == sum("c#" in own for own in toy.tags[:240])
    assert [part.part for part in card.parts] == ["train", "calibrate"]
    assert card.parts[0].first == dt.datetime(2018, 1, 1, tzinfo=dt.UTC)
    assert {"tagstack", "python", "numpy", "scikit-learn"} == card.versions.keys()


def test_one_product_for_all_tags_equals_a_regression_a_tag(toy):
    vectors, tags = toy.embeddings.vectors, toy.labels.matrix.toarray()
    settings = ModelSettings(head="logistic", logistic=LogisticSettings(c=3.0, max_iterations=500))
    examples = Examples(vectors, tags.astype(np.float32))
    found = fit_head(examples, examples, settings=settings).logits(vectors)
    single = [LogisticRegression(C=3.0, tol=1e-8, max_iter=1000).fit(vectors, column) for column in tags.T]
    expected = np.stack([one.decision_function(vectors) for one in single], axis=1)
    assert np.allclose(found, expected, atol=0.05)


def test_vectors_of_another_encoder_are_refused(toy, model):
    other = toy.embeddings.encoder.model_copy(update={"handle": "other"})
    with pytest.raises(FingerprintError, match="handle 'other' / 'toy'"):
        model.predict(EmbeddingMatrix(toy.embeddings.ids, toy.embeddings.vectors, other), toy.split.members("test"))


def test_vectors_of_another_length_are_refused(model):
    with pytest.raises(ModelError, match=r"reads vectors \[n, 8\], got \[2, 3\]"):
        model.probabilities(np.zeros((2, 3), np.float32))


@pytest.mark.parametrize("part", ["train", "calibrate"])
def test_a_part_without_any_of_the_tags_is_refused_in_one_line(toy, part):
    inside = np.isin(toy.split.ids, toy.split.members(part))
    tags = [[] if empty else own for empty, own in zip(inside, toy.tags, strict=True)]
    labels = label_documents(toy.split.ids, tags, toy.labels.classes)
    with pytest.raises(ModelError, match=rf"of the {part} part has one of the 4 tags") as error:
        train(toy.embeddings, labels, toy.split, settings=SETTINGS, recipe=Recipe())
    assert "\n" not in str(error.value)

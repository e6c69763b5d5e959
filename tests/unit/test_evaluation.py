import numpy as np
import pyarrow as pa
import pytest

from tagstack.config import EvaluationSettings, LogisticSettings, ModelSettings
from tagstack.embeddings import EmbeddingMatrix, EncoderFingerprint
from tagstack.errors import ModelError
from tagstack.evaluation import evaluate
from tagstack.labels import label_documents
from tagstack.model.tagmodel import Recipe
from tagstack.model.training import train
from tagstack.scorecard import Evaluation
from tagstack.split import Split
from tagstack.table import DOCUMENTS, write_table

CLASSES = ("css", "rust", "sql")
SETTINGS = EvaluationSettings(bootstrap_samples=20, short_text_characters=20, rare_tag_support=40)


@pytest.fixture(scope="module")
def world():
    """300 documents; rust is rare; one in four has a tag that the model does not know."""
    generator = np.random.default_rng(0)
    ids = generator.permutation(300).astype(np.int64)
    chosen = generator.random((300, 3)) < [0.5, 0.1, 0.5]
    tags = [[tag for tag, has in zip(CLASSES, row, strict=True) if has] for row in chosen]
    tags = [own + ["unknown"] * (at % 4 == 0) for at, own in enumerate(tags)]
    vectors = (chosen + generator.normal(scale=0.3, size=(300, 3))).astype(np.float32)
    encoder = EncoderFingerprint(handle="toy", module_sha256="0" * 64, mode="separate", max_characters=9, dimension=3)
    rows = {
        "post_id": ids,
        "created_at": np.datetime64("2017-06-01", "us") + np.arange(300) * np.timedelta64(1, "D"),
        "title": [f"question {at % 7}" for at in range(300)],
        "text": [" ".join(own) * (1 + at % 3) for at, own in enumerate(tags)],
        "code": ["x" * 100 * (at % 2) for at in range(300)],
        "tags": tags,
        "group": ids,
    }
    split = Split(ids, np.repeat([0, 1, 2], [160, 40, 100]).astype(np.int8))
    embeddings, labels = EmbeddingMatrix(ids, vectors, encoder), label_documents(ids, tags, CLASSES)
    settings = ModelSettings(head="logistic", logistic=LogisticSettings(c=10.0))
    model = train(embeddings, labels, split, settings=settings, recipe=Recipe())
    return model, embeddings, labels, split, write_table([pa.table(rows).cast(DOCUMENTS)], DOCUMENTS)


@pytest.fixture(scope="module")
def evaluation(world):
    return evaluate(*world, SETTINGS)


def test_model_and_baselines_are_scored_on_the_same_questions(world, evaluation):
    assert [card.name for card in (evaluation.model, *evaluation.baselines)] == ["logistic", "popularity", "tfidf"]
    assert {card.questions for card in (evaluation.model, *evaluation.baselines)} == {100}
    assert evaluation.model_sha256 == world[0].sha256
    assert evaluation.model.metric("micro_f1").value > evaluation.baseline("popularity").metric("micro_f1").value + 0.1
    assert evaluation.baseline("tfidf").metric("micro_f1").value > 0.9
    assert evaluation.baseline("random") is None


def test_dates_and_slices_are_those_of_the_test_part(evaluation):
    assert (str(evaluation.first.date()), str(evaluation.last.date())) == ("2017-12-18", "2018-03-27")
    sizes = {part.name: part.questions for part in evaluation.model.slices}
    assert sizes["code-heavy"] == 50
    assert (sizes["year 2017"], sizes["year 2018"]) == (14, 86)
    assert 0 < sizes["rare tags"] < 30
    assert 0 < sizes["short"] < 100


def test_a_tag_outside_the_model_lowers_the_ceiling(evaluation):
    recall = evaluation.model.open["micro_recall"]
    assert recall.value < recall.ceiling < 1.0


def test_an_evaluation_survives_json_and_is_the_same_each_time(world, evaluation):
    assert Evaluation.model_validate_json(evaluation.model_dump_json()) == evaluation
    assert evaluate(*world, SETTINGS) == evaluation


def test_baselines_can_be_left_out(world):
    assert evaluate(*world, SETTINGS.model_copy(update={"baselines": ()})).baselines == ()


def test_labels_of_other_tags_are_refused(world):
    model, embeddings, labels, split, documents = world
    other = label_documents(labels.ids, [["css"]] * 300, ("css", "html"))
    with pytest.raises(ModelError, match="The labels have 2 tags that are not the model's 3"):
        evaluate(model, embeddings, other, split, documents, SETTINGS)

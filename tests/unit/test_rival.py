"""Scoring a champion again: the same questions, its own classes, its own encoder."""

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from tagstack.config import EncoderSettings
from tagstack.embeddings import EmbeddingMatrix
from tagstack.encoder import VectorCache, encode_documents, encoder_fingerprint
from tagstack.encoder.cache import text_keys
from tagstack.errors import EncoderError, FingerprintError
from tagstack.model.tagmodel import Recipe
from tagstack.rival import score_rivals
from tagstack.split import Split
from tagstack.storage import LocalFileSystem
from tagstack.table import DOCUMENTS, write_table

TEXTS = {
    40: ("java", "x", ["java"]),
    10: ("sql", "python", ["python", "cobol"]),
    30: ("x", "sql java", ["java", "sql", "sql"]),
    20: ("x", "y", ["cobol"]),
}
NOTHING = np.empty(0, np.int64)
TEST = Split(np.array(list(TEXTS)), np.array([0, 2, 2, 2], np.int8))


@pytest.fixture
def documents(tmp_path):
    moment = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
    rows = [
        {"post_id": at, "created_at": moment, "title": title, "text": text, "code": "", "tags": tags, "group": at}
        for at, (title, text, tags) in TEXTS.items()
    ]
    return write_table([pa.RecordBatch.from_pylist(rows, DOCUMENTS)], DOCUMENTS, path=tmp_path / "documents.parquet")


@pytest.fixture
def embeddings(make_encoder):
    encoder = make_encoder()
    titles, texts, _ = zip(*TEXTS.values(), strict=True)
    return EmbeddingMatrix(np.array(list(TEXTS)), encode_documents(encoder, titles, texts), encoder.fingerprint)


def test_both_are_counted_on_the_test_part_and_against_all_tags(make_model, documents, embeddings):
    challenger, champion = make_model(), make_model()
    pair = score_rivals(challenger, ("4", champion), embeddings, TEST, documents, seen=NOTHING)
    assert pair.champion == "4"
    for counts in (pair.challenger_counts, pair.champion_counts):
        assert counts.suggested.tolist() == [2, 2, 0]
        assert counts.correct.tolist() == [1, 2, 0]
        assert counts.present.tolist() == [1, 2, 0]
        assert counts.tags.tolist() == [2, 2, 1]


@pytest.fixture
def champion_of_another_encoder(make_model, tmp_path):
    """A model of the offline encoder in another mode, and a vector cache that holds the texts of the test part."""
    chosen = EncoderSettings(mode="concatenated")
    fingerprint = encoder_fingerprint(chosen)
    joined = [f"{title}\n{text}" for title, text, _ in list(TEXTS.values())[1:]]
    vectors = np.zeros((len(joined), fingerprint.dimension), np.float32)
    vectors[:, 0] = [text.count("sql") for text in joined]
    cache = LocalFileSystem(), str(tmp_path / "vectors")
    VectorCache(*cache, fingerprint).store(text_keys(joined), vectors)
    words = ("sql", *(f"tag{at}" for at in range(fingerprint.dimension // 2 - 1)))
    return make_model(words, fingerprint=fingerprint, recipe=Recipe(encoder=chosen)), cache


def test_a_champion_of_another_encoder_is_scored_with_its_own(
    make_model, documents, embeddings, champion_of_another_encoder
):
    champion, cache = champion_of_another_encoder
    pair = score_rivals(make_model(), ("4", champion), embeddings, TEST, documents, seen=NOTHING, cache=cache)
    assert pair.champion_counts.classes == len(champion.classes)
    assert pair.champion_counts.suggested.tolist() == [1, 1, 0]
    assert pair.champion_counts.correct.tolist() == [0, 1, 0]
    assert pair.champion_counts.present.tolist() == [0, 1, 0]
    assert pair.champion_counts.tags.tolist() == pair.challenger_counts.tags.tolist() == [2, 2, 1]


def test_a_champion_whose_encoder_has_changed_is_named(make_model, documents, embeddings):
    chosen = EncoderSettings(mode="concatenated")
    older = encoder_fingerprint(chosen).model_copy(update={"module_sha256": "0" * 64, "dimension": 6})
    champion = make_model(fingerprint=older, recipe=Recipe(encoder=chosen))
    with pytest.raises(FingerprintError, match=r"Version 4 cannot be scored .* Bring that encoder back") as caught:
        score_rivals(make_model(), ("4", champion), embeddings, TEST, documents, seen=NOTHING)
    assert "\n" not in str(caught.value)


def test_a_champion_whose_encoder_is_gone_is_named(make_model, documents, embeddings, tmp_path):
    gone = EncoderSettings(handle=str(tmp_path / "gone"))
    other = embeddings.encoder.model_copy(update={"handle": gone.handle})
    champion = make_model(fingerprint=other, recipe=Recipe(encoder=gone))
    with pytest.raises(EncoderError, match=r"Version 4 cannot be scored .*gone.* Bring that encoder back") as caught:
        score_rivals(make_model(), ("4", champion), embeddings, TEST, documents, seen=NOTHING)
    assert "\n" not in str(caught.value)


def test_questions_that_the_champion_was_fitted_on_do_not_count(make_model, embeddings, documents):
    ids = TEST.members("test")
    pair = score_rivals(make_model(), ("4", make_model()), embeddings, TEST, documents, seen=ids[:1])
    assert len(pair.champion_counts.tags) == len(ids) - 1

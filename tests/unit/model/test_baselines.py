import numpy as np
import pytest
import scipy.sparse as sp

from tagstack.model.baselines import Texts, predict_by_words, predict_popular

TOPICS = {"c#": "linq in c#", "c++": "pointers in c++", "node.js": "server in node.js"}


def questions(count, seed):
    generator = np.random.default_rng(seed)
    chosen = generator.random((count, 3)) < 0.4
    phrases = [[phrase for phrase, has in zip(TOPICS.values(), row, strict=True) if has] for row in chosen]
    texts = [" ".join(["how do i", *own, f"case{generator.integers(9)}"]) for own in phrases]
    return Texts(texts, sp.csr_array(chosen))


def test_the_popular_tags_are_suggested_to_everyone():
    tags = sp.csr_array(np.array([[0, 1, 1], [0, 1, 1], [1, 1, 0], [0, 1, 0]], bool))
    found = predict_popular(tags, 2)
    assert found.suggested.tolist() == [[False, True, True]] * 2
    assert found.probabilities[0] == pytest.approx([0.25, 1.0, 0.5])


def test_words_with_signs_tell_tags_apart_and_nothing_is_left_to_chance():
    train, calibrate, test = (questions(count, seed) for seed, count in enumerate((200, 80, 50)))
    found, again = (predict_by_words(train, calibrate, test.texts) for _ in range(2))
    assert (found.suggested == test.tags.toarray()).mean() > 0.98
    assert np.array_equal(found.probabilities, again.probabilities)
    assert found.thresholds.shape == (3,)


def test_a_tag_on_every_training_document_is_a_constant():
    train, calibrate = questions(100, 0), questions(60, 1)
    everywhere = Texts(train.texts, sp.csr_array(np.hstack([train.tags.toarray(), np.ones((100, 1), bool)])))
    beside = Texts(calibrate.texts, sp.csr_array(np.hstack([calibrate.tags.toarray(), np.ones((60, 1), bool)])))
    assert predict_by_words(everywhere, beside, train.texts[:5]).suggested[:, 3].all()

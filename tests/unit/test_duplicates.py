import random

import numpy as np
import pytest
from datasketch import MinHash
from hypothesis import given
from hypothesis import strategies as st

from tagstack.duplicates import PERMUTATIONS, _shingles, content_hash, near_duplicate_groups, signatures

VOCABULARY = [f"word{number}" for number in range(2000)]


def words(rng, count):
    return rng.choices(VOCABULARY, k=count)


def groups(texts, *, similarity=0.8, ids=None):
    ids = np.arange(len(texts)) if ids is None else np.array(ids)
    return near_duplicate_groups(ids, signatures(texts), similarity=similarity).tolist()


def jaccard(one, other):
    first, second = ({tuple(text.split()[start : start + 3]) for start in range(98)} for text in (one, other))
    return len(first & second) / len(first | second)


def edited(rng, text, changes):
    parts = text.split()
    for place in rng.sample(range(len(parts)), changes):
        parts[place] = rng.choice(VOCABULARY)
    return " ".join(parts)


@pytest.mark.parametrize(("one", "other"), [("a b", "A B"), ("Straße", "STRASSE"), ("ＡＰＩ", "api")])
def test_case_and_variant_characters_make_no_other_document(one, other):
    assert content_hash(one, "x") == content_hash(other, "x")


@pytest.mark.parametrize(("one", "other"), [("C", "C#"), ("C#", "C++"), (".NET", "NET"), ("a b", "ab")])
def test_documents_that_differ_in_a_character_are_no_exact_duplicates(one, other):
    assert content_hash(one, "") != content_hash(other, "")
    assert content_hash("", one) != content_hash("", other)


def test_signatures_equal_those_of_datasketch():
    texts = ["how to sort a list in place", "one", "two words", " ".join(words(random.Random(0), 300))]
    for text, signature in zip(texts, signatures(texts), strict=True):
        hashes, _ = _shingles([text])
        reference = MinHash(num_perm=PERMUTATIONS, hashfunc=int, scheme="affine32")
        reference.update_batch(hashes.tolist())
        assert signature.tolist() == reference.hashvalues.tolist()


def test_a_signature_does_not_depend_on_its_neighbours():
    texts = ["a b c d e", "x", "f g h i j k"]
    alone = np.concatenate([signatures([text]) for text in texts])
    np.testing.assert_array_equal(signatures(texts), alone)


def test_agreement_estimates_the_jaccard_similarity():
    rng = random.Random(1)
    for changes in (2, 5, 10):
        text = " ".join(words(rng, 100))
        other = edited(rng, text, changes)
        one, two = signatures([text, other])
        assert (one == two).mean() == pytest.approx(jaccard(text, other), abs=0.15)


def test_near_duplicates_share_the_smallest_id_and_others_stay_alone():
    rng = random.Random(2)
    text, unlike = (" ".join(words(rng, 100)) for _ in range(2))
    texts = [text, unlike, edited(rng, text, 1), text.upper()]
    assert groups(texts, ids=[40, 30, 20, 10]) == [10, 30, 10, 10]


def test_groups_are_linked_through_others():
    text = words(random.Random(3), 200)
    chain = [" ".join([*text[:-step], *(f"new{place}" for place in range(step))]) for step in (8, 16, 24, 32)]
    ends = signatures([chain[0], chain[-1]])
    assert (ends[0] == ends[1]).mean() < 0.85
    assert groups(chain, similarity=0.85) == [0, 0, 0, 0]


def test_a_boilerplate_copied_a_thousand_times_is_one_group():
    rng = random.Random(4)
    text = " ".join(words(rng, 100))
    assert set(groups([edited(rng, text, rng.randint(0, 1)) for _ in range(1000)])) == {0}


def test_no_threshold_pair_is_lost():
    rng = random.Random(5)
    pairs = []
    for _ in range(300):
        text = " ".join(words(rng, 100))
        pairs.append((text, edited(rng, text, 3)))
    texts = [text for pair in pairs for text in pair]
    matrix = signatures(texts)
    similar = (matrix[::2] == matrix[1::2]).mean(axis=1) >= 0.8
    together = np.array(groups(texts)).reshape(-1, 2)
    linked = together[:, 0] == together[:, 1]
    assert similar.sum() > 100
    assert (linked & similar).sum() >= 0.98 * similar.sum()
    assert not (linked & ~similar).any()


@pytest.mark.parametrize("similarity", [0.05, 0.3, 0.5, 1.0])
def test_any_threshold_works(similarity):
    assert groups(["a b c d", "a b c d", "e f g h"], similarity=similarity) == [0, 0, 2]


def test_no_documents_have_no_groups():
    assert (
        near_duplicate_groups(np.array([], np.int64), np.empty((0, PERMUTATIONS), np.uint32), similarity=0.8).tolist()
        == []
    )


@given(st.lists(st.text(max_size=40), min_size=1, max_size=6))
def test_any_texts_have_signatures_and_equal_texts_one_group(texts):
    found = groups([*texts, texts[0]])
    assert found[0] == found[-1] == 0

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn import metrics as reference

from tagstack.metrics import Predictions, ceiling_metrics, count, open_metrics, top, vocabulary_metrics
from tagstack.tagwise import count_tags

SHAPES = hnp.array_shapes(min_dims=2, max_dims=2, min_side=2, max_side=7)
QUIET = {"zero_division": 0}


@st.composite
def judged(draw):
    shape = draw(SHAPES)
    true, suggested = (draw(hnp.arrays(bool, shape)) for _ in range(2))
    probabilities = draw(hnp.arrays(np.float32, shape, elements=st.floats(0, 1, width=32)))
    return true, suggested, probabilities


def values(true, suggested, probabilities, tags=None, top_k=(1, 3)):
    predictions = Predictions(probabilities, suggested)
    counts = count(predictions, sp.csr_array(true), true.sum(axis=1) if tags is None else tags, top_k=(*top_k, 5))
    return {name: ratio.value for name, ratio in vocabulary_metrics(counts).items()}, counts


@given(judged())
@settings(max_examples=60, deadline=None)
def test_set_metrics_equal_scikit_learn(case):
    true, suggested, _ = case
    found, _ = values(*case)
    for average in ("micro", "samples"):
        precision, recall, f1, _ = reference.precision_recall_fscore_support(true, suggested, average=average, **QUIET)
        expected = {"precision": precision, "recall": recall, "f1": f1}
        assert {name: found[f"{average}_{name}"] for name in expected} == pytest.approx(expected)
    assert found["jaccard"] == pytest.approx(
        reference.jaccard_score(true, suggested, average="samples", zero_division=1)
    )
    assert found["hamming_loss"] == pytest.approx(reference.hamming_loss(true, suggested))
    assert found["subset_accuracy"] == pytest.approx(reference.accuracy_score(true, suggested))


@given(judged())
@settings(max_examples=60, deadline=None)
def test_averages_over_tags_equal_scikit_learn(case):
    true, suggested, _ = case
    counts = count_tags(sp.csr_array(suggested), sp.csr_array(true))
    found = counts.averages()
    for average in ("macro", "weighted"):
        precision, recall, f1, _ = reference.precision_recall_fscore_support(true, suggested, average=average, **QUIET)
        expected = {"precision": precision, "recall": recall, "f1": f1}
        assert {name: float(found[f"{average}_{name}"]) for name in expected} == pytest.approx(expected)
    by_tag = reference.precision_recall_fscore_support(true, suggested, **QUIET)
    assert np.allclose([counts.precision, counts.recall, counts.f1, counts.true], by_tag)


@given(judged())
@settings(max_examples=60, deadline=None)
def test_ranking_metrics_equal_their_definition_on_questions_with_a_tag(case):
    true, _, probabilities = case
    found, _ = values(*case)
    for k in (1, 3):
        hits = [
            set(np.argsort(-p, kind="stable")[:k]) & set(np.flatnonzero(t))
            for p, t in zip(probabilities, true, strict=True)
        ]
        rows = [(len(hit), t.sum()) for hit, t in zip(hits, true, strict=True) if t.any()] or [(0, 1)]
        hit, size = np.array(rows).T
        any_tag = true.any()
        assert found[f"precision_at_{k}"] == pytest.approx((hit / k).mean())
        assert found[f"recall_at_{k}"] == pytest.approx((hit / size).mean())
        assert found[f"at_least_one_in_top_{k}"] == pytest.approx((hit > 0).mean())
        assert found[f"all_in_top_{k}"] == pytest.approx((hit == size).mean() if any_tag else 0)


def test_a_question_without_tags_is_kept_and_silence_about_it_is_right_for_jaccard_alone():
    true = np.array([[1, 0], [0, 0], [0, 0]], bool)
    suggested = np.array([[1, 0], [0, 0], [0, 1]], bool)
    found, _ = values(true, suggested, suggested.astype(np.float32))
    assert found["jaccard"] == pytest.approx(2 / 3)
    assert found["jaccard_tagged"] == 1.0
    assert found["samples_f1"] == pytest.approx(1 / 3)
    assert found["micro_f1"] == pytest.approx(2 / 3)
    assert found["at_least_one_suggested"] == found["all_suggested"] == 1.0
    assert found["coverage"] == pytest.approx(2 / 3)


@given(judged(), st.integers(0, 3))
@settings(max_examples=60, deadline=None)
def test_no_model_exceeds_the_ceiling_and_the_perfect_one_reaches_it(case, others):
    true = case[0]
    tags = true.sum(axis=1) + others
    ceiling = {name: ratio.value for name, ratio in ceiling_metrics(values(*case, tags=tags)[1]).items()}
    for name, ratio in open_metrics(values(*case, tags=tags)[1]).items():
        assert ratio.value <= ceiling[name] + 1e-12
    perfect = open_metrics(values(true, true, true.astype(np.float32), tags=tags)[1])
    assert {name: ratio.value for name, ratio in perfect.items()} == pytest.approx(ceiling)


def test_ties_are_ranked_in_the_order_of_the_classes():
    assert top(np.full((1, 4), 0.5, np.float32), 3).tolist() == [[0, 1, 2]]

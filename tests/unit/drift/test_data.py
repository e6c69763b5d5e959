import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from tagstack.drift.data import find_data_drift, independent
from tagstack.drift.descriptors import CATEGORIES, NUMBERS
from tagstack.drift.sample import Sample
from tagstack.drift.settings import DriftSettings
from tagstack.metrics import Predictions

CLASSES = ("c", "java", "python")
SETTINGS = DriftSettings(permutations=60)
ALERT = DriftSettings(
    permutations=60,
    min_distance=0,
    min_mix_distance=0,
    min_tag_change=0,
    min_auc=0.5,
    min_rate_ratio=1,
    min_questions=40,
)
"""Every significant change counts, in windows of any size."""


def make(generator, questions, *, words=40.0, days=40, since="2024-01-01", tagged=True, copies=1, tag_shift=0.0):
    """Questions of as many lengths, topics and tags as chance makes; each stands there `copies` times."""
    distinct = questions // copies
    lengths = generator.poisson(words * generator.gamma(4, 0.25, distinct)) + 1
    coded = generator.random(distinct) < 0.6
    topic = generator.normal(size=(distinct, 1))
    rows = pd.DataFrame(
        {
            "post_id": np.arange(distinct),
            "title": ["How to sort " + "x" * length for length in generator.integers(1, 30, distinct)],
            "text": ["the " * length for length in lengths],
            "code": ["x = 1" if one else "" for one in coded],
            "body": ["<p>a</p><pre>x</pre>" if one else "<p>a</p>" for one in coded],
        }
    )
    vectors = np.hstack([topic, generator.normal(size=(distinct, 5))]).astype(np.float32)
    tags = topic + generator.normal(size=(distinct, 3)) > 0.5 - tag_shift
    at = np.repeat(np.arange(distinct), copies)
    rows = rows.iloc[at].reset_index(drop=True)
    rows["group"], rows["post_id"] = at, np.arange(len(at))
    seconds = np.sort(generator.integers(0, days * 86_400, len(at)))
    rows["created_at"] = pd.Timestamp(since, tz="UTC") + pd.to_timedelta(seconds, unit="s")
    predictions = Predictions(tags[at].astype(np.float32), tags[at])
    truth = sp.csr_array(tags[at]) if tagged else None
    return Sample(rows, rows, vectors[at], predictions, truth, CLASSES)


def by_name(scores):
    return {score.name: score for score in scores}


def drifted(scores):
    return {score.name for score in scores if score.drifted}


def test_no_family_raises_more_false_alarms_than_its_rate():
    runs, alarms = 40, dict.fromkeys(("descriptors", "embeddings", "predicted_tags", "true_tags"), 0)
    for run in range(runs):
        generator = np.random.default_rng(run)
        scores = find_data_drift(make(generator, 160), make(generator, 120, days=30), ALERT)
        for family in alarms:
            alarms[family] += any(score.drifted for score in scores if score.family == family)
    assert max(alarms.values()) / runs < 0.05 + 3 * np.sqrt(0.05 * 0.95 / runs), alarms


@pytest.mark.parametrize("known", [True, False])
def test_copies_are_no_evidence(known):
    runs, alarms = 20, 0
    for run in range(runs):
        generator = np.random.default_rng(run)
        reference, window = make(generator, 150), make(generator, 800, copies=16)
        if not known:
            window.documents["group"] = window.documents["post_id"]
        scores = find_data_drift(reference, window, ALERT)
        alarms += any(score.drifted for score in scores if score.name != "questions a day")
    # Of four families at 5% each, up to 20% alarm by chance: 10 of 20 at most, but for one time in 1,000.
    assert alarms <= 10 if known else alarms > 15


def test_shorter_questions_are_found_and_nothing_else():
    generator = np.random.default_rng(0)
    scores = by_name(find_data_drift(make(generator, 600), make(generator, 400, words=20, days=30), SETTINGS))
    assert drifted(scores.values()) == {"text length", "code share"}
    length = scores["text length"]
    assert length.effect < -0.5
    assert length.value > length.threshold > length.null.high
    assert length.p_value <= length.adjusted_p_value <= 0.05
    assert "before" in length.note


def test_other_tags_are_found_in_both_kinds_of_tags():
    generator = np.random.default_rng(0)
    scores = find_data_drift(make(generator, 600), make(generator, 400, tag_shift=0.8, days=30), SETTINGS)
    assert {"single predicted tags", "single true tags"} <= drifted(scores)
    moved = by_name(scores)["single true tags"].moved
    assert {tag.name for tag in moved} == set(CLASSES)
    assert all(tag.after > tag.before for tag in moved)


def test_three_times_the_questions_a_day_are_found():
    generator = np.random.default_rng(0)
    scores = find_data_drift(make(generator, 600, days=40), make(generator, 1350, days=30), SETTINGS)
    assert drifted(scores) == {"questions a day"}
    rate = by_name(scores)["questions a day"]
    assert rate.effect == pytest.approx(3, rel=0.15)
    assert rate.value == pytest.approx(rate.effect)


def test_the_rate_is_that_of_all_questions_where_those_compared_are_drawn_from_more():
    generator = np.random.default_rng(0)
    reference, later = make(generator, 600, days=40), make(generator, 1350, days=30)
    drawn = independent(later, DriftSettings(max_questions=450))
    assert len(drawn) == 450
    (rate,) = (score for score in find_data_drift(reference, drawn, SETTINGS) if score.name == "questions a day")
    assert rate.drifted
    assert rate.effect == pytest.approx(3, rel=0.15)
    assert rate.window == 1350


def test_the_report_names_every_test_with_the_sizes_that_were_used():
    generator = np.random.default_rng(0)
    scores = find_data_drift(make(generator, 200), make(generator, 120), SETTINGS)
    assert [score.name for score in scores] == [
        *NUMBERS, *CATEGORIES, "questions a day", "embeddings",
        "predicted tags", "single predicted tags", "true tags", "single true tags",
    ]  # fmt: skip
    assert {(score.reference, score.window) for score in scores} == {(200, 120)}
    assert all(score.drifted is not None for score in scores)


@pytest.mark.parametrize(("sizes", "reason"), [
    ((200, 99), "99 questions in the window, 100 are needed"),
    ((200, 0), "0 questions in the window, 100 are needed"),
    ((40, 30), "40 questions in the reference and 30 questions in the window, 100 are needed"),
])  # fmt: skip
def test_too_few_questions_give_no_verdict_and_say_so(sizes, reason):
    generator = np.random.default_rng(0)
    complete = find_data_drift(make(generator, 200), make(generator, 120), SETTINGS)
    scores = find_data_drift(*(make(generator, size) for size in sizes), SETTINGS)
    assert [(score.name, score.family, score.statistic) for score in scores] == [
        (score.name, score.family, score.statistic) for score in complete
    ]
    assert {score.note for score in scores} == {f"not enough data: {reason} (drift.min_questions)"}
    assert all(score.drifted is None and score.value is None and score.threshold is None for score in scores)


def test_without_tags_everything_else_is_still_tested():
    generator = np.random.default_rng(0)
    scores = find_data_drift(make(generator, 200), make(generator, 120, tagged=False), SETTINGS)
    silent = {score.name: score.note for score in scores if score.drifted is None}
    reason = "not enough data: the questions of the window have no tags"
    assert silent == {"true tags": reason, "single true tags": reason}


def test_a_window_of_few_days_has_no_verdict_on_its_rate_alone():
    generator = np.random.default_rng(0)
    scores = find_data_drift(make(generator, 200), make(generator, 120, days=2), SETTINGS)
    assert [score.name for score in scores if score.drifted is None] == ["questions a day"]


def test_the_same_samples_give_the_same_scores():
    def run():
        generator = np.random.default_rng(0)
        return find_data_drift(
            make(generator, 300), make(generator, 250), DriftSettings(permutations=60, max_questions=200)
        )

    assert run() == run()


def test_the_order_of_the_questions_does_not_matter_to_what_is_measured():
    generator = np.random.default_rng(0)
    reference, window = make(generator, 200), make(generator, 120)
    order = generator.permutation(120)
    shuffled = Sample(
        window.questions.iloc[order],
        window.documents.iloc[order],
        window.vectors[order],
        Predictions(window.predictions.probabilities[order], window.predictions.suggested[order]),
        window.truth[order],
        CLASSES,
    )
    one, other = (find_data_drift(reference, later, SETTINGS) for later in (window, shuffled))
    assert [score.value for score in one] == pytest.approx([score.value for score in other], abs=1e-6)


def test_of_each_group_one_question_is_kept_and_of_too_many_a_fixed_sample():
    sample = make(np.random.default_rng(0), 300, copies=3)
    kept = independent(sample, SETTINGS)
    assert kept.documents["post_id"].tolist() == list(range(0, 300, 3))
    assert np.array_equal(kept.vectors, sample.vectors[::3])
    few, again, other = (
        independent(sample, DriftSettings(max_questions=20, seed=seed)).documents["post_id"].tolist()
        for seed in (1, 1, 2)
    )
    assert len(few) == 20
    assert few == again == sorted(few)
    assert few != other
    assert set(few) <= set(kept.documents["post_id"])

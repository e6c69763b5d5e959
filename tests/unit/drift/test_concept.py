from dataclasses import replace

import numpy as np
import pytest

from tagstack.drift import concept
from tagstack.drift.concept import ALL, INPUTS, MEANING, ODDS, find_concept_drift
from tagstack.drift.meaning import judge_meaning
from tagstack.drift.settings import DriftSettings

SETTINGS = DriftSettings(permutations=60)


def named(scores):
    return {score.name: score for score in scores}


def found(scores):
    return {score.name for score in scores if score.drifted}


def surely(score):
    return {tag.name for tag in score.moved if tag.p_value <= 0.01} - {ALL}


def test_without_a_change_nothing_is_found(before, questions):
    alarms = [found(find_concept_drift(before, questions(800, seed).sample(), SETTINGS)) for seed in range(1, 9)]
    assert sum(map(bool, alarms)) <= 2


@pytest.mark.parametrize("calibration", [1.0, 2.0])
def test_other_questions_are_no_other_concept_even_where_the_model_is_badly_calibrated(questions, calibration):
    reference = questions(3000, 0, days=90, calibration=calibration).sample()
    window = questions(2000, 1, calibration=calibration).other_topics().sample()
    assert found(find_concept_drift(reference, window, SETTINGS)) == {INPUTS}


def test_other_frequencies_are_other_odds_of_these_tags_and_no_other_meaning(before, questions):
    scores = named(find_concept_drift(before, questions(5000, 1).other_frequencies().sample(), SETTINGS))
    assert found(scores.values()) == {ODDS}
    assert surely(scores[ODDS]) == {"css", "python"}


def test_exchanged_tags_are_another_meaning(before, questions):
    scores = named(find_concept_drift(before, questions(800, 1).exchange("sql", "java").sample(), SETTINGS))
    assert scores[MEANING].drifted
    assert surely(scores[MEANING]) == {"sql", "java"}
    assert scores[MEANING].effect < -0.3


def test_a_dropped_tag_is_another_meaning_as_its_questions_remain(before, questions):
    scores = named(find_concept_drift(before, questions(1500, 1).drop("sql", 0.8).sample(), SETTINGS))
    assert scores[MEANING].drifted
    assert "sql" in surely(scores[MEANING])
    [sql] = [tag for tag in scores[MEANING].moved if tag.name == "sql"]
    assert sql.after < 0.5 * sql.before


def test_other_questions_and_another_meaning_are_told_apart(before, questions):
    window = questions(3000, 1).other_topics().exchange("sql", "java").sample()
    scores = named(find_concept_drift(before, window, SETTINGS))
    assert {MEANING, INPUTS} <= found(scores.values())
    assert surely(scores[MEANING]) == {"sql", "java"}


def test_values_stand_on_the_side_of_their_threshold_that_the_verdict_says(before, questions):
    for window in (questions(800, 3), questions(800, 1).exchange("sql", "java"), questions(1500, 1).drop("sql", 0.8)):
        for score in find_concept_drift(before, window.sample(), SETTINGS):
            assert (score.value >= score.threshold) == score.drifted, score
            assert 0 < score.adjusted_p_value <= 1


def test_a_sign_that_is_no_proof_alone_is_not_shown_as_one(before, questions, monkeypatch):
    """Questions that look like sql are now among those without it, but its odds might be the old ones by chance."""

    def doubtful(comparison, tags, odds, **rest):
        chances = np.where(np.arange(len(odds.adjusted)) == len(odds.adjusted) - 1, 0.04, 1.0)
        return judge_meaning(comparison, tags, replace(odds, adjusted=chances), **rest)

    monkeypatch.setattr(concept, "judge_meaning", doubtful)
    window = questions(1500, 4).drop("sql", 0.12).sample()
    score = named(find_concept_drift(before, window, SETTINGS))[MEANING]
    assert not score.drifted
    assert score.value < score.threshold
    assert score.null.value < score.threshold


def test_the_same_samples_give_the_same_scores(before, questions):
    window = questions(300, 1).sample()
    assert find_concept_drift(before, window, SETTINGS) == find_concept_drift(before, window, SETTINGS)


def test_questions_with_a_new_tag_do_not_speak_of_the_old_ones(before, questions):
    """Half of the sql questions are now tagged newsql alone."""
    late = questions(1500, 1)
    for own, row in zip(late.others, late.truth, strict=True):
        if row[5] and late.random.random() < 0.5:
            row[:] = False
            own.append("newsql")
    assert not {MEANING, INPUTS} & found(find_concept_drift(before, late.sample(), SETTINGS))


def test_too_few_questions_are_said_to_be_too_few(before, questions):
    scores = find_concept_drift(before, questions(99, 1).sample(), SETTINGS)
    notes = {score.note for score in scores}
    assert notes == {"not enough data: 99 questions in the window, 100 are needed (drift.min_questions)"}
    assert {score.drifted for score in scores} == {None}


def test_questions_without_tags_give_no_verdict(before, questions):
    scores = find_concept_drift(before, questions(300, 1).sample(tagged=False), SETTINGS)
    assert {score.note for score in scores} == {"not enough data: the questions of the window have no tags"}
    assert all(score.value is None for score in scores)


def test_tags_too_rare_to_be_judged_are_not(before, questions):
    settings = DriftSettings(permutations=60, min_tag_support=10_000)
    scores = named(find_concept_drift(before, questions(300, 1).sample(), settings))
    assert {tag.name for tag in scores[MEANING].moved} == {ALL}
    assert np.isfinite(scores[MEANING].value)

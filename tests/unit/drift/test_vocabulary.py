import pytest

from tagstack.drift.settings import DriftSettings
from tagstack.drift.vocabulary import SHARE, find_vocabulary_drift

SETTINGS = DriftSettings(permutations=60)


def test_without_new_tags_nothing_is_found(before, questions):
    alarms = 0
    for seed in range(1, 9):
        score, shares, new_tags = find_vocabulary_drift(before, questions(800, seed).sample(), SETTINGS)
        alarms += bool(score.drifted or new_tags)
        assert shares.name == SHARE
        assert shares.before == pytest.approx(shares.after, abs=0.06)
    assert alarms <= 2


def test_new_tags_are_named_the_fastest_growing_first(before, questions):
    window = questions(1000, 1).tag("polars", 0.05).tag("htmx", 0.02).sample()
    _, shares, new_tags = find_vocabulary_drift(before, window, SETTINGS)
    assert [tag.tag for tag in new_tags] == ["polars", "htmx"]
    assert new_tags[0].before == 0
    assert new_tags[0].after == pytest.approx(0.05, abs=0.02)
    assert new_tags[0].questions == round(1000 * new_tags[0].after)
    assert new_tags[0].growth == pytest.approx((new_tags[0].questions + 0.5) / 1000 / (0.5 / 3000))
    assert new_tags[0].p_value <= 0.05
    assert shares.after > shares.before


def test_an_old_tag_that_the_model_does_not_know_is_a_candidate_once_it_grows(questions):
    reference = questions(3000, 0, days=90).tag("rust", 0.01).sample()
    [rust] = find_vocabulary_drift(reference, questions(1000, 1).tag("rust", 0.06).sample(), SETTINGS)[2]
    assert rust.tag == "rust"
    assert 3 < rust.growth < 12


def test_a_larger_share_is_found_without_a_single_new_tag(before, questions):
    late = questions(1500, 1)
    for at, own in enumerate(late.others):
        own.extend([f"rare-{at}", f"rarer-{at}"] if at % 4 == 0 else [])
    score, shares, new_tags = find_vocabulary_drift(before, late.sample(), SETTINGS)
    assert score.drifted
    assert not new_tags
    assert shares.after - shares.before == pytest.approx(score.effect)


def test_fewer_unknown_tags_are_no_drift(before, questions):
    late = questions(1000, 1)
    late.others = [[] for _ in late.others]
    score, shares, new_tags = find_vocabulary_drift(before, late.sample(), SETTINGS)
    assert shares.after == 0
    assert not score.drifted
    assert not new_tags


def test_a_new_tag_is_named_though_the_questions_that_carry_it_are_like_no_earlier_ones(before, questions):
    late = questions(1000, 1).tag("polars", 0.05)
    late.vectors[["polars" in own for own in late.others], 0] += 12.0
    [polars] = find_vocabulary_drift(before, late.sample(), SETTINGS)[2]
    assert polars.tag == "polars"
    assert polars.p_value < 0.001


def test_a_new_tag_of_a_single_day_is_no_candidate(before, questions):
    late = questions(1000, 1)
    for own in late.others[:20]:  # questions are sorted by time
        own.append("hackathon")
    assert find_vocabulary_drift(before, late.sample(), SETTINGS)[2] == ()


def test_a_new_tag_of_few_questions_is_no_candidate(before, questions):
    late = questions(1000, 1)
    for own in late.others[:9]:
        own.append("polars")
    assert find_vocabulary_drift(before, late.sample(), SETTINGS)[2] == ()


def test_without_tags_there_is_no_verdict(before, questions):
    score, _, new_tags = find_vocabulary_drift(before, questions(300, 1).sample(tagged=False), SETTINGS)
    assert score.drifted is None
    assert score.note == "not enough data: the questions of the window have no tags"
    assert new_tags == ()

import numpy as np
import pytest

from tagstack.drift.mixes import cohens_h, compare_tags, score_tags
from tagstack.drift.permutation import relabel
from tagstack.drift.settings import DriftSettings

CLASSES = tuple(f"tag-{at:02}" for at in range(12))
SHARES = np.geomspace(0.4, 0.01, 12)
SETTINGS = DriftSettings(permutations=60, min_mix_distance=0.0, min_tag_change=0.0)


def draw(generator, questions, shares=SHARES):
    """Tags that depend on one another, as those of real questions do."""
    topic = generator.random((questions, 1))
    return (0.5 * topic + 0.5 * generator.random((questions, len(shares)))) < np.quantile(
        0.5 * generator.random(5000) + 0.5 * generator.random(5000), np.clip(shares, 0, 1)
    )


def score(tags, reference, window, settings=SETTINGS, seed=0):
    labels = relabel(reference=reference, window=window, permutations=60, seed=seed)
    return score_tags(tags, labels, classes=CLASSES, family="true_tags", settings=settings)


@pytest.mark.parametrize(("reference", "window"), [(600, 100), (200, 200)])
def test_both_tests_together_keep_the_rate_of_false_alarms(reference, window):
    generator, runs, alarms = np.random.default_rng(0), 400, 0
    for run in range(runs):
        alarms += any(one.drifted for one in score(draw(generator, reference + window), reference, window, seed=run))
    assert alarms / runs < 0.05 + 3 * np.sqrt(0.05 * 0.95 / runs)


def test_one_tag_that_doubled_is_found_and_named():
    generator = np.random.default_rng(0)
    later = SHARES.copy()
    later[4] *= 2
    tags = np.concatenate([draw(generator, 1000), draw(generator, 400, later)])
    mix, single = score(tags, 1000, 400, DriftSettings(permutations=60, min_mix_distance=0.05, min_tag_change=0.1))
    assert single.drifted
    assert single.effect == pytest.approx(cohens_h(SHARES[4], later[4]), abs=0.1)
    assert [tag.name for tag in single.moved] == ["tag-04"]
    (tag,) = single.moved
    assert tag.before == pytest.approx(tags[:1000, 4].mean())
    assert tag.after == pytest.approx(tags[1000:, 4].mean())
    assert tag.p_value <= 0.05
    assert mix.moved == () or mix.moved[0].name == "tag-04"


def test_a_single_tag_that_drifted_is_always_named():
    for seed in range(40):
        generator = np.random.default_rng(seed)
        later = SHARES.copy()
        later[4] *= 1.5
        single = score(np.concatenate([draw(generator, 600), draw(generator, 300, later)]), 600, 300, seed=seed)[1]
        assert bool(single.moved) == single.drifted
        assert all(tag.p_value <= 0.05 for tag in single.moved)
        assert not single.moved or single.moved[0].p_value == single.adjusted_p_value


def test_a_mix_in_which_many_tags_moved_a_little_is_found():
    generator = np.random.default_rng(0)
    later = SHARES * np.where(np.arange(12) % 2, 1.35, 1 / 1.35)
    mix, _ = score(np.concatenate([draw(generator, 2000), draw(generator, 2000, later)]), 2000, 2000)
    assert mix.drifted
    assert mix.effect < mix.value
    assert len(mix.moved) == 10
    sizes = [abs(cohens_h(tag.before, tag.after)) for tag in mix.moved]
    assert sizes == sorted(sizes, reverse=True)


def test_a_small_change_is_no_drift_however_sure():
    generator = np.random.default_rng(0)
    later = SHARES * 1.1
    tags = np.concatenate([draw(generator, 20_000), draw(generator, 20_000, later)])
    settings = DriftSettings(permutations=60, min_mix_distance=0.1, min_tag_change=0.2)
    for one in score(tags, 20_000, 20_000, settings):
        assert not one.drifted
        assert one.moved == ()
    assert score(tags, 20_000, 20_000)[1].drifted


def test_tags_with_less_support_than_asked_for_are_not_judged_alone():
    tags = np.zeros((200, 2), bool)
    tags[:100, 0] = True
    tags[190:, 1] = True
    labels = relabel(reference=100, window=100, permutations=60, seed=0)
    mix = compare_tags(tags, labels, min_support=10)
    assert mix.tested.tolist() == [True, False]
    assert not mix.changes[:, 1].any()
    assert compare_tags(tags, labels, min_support=5).tested.all()


def test_questions_without_any_tag_do_not_drift():
    for one in score(np.zeros((300, 12), bool), 200, 100):
        assert one.drifted is False
        assert one.moved == ()
        assert one.effect == 0

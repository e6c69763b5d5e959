import datetime as dt

import pytest
import sqlalchemy as sa

from tagstack.backtest.policies import planted_changes, read_policies
from tagstack.errors import ConfigError, UsageError
from tagstack.questions.generator.truth import TRUTH
from tagstack.settings_file import load_settings


@pytest.fixture
def write(tmp_path):
    """Write a policy: `write("drift: {min_auc: 0.7}", "quick")`."""

    def make(text, name="quick", folder="."):
        file = tmp_path / folder / f"{name}.yaml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
        return file

    return make


def test_a_policy_sets_some_thresholds_and_the_settings_the_rest(write):
    settings = load_settings(assignments=["drift.window_days=20", "retraining.cooldown_days=3"])
    file = write("drift: {min_auc: 0.7}\nalerts: {mail_from: critical, recipients: {info: [a@example.org]}}")
    (policy,) = read_policies([file], settings)
    assert (policy.name, policy.drift.min_auc, policy.drift.window_days) == ("quick", 0.7, 20)
    assert (policy.retraining.cooldown_days, policy.alerts.mail_from) == (3, "critical")
    assert policy.chosen() == (
        "drift.window_days=20",
        "drift.min_auc=0.7",
        "retraining.cooldown_days=3",
        "alerts.mail_from=critical",
    )


def test_without_a_policy_the_settings_are_the_one():
    (policy,) = read_policies([], load_settings(assignments=["drift.window_days=20"]))
    assert (policy.name, policy.drift.window_days) == ("settings", 20)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("labels: {size: 9}", "quick.yaml sets labels; a policy holds the sections drift, retraining, alerts only."),
        ("drift: {min_auk: 0.7}", "Unknown key drift.min_auk in"),
        ("drift: {min_auc: high}", "Impossible value for drift.min_auc in"),
        ("drift: {", "is not valid YAML"),
        ("retraining: {runs: 1, drifted_runs: 2}", "drifted_runs 2 can never be reached within runs 1"),
        ("retraining: {drifted_runs: 3}", "quick.yaml and the settings together are impossible: drifted_runs 3 can"),
    ],
)
def test_a_policy_that_cannot_be_is_refused(write, text, message):
    with pytest.raises(ConfigError) as error:
        read_policies([write(text)], load_settings(assignments=["retraining.runs=2"]))
    assert message in str(error.value)


def test_policies_need_different_names(write):
    files = [write("{}", folder=folder) for folder in ("one", "other")]
    with pytest.raises(UsageError) as error:
        read_policies(files, load_settings())
    assert str(error.value) == "Two policies are called 'quick'; give their files different names."


def test_a_sample_says_when_it_changes_and_another_database_says_nothing(make_facts):
    url = make_facts("2024-10-01", "2024-10-01", None)
    assert [(change.name, change.starts) for change in planted_changes(url)] == [
        ("planted drift", dt.date(2024, 10, 1))
    ]
    assert planted_changes(make_facts()) == ()


@pytest.fixture
def make_facts(tmp_path):
    """Make a database with facts that start on some days; one without the table where none is given."""

    def make(*starts):
        url = f"sqlite:///{tmp_path / f'{len(starts)}.db'}"
        engine = sa.create_engine(url)
        with engine.begin() as connection:
            if starts:
                TRUTH.create_all(connection)
                rows = [{"kind": "covariate", "name": "x", "starts": day, "detail": ""} for day in starts]
                connection.execute(sa.insert(TRUTH.tables["SampleFacts"]), rows)
            else:
                connection.exec_driver_sql("CREATE TABLE Posts (Id INT)")
        engine.dispose()
        return url

    return make

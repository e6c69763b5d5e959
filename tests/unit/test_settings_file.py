"""The settings tree: what is refused, and how it says so."""

import datetime as dt

import pytest
import yaml

from tagstack.config import Settings
from tagstack.errors import ConfigError
from tagstack.settings_file import load_settings


def test_yaml_and_assignments_are_merged_the_assignment_winning(tmp_path):
    file = tmp_path / "c.yaml"
    file.write_text("labels: {size: 50, min_support: 7}\nsource: {since: 2020-01-31}\n")
    settings = load_settings(file, ["labels.size=60", "evaluation.top_k=[1, 2]"])
    assert (settings.labels.size, settings.labels.min_support) == (60, 7)
    assert settings.source.since == dt.date(2020, 1, 31)
    assert settings.evaluation.top_k == (1, 2)


def test_settings_survive_the_json_that_a_run_stores():
    settings = load_settings(assignments=["source.since=2020-01-01", "privacy.kinds=[email]"])
    assert Settings.model_validate(settings.model_dump(mode="json")) == settings


def test_shipped_configurations_are_valid(project):
    files = sorted((project / "configs").glob("*.yaml"))
    assert files
    for file in files:
        load_settings(file)


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("labels.sise=3", "Unknown key labels.sise in settings; did you mean labels.size?"),
        ("lables.size=3", "Unknown key lables in settings; did you mean labels?"),
        ("nothing.like.it=3", "Unknown key nothing in settings; `python run.py settings` lists them all."),
        ("labels.size=0", "Impossible value for labels.size in settings: Input should be greater than or equal to 1"),
        ("labels.size='100'", "Impossible value for labels.size in settings: Input should be a valid integer"),
        ("split.test_share=0.9", "Impossible value for split.test_share"),
        ("encoder.mode=both", "Impossible value for encoder.mode"),
        ("labels=3", "Impossible value for labels in settings"),
        ("labels.size", "--set 'labels.size' is not of the form section.key=value."),
        ("=3", "is not of the form section.key=value."),
        ("labels.size=[", "the value is not valid YAML"),
    ],
)
def test_a_bad_assignment_is_refused_by_name(assignment, message):
    with pytest.raises(ConfigError) as caught:
        load_settings(assignments=[assignment])
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_window_that_ends_before_it_begins_is_refused():
    with pytest.raises(ConfigError, match="since 2020-01-02 must be before until 2020-01-01"):
        load_settings(assignments=["source.since=2020-01-02", "source.until=2020-01-01"])


@pytest.mark.parametrize("text", ["- a\n- b\n", "labels: [", "\x00"])
def test_a_file_that_is_no_tree_of_settings_is_refused(tmp_path, text):
    file = tmp_path / "c.yaml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=r"c\.yaml"):
        load_settings(file)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"Cannot read the configuration .*absent\.yaml: No such file"):
        load_settings(tmp_path / "absent.yaml")


def test_a_setting_that_may_hold_a_password_is_not_echoed():
    with pytest.raises(ConfigError) as caught:
        load_settings(assignments=["source.database_url=[postgresql://u:secret@h/d]"])
    assert "secret" not in str(caught.value)


def test_defaults_are_the_documented_tree():
    assert yaml.safe_load(Settings().model_dump_json())["labels"] == {"size": 100, "min_support": 10}


@pytest.mark.parametrize(
    "handle", ["https://user:hunter2@hub.example.org/use", "https://hub.example.org/use?sig=hunter2"]
)
def test_a_handle_with_a_secret_is_refused(handle):
    with pytest.raises(ConfigError, match="must hold no user, password or query"):
        load_settings(assignments=[f"encoder.handle={handle}"])


def test_a_handle_without_a_secret_is_taken():
    address = "https://hub.example.org/use/4"
    assert load_settings(assignments=[f"encoder.handle={address}"]).encoder.handle == address

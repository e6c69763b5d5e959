"""The drift pipeline on a year of generated questions: quiet before October, the planted kinds after it, a training."""

import email
import email.policy

import pytest
from zenml.client import Client
from zenml.enums import ModelStages

from stacks import versions
from tagstack import paths

NAME = "watched"
SETTINGS = (
    f"model_name={NAME}",
    "evaluation.bootstrap_samples=50",
    "evaluation.baselines=[popularity]",
    "policy.max_loss=1.0",
    "retraining.drifted_runs=1",
    "alerts.recipients.warning=[admin@example.org]",
)
pytestmark = pytest.mark.slow


def produce(number):
    """Bring a version into production without a service, which other slices show."""
    versions.stage_version(versions.find_version(NAME, str(number)), ModelStages.PRODUCTION)


@pytest.fixture(scope="module")
def trained(train):
    """Version 1, of the first half of the year, in production."""
    usual = ("labels.size=100", "labels.min_support=10", "model.dense.max_epochs=60", "contract.max_bad_share=0.05")
    train(*SETTINGS, *usual, "source.until=2024-07-01")
    produce(1)
    return 1


@pytest.fixture
def drift(door):
    """Run `run.py --pipeline drift` with this module's settings and return what it printed."""
    settings = [part for line in SETTINGS for part in ("--set", line)]

    def run(*options):
        result = door(*settings, "--pipeline", "drift", *options)
        assert result.exit_code == 0, result.output
        return result.stdout

    return run


def newest_run():
    [run] = Client().list_pipeline_runs(pipeline="drift", sort_by="desc:created", size=1).items
    return Client().get_pipeline_run(run.id)


def mails():
    """The mails about this model that the stack's alerter has written into its outbox."""
    files = sorted((paths.data() / "outbox").glob("*.eml"))
    written = [email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in files]
    return [mail for mail in written if NAME in mail["Subject"]]


def test_without_a_version_in_production_there_is_nothing_to_watch(refused):
    line = refused("--set", "model_name=nobody", "--pipeline", "drift", code=2)
    assert line.startswith("Error: No version of nobody is in production, so there is nothing to watch; ")


def test_before_the_planted_drift_there_is_none(trained, drift):
    told = drift("--as-of", "2024-09-28")
    assert "Drift: none (none)" in told
    assert "No training: no drift" in told
    assert not mails()


def test_a_window_within_training_is_refused(trained, refused):
    line = refused("--set", f"model_name={NAME}", "--pipeline", "drift", "--as-of", "2024-05-01", code=2)
    assert "is not later than the training data of version 1" in line


def test_an_empty_window_is_refused(trained, refused):
    line = refused("--set", f"model_name={NAME}", "--pipeline", "drift", "--as-of", "2026-05-01", code=2)
    assert "lies in the window from 2026-04-01 until 2026-05-01" in line


def test_after_it_the_planted_kinds_are_found_mailed_and_trained_on(trained, drift):
    told = drift("--as-of", "2024-12-15", "--window", "60d", "--on-drift", "retrain")
    [verdict] = [line for line in told.splitlines() if line.startswith("Drift: ")]
    assert all(kind in verdict for kind in ("covariate", "concept", "vocabulary"))
    assert "concept: meaning of tags" in told
    assert "hooks" in told
    assert "polars" in told
    [mail] = mails()
    assert mail["To"] == "admin@example.org"
    assert "drift of watched version 1" in mail["Subject"]
    version = versions.find_version(NAME, "latest")
    assert version.number == 2
    linked = version.get_artifact("drift_report").load()
    assert linked == newest_run().steps["examine"].regular_outputs["drift_report"].load()
    assert version.run_metadata["drift_run"] == str(newest_run().id)


def test_with_the_new_version_the_next_run_is_quiet(trained, drift):
    produce(2)
    assert "Drift: none" in drift("--as-of", "2025-01-01")

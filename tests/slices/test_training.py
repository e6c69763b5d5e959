"""The training pipeline on a slice of the sample: what it leaves behind, and what a second run does not do again."""

import sqlite3
from pathlib import Path

import pytest
from zenml import pipeline
from zenml.client import Client

from stacks import mlflow_registry
from stacks.registration import champion
from stacks.versions import find_version, list_versions, load_tag_model
from steps.collect import collect
from steps.watermark import watermark
from tagstack.config import SampleSettings, SourceSettings
from tagstack.errors import ContractError, SourceError, UsageError
from tagstack.questions.sample import write_sample


def _statuses(run):
    return {name: step.status.value for name, step in Client().get_pipeline_run(run.id).steps.items()}


def test_the_first_run_registers_a_version_in_staging_and_the_champion_in_mlflow(first_run):
    [version] = list_versions("tagstack")
    client = mlflow_registry.connect()
    assert (version.number, version.stage) == (1, "staging")
    assert version.metrics["micro_f1"] > 0.2
    assert mlflow_registry.zenml_version(client, "tagstack", "champion") == 1
    number, model = champion("tagstack")
    assert number == "1"
    assert model.sha256 == load_tag_model(find_version("tagstack")).sha256


def test_the_version_carries_everything_that_explains_it(first_run):
    version = find_version("tagstack", "staging")
    for name in ("dataset", "contract_report", "documents", "split", "embeddings", "labels", "evaluation", "decision"):
        assert version.get_artifact(name) is not None, name
    assert version.get_artifact("raw_questions") is None  # personal data is not masked in it
    run = mlflow_registry.connect().get_run(first_run.steps["register"].run_metadata["mlflow_run"])
    assert run.data.params["labels.size"] == "20"
    assert run.data.params["dataset.questions"]
    assert run.data.metrics["micro_f1"] == pytest.approx(list_versions("tagstack")[0].metrics["micro_f1"])
    reports = {file.path for file in mlflow_registry.connect().list_artifacts(run.info.run_id, "reports")}
    assert {"reports/evaluation.html", "reports/decision.html", "reports/contract_report.html"} <= reports


def test_no_file_in_the_artifact_store_is_a_pickle(first_run):
    root = Path(Client().active_stack.artifact_store.path)
    files = [file for file in root.rglob("*") if file.is_file()]
    assert len(files) > 30
    assert [file for file in files if file.suffix in {".pkl", ".pickle", ".joblib"}] == []
    assert [file for file in files if file.read_bytes()[:2] in (b"\x80\x04", b"\x80\x05")] == []


def test_every_shown_page_is_static(first_run):
    files = Path(Client().active_stack.artifact_store.path).rglob("*.html")
    pages = [file for file in files if "code" not in file.parts]  # the service's own page goes along with the model
    assert len(pages) >= 8
    assert [page for page in pages if "<script" in page.read_text().lower()] == []


def test_a_second_run_does_nothing_again_and_makes_no_version(first_run, train):
    statuses = _statuses(train())
    again = {name for name, status in statuses.items() if status != "cached"}
    assert again == {"watermark", "identify", "decide", "register"}
    assert [version.number for version in list_versions("tagstack")] == [1]
    assert len(Client().list_model_versions(model_name_or_id="tagstack")) == 1


def test_a_refused_model_ends_in_success_without_a_version(first_run, train, capsys):
    run = train("policy.floors.micro_f1=0.99")
    assert _statuses(run)["register"] == "completed"
    assert len(list_versions("tagstack")) == 1
    printed = capsys.readouterr().out
    assert "Refused: micro_f1" in printed
    assert "The model is not registered." in printed


def test_a_better_setting_challenges_the_champion(first_run, train):
    statuses = _statuses(train("model.seed=1"))
    assert statuses["embed"] == "cached"
    assert statuses["train"] == "completed"
    assert [(v.number, v.stage) for v in list_versions("tagstack")] == [(2, "staging"), (1, "archived")]
    client = mlflow_registry.connect()
    assert mlflow_registry.zenml_version(client, "tagstack", "challenger") == 2
    assert mlflow_registry.zenml_version(client, "tagstack", "champion") == 1
    assert champion("tagstack")[0] == "1"


def test_broken_structure_stops_the_run_with_the_steps_own_error(train):
    with pytest.raises(ContractError, match="share"):
        train("contract.max_bad_share=0.0")


def test_an_empty_window_is_the_callers_mistake(train):
    with pytest.raises(SourceError, match="2023") as caught:
        train("source.since=2022-01-01", "source.until=2023-01-01")
    assert caught.value.exit_code == 2


def test_an_unknown_version_is_refused_with_the_known_ones(first_run):
    with pytest.raises(UsageError, match="has no version '99'; choose production, staging, latest or one of: "):
        find_version("tagstack", "99")
    with pytest.raises(UsageError, match="No version of model 'other' is registered"):
        find_version("other")


def test_rerunning_an_old_setting_does_not_bring_its_version_back(first_run, train, capsys):
    train("model.seed=1")
    train()
    assert "The model is version 1 already, in archived." in capsys.readouterr().out
    assert [(v.number, v.stage) for v in list_versions("tagstack")] == [(2, "staging"), (1, "archived")]
    assert mlflow_registry.zenml_version(mlflow_registry.connect(), "tagstack", "challenger") == 2


@pytest.mark.parametrize("write", ["link_artifacts", "describe_version", "stage_version"])
def test_a_registration_that_was_interrupted_is_completed_by_the_next_run(first_run, train, monkeypatch, write):
    from stacks import versions

    setting = f"model.seed={10 + len(write)}"
    before = [version.number for version in list_versions("tagstack")]

    def interrupt(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(versions, write, interrupt)
        with pytest.raises(KeyboardInterrupt):
            train(setting)
    assert [version.number for version in list_versions("tagstack")] == before
    train(setting)
    numbers = [version.number for version in list_versions("tagstack")]
    assert numbers == [before[0] + 1, *before]
    assert list_versions("tagstack")[0].stage == "staging"


@pipeline(name="reading", enable_cache=True)
def reading(source: SourceSettings) -> None:
    """The beginning of training."""
    collect(source, watermark(source))


def test_without_the_cache_rows_edited_in_place_are_seen_and_stay_seen(local_stack, tmp_path):
    url = f"sqlite:///{tmp_path / 'edited.db'}"
    write_sample(url, SampleSettings(questions=4000, seed=3))
    source = SourceSettings(database_url=url, until="2024-02-01")
    assert _titles(reading(source))
    with sqlite3.connect(tmp_path / "edited.db") as connection:
        connection.execute("UPDATE Posts SET Title = 'Edited in place' WHERE PostTypeId = 1 AND Title IS NOT NULL")
    connection.close()
    assert "Edited in place" not in _titles(reading(source))
    assert "Edited in place" in _titles(reading.with_options(enable_cache=False)(source))
    assert "Edited in place" in _titles(reading(source))


def _titles(run):
    steps = Client().get_pipeline_run(run.id).steps
    return set(steps["collect"].regular_outputs["raw_questions"].load().frame(["title"])["title"])

"""Starting a pipeline: where a password goes, and how the failure of a step elsewhere is told."""

import os
from types import SimpleNamespace

import pytest

from commands import launch as launching
from commands.launch import with_source
from tagstack.errors import ContractError, TagstackError
from tagstack.questions.database import PASSWORD_VARIABLE
from tagstack.settings_file import load_settings

URL = "postgresql://reader:hunter2@db.example.org/so"


@pytest.fixture(autouse=True)
def _environment(monkeypatch):
    monkeypatch.setenv(PASSWORD_VARIABLE, "earlier")


@pytest.mark.parametrize("settings", [[], [f"source.database_url={URL}"]])
def test_a_password_goes_to_the_environment_and_never_into_the_settings(settings):
    chosen = with_source(load_settings(assignments=settings), None if settings else URL)
    assert chosen.source.database_url == "postgresql://reader@db.example.org/so"
    assert "hunter2" not in chosen.model_dump_json()
    assert os.environ[PASSWORD_VARIABLE] == "hunter2"


def test_a_url_without_a_password_leaves_the_one_of_the_environment():
    chosen = with_source(load_settings(), "postgresql://reader@db.example.org/so")
    assert chosen.source.database_url == "postgresql://reader@db.example.org/so"
    assert os.environ[PASSWORD_VARIABLE] == "earlier"


def test_the_option_wins_over_the_settings():
    settings = load_settings(assignments=["source.database_url=sqlite:///a.db"])
    assert with_source(settings, "sqlite:///b.db").source.database_url == "sqlite:///b.db"
    assert with_source(settings, None).source.database_url == "sqlite:///a.db"


def failed_run(monkeypatch, source):
    info = SimpleNamespace(source=source, message="Column body is empty.")
    step = SimpleNamespace(name="validate", status=SimpleNamespace(is_failed=True), exception_info=info)
    run = SimpleNamespace(id="7", steps={"validate": step})
    monkeypatch.setattr(launching, "Client", lambda: SimpleNamespace(get_pipeline_run=lambda _: run))
    return lambda _: run


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("tagstack.errors.ContractError", ContractError),
        ("builtins.MemoryError", TagstackError),
        (None, TagstackError),
    ],
)
def test_the_failure_of_a_step_on_another_machine_is_told_as_if_it_were_here(monkeypatch, source, kind):
    with pytest.raises(kind, match=r"^Step validate failed: Column body is empty\.$"):
        launching._run(failed_run(monkeypatch, source), load_settings())


def test_a_run_that_was_only_scheduled_says_so():
    with pytest.raises(TagstackError, match="only scheduled the run"):
        launching._run(lambda _: None, load_settings())

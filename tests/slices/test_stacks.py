"""Stacks in a ZenML store: registered once, chosen for this process alone, refused where they cannot work."""

import os
from pathlib import Path

import pytest
import yaml
from zenml.client import Client
from zenml.config.global_config import GlobalConfiguration
from zenml.constants import ENV_ZENML_ACTIVE_STACK_ID
from zenml.enums import StackComponentType

from stacks import files, mlflow_registry
from stacks.activation import use_stack
from tagstack.errors import UsageError


@pytest.fixture(autouse=True)
def _environment(local_stack, monkeypatch):
    monkeypatch.setenv(ENV_ZENML_ACTIVE_STACK_ID, str(local_stack.id))


def flavors(stack):
    return {kind.value: component.flavor_name for kind, [component] in stack.components.items()}


def test_a_stack_is_registered_once_and_has_what_its_file_says(local_stack):
    assert use_stack("local").id == local_stack.id
    expected = {"orchestrator": "local", "artifact_store": "local", "experiment_tracker": "mlflow"}
    assert flavors(local_stack).items() >= expected.items()


@pytest.fixture
def mine(tmp_path, monkeypatch):
    """A stack file of our own."""
    monkeypatch.setattr(files, "FOLDER", tmp_path)
    components = "  orchestrator: {flavor: local}\n  artifact_store: {flavor: local}\n"
    (tmp_path / "mine.yaml").write_text(f"name: mine\ndescription: Mine.\ncomponents:\n{components}")


def test_a_registration_that_was_interrupted_is_completed(mine, monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Client, "create_stack", interrupt)
        with pytest.raises(KeyboardInterrupt):
            use_stack("mine")
    before = {component.id for component in Client().list_stack_components(name="tagstack-mine")}
    assert len(before) == 2
    stack = use_stack("mine")
    assert {component.id for [component] in stack.components.values()} == before
    assert use_stack("mine").id == stack.id


def test_the_choice_leaves_zenml_s_own_configuration_as_it_was(bare_stack):
    before = _kept_active_stack()
    assert before != str(bare_stack.id)
    use_stack("bare")
    assert os.environ[ENV_ZENML_ACTIVE_STACK_ID] == str(bare_stack.id)
    assert _kept_active_stack() == before


def _kept_active_stack():
    return yaml.safe_load(Path(GlobalConfiguration().config_directory, "config.yaml").read_text())["active_stack_id"]


def test_without_a_name_the_user_s_active_stack_is_taken_but_not_zenml_s_own(monkeypatch, bare_stack):
    monkeypatch.setenv(ENV_ZENML_ACTIVE_STACK_ID, str(bare_stack.id))
    assert use_stack(None).name == "bare"
    monkeypatch.setenv(ENV_ZENML_ACTIVE_STACK_ID, str(Client().get_stack("default").id))
    assert use_stack(None).name == "local"


@pytest.fixture(scope="module")
def bare_stack(local_stack):
    """A stack that can run and store but neither track nor register."""
    kinds = (StackComponentType.ORCHESTRATOR, StackComponentType.ARTIFACT_STORE)
    return Client().create_stack("bare", {kind: local_stack.components[kind][0].id for kind in kinds})


def test_a_stack_without_a_tracker_is_refused(monkeypatch, bare_stack):
    use_stack("bare")
    with pytest.raises(UsageError, match="Stack 'bare' has no MLflow experiment tracker; choose a stack that has one"):
        mlflow_registry.connect()

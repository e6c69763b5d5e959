"""The snapshot that the deployer starts, in a ZenML store: it differs where the service has to be started anew."""

import pytest
from zenml.client import Client
from zenml.enums import StackComponentType

from pipelines.service import make_snapshot
from tagstack.settings_file import load_settings


@pytest.fixture
def snapshot(local_stack, monkeypatch):
    """Make a snapshot for some settings and return what the service is started with, as ZenML has kept it."""
    from zenml.constants import ENV_ZENML_ACTIVE_STACK_ID

    monkeypatch.setenv(ENV_ZENML_ACTIVE_STACK_ID, str(local_stack.id))

    def make(*assignments):
        number = make_snapshot(load_settings(assignments=["model_name=snapshots", *assignments]))
        return Client().get_snapshot(number).pipeline_configuration.deployment_settings

    return make


def test_the_same_settings_make_the_same_snapshot(snapshot):
    assert snapshot("policy.min_new_questions=7") == snapshot("policy.min_new_questions=9")


def test_settings_of_the_service_change_it(snapshot):
    assert snapshot("service.drain_seconds=3").uvicorn_kwargs != snapshot("service.drain_seconds=4").uvicorn_kwargs
    assert snapshot("service.poll_seconds=3") != snapshot("service.poll_seconds=4")


def test_the_configuration_of_the_deployer_changes_it(snapshot):
    before = snapshot()
    [deployer] = Client().active_stack_model.components[StackComponentType.DEPLOYER]
    what = {"name_id_or_prefix": deployer.id, "component_type": StackComponentType.DEPLOYER}
    Client().update_stack_component(**what, configuration={**deployer.configuration, "port": 8099})
    try:
        assert snapshot() != before
    finally:
        Client().update_stack_component(**what, configuration=deployer.configuration)
    assert snapshot() == before
